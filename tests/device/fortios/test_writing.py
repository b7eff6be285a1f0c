"""FortiOS, written: what is written is read again, and the fewest commands for what is changed."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Network
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.device import writing_laws as laws
from tests.device.fortios.test_reader import bgp, doubts, read, rules
from tests.model import golden

from samepath.device.writing.customer import CustomerToWrite
from samepath.device.writing.patch import NotWritable, Patch
from samepath.model.change import Direction
from samepath.model.policy import (
    Changes,
    Conditions,
    Disposition,
    Opaque,
    Policy,
    PrefixMatch,
    Term,
)
from samepath.model.policy_form import normal
from samepath.model.topology import Bfd, IkeProposal, Platform

HERE = Path(__file__).parent
FORTIOS = Platform.FORTIOS
DEVICE = laws.OneFile(FORTIOS, "fg.conf")
IN, OUT = Direction.IMPORT, Direction.EXPORT
NEXT = Disposition.NEXT
REJECTS = Term(disposition=Disposition.REJECT)
PREFERRED = Term(changes=Changes(local_preference=200))
SITE = PrefixMatch(prefix=IPv4Network("192.168.10.0/24"), minimum=24, maximum=24)
CLEARS = "execute router clear bgp ip 10.0.0.1 soft"


def amended(text: str, direction: Direction, after: Policy, who: str = "10.0.0.1") -> Patch:
    return DEVICE.amended(text, who, direction, *after.terms)


def with_first(text: str, direction: Direction, changes: Changes, who: str = "10.0.0.1") -> Patch:
    return DEVICE.with_all(text, who, direction, changes)


def stripped(lines: tuple[str, ...]) -> list[str]:
    return [line.strip() for line in lines]


def neighbours(*texts: str) -> str:
    each = "".join(
        f"edit 10.0.0.{number}\nset remote-as 64512\n{text}\nnext\n"
        for number, text in enumerate(texts, 1)
    )
    return f"config router bgp\nset as 65000\nconfig neighbor\n{each}end\nend\n"


# --------------------------------------------------------------------------- the fewest commands


def test_a_map_that_nobody_else_has_is_changed_in_place() -> None:
    text = bgp(neighbour='set remote-as 64512\nset route-map-in "M"') + rules(
        "route-map", "M", "set set-local-preference 100"
    )
    patch = amended(text, IN, Policy(terms=(PREFERRED,)))

    head = ["config router route-map", 'edit "M"', "config rule", "edit 1"]
    tail = ["next", "end", "next", "end"]
    assert stripped(patch.lines) == [*head, "set set-local-preference 200", *tail]
    assert stripped(patch.reverts) == [*head, "set set-local-preference 100", *tail]
    assert patch.resets == (f"{CLEARS} in",)


def test_a_change_for_every_route_stands_in_each_rule_that_permits() -> None:
    text = (
        bgp(neighbour='set remote-as 64512\nset route-map-out "M"')
        + rules("prefix-list", "L", "set prefix 192.168.10.0 255.255.255.0")
        + rules("prefix-list", "K", "set prefix 192.168.20.0 255.255.255.0")
        + rules(
            "route-map",
            "M",
            'set match-ip-address "L"',
            'set action deny\nset match-ip-address "K"',
            'set set-aspath "65000"',
        )
    )
    patch = with_first(text, OUT, Changes(prepend=2))

    assert stripped(patch.lines)[3:-3] == [
        *("edit 1", 'set set-aspath "65000 65000"', "next"),
        *("edit 3", 'set set-aspath "65000 65000 65000"', "next"),
    ]
    assert stripped(patch.reverts)[3:-3] == [
        *("edit 1", "unset set-aspath", "next"),
        *("edit 3", 'set set-aspath "65000"', "next"),
    ]


def test_a_neighbour_without_a_policy_gets_one() -> None:
    patch = amended(bgp(), IN, Policy(terms=(PREFERRED,)))

    name = '"SAMEPATH-10.0.0.1-IN"'
    assert stripped(patch.lines) == [
        *("config router route-map", f"edit {name}", "config rule", "edit 10"),
        *("set set-local-preference 200", "next", "end", "next", "end"),
        *("config router bgp", "config neighbor", "edit 10.0.0.1", f"set route-map-in {name}"),
        *("next", "end", "end"),
    ]
    assert stripped(patch.reverts) == [
        *("config router bgp", "config neighbor", "edit 10.0.0.1", "unset route-map-in"),
        *("next", "end", "end"),
        *("config router route-map", f"delete {name}", "end"),
    ]


@pytest.mark.parametrize(
    "other",
    [
        neighbours('set route-map-in "M"', 'set route-map-out "M"'),
        neighbours(
            'set route-map-in "M"',
            'set capability-default-originate enable\nset default-originate-routemap "M"',
        ),
        neighbours('set route-map-in "M"')
        + "config router bgp\nconfig network\nedit 1\nset prefix 10.9.0.0 255.255.0.0\n"
        'set route-map "M"\nnext\nend\nend\n',
        neighbours('set route-map-in "M"')
        + 'config router bgp\nconfig redistribute "static"\nset route-map "M"\nend\nend\n',
        neighbours('set route-map-in "M"')
        + 'config router ospf\nconfig redistribute "bgp"\nset routemap "M"\nend\nend\n',
        neighbours('set route-map-in "M"\nset route-map-in6 "M"'),
        neighbours('set route-map-in "M"')
        + 'config router bgp\nconfig neighbor-group\nedit "g"\nset route-map-out "M"\nnext\nend\nend\n',
    ],
    ids=["neighbour", "default", "network", "redistribution", "ospf", "ipv6", "group"],
)
def test_a_map_that_something_else_has_is_copied(other: str) -> None:
    text = rules("route-map", "M", "set set-metric 5") + other
    patch = with_first(text, IN, Changes(local_preference=200))

    assert stripped(patch.lines)[:6] == [
        *("config router route-map", 'edit "SAMEPATH-10.0.0.1-IN"', "config rule", "edit 10"),
        *("set set-metric 5", "set set-local-preference 200"),
    ]
    assert 'edit "M"' not in stripped(patch.lines)


def test_a_copy_keeps_the_lists() -> None:
    text = (
        neighbours('set route-map-out "M"', 'set route-map-out "M"')
        + rules("prefix-list", "L", "set prefix 192.168.10.0 255.255.255.0")
        + rules("route-map", "M", 'set match-ip-address "L"')
    )
    patch = with_first(text, OUT, Changes(prepend=1)).lines

    assert 'set match-ip-address "L"' in stripped(patch)
    assert not any("prefix-list" in line for line in patch)


_OPAQUE = rules("aspath-list", "A", 'set action permit\nset regexp "^$"') + rules(
    "route-map", "M", 'set match-as-path "A"', "set set-metric 5"
)


def test_what_is_not_understood_stays_where_it_stands() -> None:
    patch = with_first(neighbours('set route-map-out "M"') + _OPAQUE, OUT, Changes(prepend=1))

    assert stripped(patch.lines)[3:-3] == [
        *("edit 1", 'set set-aspath "65000"', "next"),
        *("edit 2", 'set set-aspath "65000"', "next"),
    ]


def test_what_is_not_understood_is_not_copied() -> None:
    text = neighbours('set route-map-out "M"', 'set route-map-out "M"') + _OPAQUE

    with pytest.raises(NotWritable, match="can be neither copied"):
        with_first(text, OUT, Changes(prepend=1))


def test_a_rule_that_came_to_be_alone_is_changed_in_place() -> None:
    text = neighbours('set route-map-in "M"', 'set route-map-in "M"') + (
        "config router bgp\nconfig neighbor\nedit 10.0.0.2\nunset route-map-in\nnext\nend\nend\n"
    )
    patch = with_first(text + rules("route-map", "M", ""), IN, Changes(local_preference=200))

    assert 'edit "M"' in stripped(patch.lines)


def test_a_name_that_is_taken_is_not_taken_again() -> None:
    text = bgp() + rules("route-map", "SAMEPATH-10.0.0.1-IN", "set set-metric 5")
    patch = amended(text, IN, Policy(terms=(PREFERRED,)))

    assert 'set route-map-in "SAMEPATH-10.0.0.1-IN.2"' in stripped(patch.lines)


def test_a_list_of_the_neighbour_stays_beside_its_map() -> None:
    text = bgp(neighbour='set remote-as 64512\nset prefix-list-out "L"') + rules(
        "prefix-list", "L", "set prefix 192.168.10.0 255.255.255.0"
    )
    patch = with_first(text, OUT, Changes(prepend=2))

    assert 'set route-map-out "SAMEPATH-10.0.0.1-OUT"' in stripped(patch.lines)
    assert not any("prefix-list" in line for line in patch.lines)


def test_a_list_that_does_too_much_goes() -> None:
    text = bgp(neighbour='set remote-as 64512\nset prefix-list-out "L"') + rules(
        "prefix-list", "L", "set prefix 192.168.10.0 255.255.255.0"
    )
    patch = amended(text, OUT, Policy())

    assert stripped(patch.lines)[3] == "unset prefix-list-out"
    assert stripped(patch.reverts)[3] == 'set prefix-list-out "L"'


def test_a_policy_that_is_so_already_takes_no_commands() -> None:
    text = bgp(neighbour='set remote-as 64512\nset route-map-in "M"') + rules(
        "route-map", "M", "set set-local-preference 200"
    )
    patch = amended(text, IN, Policy(terms=(PREFERRED,)))

    assert patch == Patch(lines=(), reverts=(), resets=())


def test_a_new_rule_has_a_number_between_others_and_a_list_of_its_own() -> None:
    text = bgp(neighbour='set remote-as 64512\nset route-map-out "M"') + (
        'config router route-map\nedit "M"\nconfig rule\nedit 5\nset set-metric 5\nnext\nend\nnext\nend\n'
    )
    refused = Term(conditions=Conditions(prefixes=(SITE,)), disposition=Disposition.REJECT)
    patch = amended(text, OUT, Policy(terms=(refused, Term(changes=Changes(med=5)))))

    listed = '"SAMEPATH-10.0.0.1-OUT-2"'
    assert stripped(patch.lines) == [
        *("config router prefix-list", f"edit {listed}", "config rule", "edit 1"),
        *("set prefix 192.168.10.0 255.255.255.0", "next", "end", "next", "end"),
        *("config router route-map", 'edit "M"', "config rule", "edit 2", "set action deny"),
        *(f"set match-ip-address {listed}", "next", "end", "next", "end"),
    ]
    assert stripped(patch.reverts) == [
        *("config router route-map", 'edit "M"', "config rule", "delete 2", "end", "next", "end"),
        *("config router prefix-list", f"delete {listed}", "end"),
    ]


def test_the_commands_enter_the_domain_of_the_neighbour() -> None:
    other = rules("route-map", "M", "") + neighbours('set route-map-in "M"')
    text = f"config vdom\nedit a\n{other}next\nedit b\n{other}next\nend\n"
    patch = with_first(text, IN, Changes(local_preference=200))

    assert patch.lines[:2] == ("config vdom", "edit a")
    assert stripped(patch.lines)[2:4] == ["config router route-map", 'edit "M"']
    assert patch.lines[-1] == "end"
    assert patch.resets == ("config vdom", "edit a", f"{CLEARS} in", "end")


def test_abbreviated_attributes_are_known() -> None:
    text = bgp(neighbour='set remote-as 64512\nset route-map-i "M"') + rules(
        "route-map", "M", "set set-local 100"
    )
    patch = amended(text, IN, Policy(terms=(PREFERRED,)))

    assert stripped(patch.lines)[4] == "set set-local-preference 200"


def test_a_block_that_is_left_open_does_not_swallow_the_commands() -> None:
    text = rules("route-map", "M", "") + neighbours('set route-map-in "M"').removesuffix("end\n")

    with_first(text, IN, Changes(local_preference=200))


# --------------------------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    ("text", "direction", "after", "why"),
    [
        (bgp(), OUT, Policy(terms=(PREFERRED,)), "is told no local preference"),
        (bgp(), OUT, Policy(terms=(Term(changes=Changes(weight=5)),)), "and no weight"),
        (
            bgp(),
            IN,
            Policy(
                terms=(
                    Term(
                        conditions=Conditions(prefixes=(SITE,)),
                        changes=Changes(med=5),
                        disposition=NEXT,
                    ),
                )
            ),
            "changes some routes and goes on",
        ),
        (
            bgp(),
            IN,
            Policy(terms=(Term(opaque=(Opaque(source="?"),)), REJECTS)),
            "parts that are not understood",
        ),
        (
            bgp().replace("set as 65000", ""),
            OUT,
            Policy(terms=(Term(changes=Changes(prepend=1)),)),
            "nothing says the device's own AS",
        ),
    ],
)
def test_what_cannot_be_said_is_refused(
    text: str, direction: Direction, after: Policy, why: str
) -> None:
    with pytest.raises(NotWritable, match=why):
        amended(text, direction, after)


# ------------------------------------------------------------------------------------------- laws


def text_of(it: CustomerToWrite) -> str:
    return laws.text_of(FORTIOS, it)


def _is_sayable(policy: Policy) -> bool:
    return not any(term.disposition is NEXT for term in normal(policy).terms)


imported = laws.policies(IN).filter(_is_sayable)
exported = laws.policies(OUT).filter(_is_sayable)


@given(imports=imported, exports=exported, others=st.tuples(imported, exported))
@settings(max_examples=25)
def test_a_whole_gateway_is_read_as_what_it_was_meant_to_be(
    imports: Policy, exports: Policy, others: tuple[Policy, Policy]
) -> None:
    it = laws.customer(imports=(imports, others[0]), exports=(exports, others[1]))

    laws.reads_back(FORTIOS, it)


@given(before=imported, after=laws.policies(IN))
@settings(max_examples=30)
def test_any_policy_can_become_any_other(before: Policy, after: Policy) -> None:
    text = text_of(laws.customer(imports=(before, before)))
    try:
        amended(text, IN, after, "169.254.1.1")
    except NotWritable:
        assert not _is_sayable(after)


@given(before=exported, changes=st.builds(Changes, med=st.just(7), prepend=st.integers(0, 2)))
@settings(max_examples=25)
def test_a_change_for_every_route_can_be_made(before: Policy, changes: Changes) -> None:
    text = text_of(laws.customer(exports=(before, before)))

    with_first(text, OUT, changes, "169.254.2.1")


# --------------------------------------------------------------------------------- whole gateways

_PREFERRED = Policy(terms=(PREFERRED,))
_PREPENDED = Policy(terms=(Term(changes=Changes(prepend=2)),))
_WHOLE = {
    "bgp": laws.customer(imports=(_PREFERRED, Policy()), exports=(Policy(), _PREPENDED)),
    "static": laws.customer(bgp=False),
    "behind-nat": replace(
        laws.older(laws.customer()),
        bfd=Bfd(),
        outside_interface="port1",
        lan_interface="port2",
    ),
}


@pytest.mark.parametrize("name", _WHOLE)
def test_a_whole_gateway(name: str) -> None:
    laws.reads_back(FORTIOS, _WHOLE[name])

    golden.check(HERE / "golden" / "writing" / f"{name}.conf", text_of(_WHOLE[name]))


def test_a_suite_that_fortios_has_not_is_refused() -> None:
    it = laws.customer()
    odd = replace(
        it.tunnels[0], esp=IkeProposal(encryption="camellia256", integrity=None, group=20)
    )

    with pytest.raises(NotWritable, match="FortiOS has no proposal for camellia256"):
        text_of(replace(it, tunnels=(odd,)))


def test_a_policy_that_fortios_has_not_is_refused() -> None:
    odd = Term(conditions=Conditions(prefixes=(SITE,)), changes=Changes(med=5), disposition=NEXT)

    with pytest.raises(NotWritable, match="vpn-tunnel1-in"):
        text_of(laws.customer(imports=(Policy(terms=(odd,)), Policy())))


def test_ike_without_a_group_is_refused() -> None:
    laws.refuses_ike_without_a_group(FORTIOS)


def test_a_policy_is_said_by_the_fewest_rules() -> None:
    first = Term(changes=Changes(local_preference=200), disposition=NEXT)
    text = text_of(laws.customer(imports=(Policy(terms=(first, Term())), Policy())))

    assert "edit 20" not in text


def test_no_key_is_in_a_repr() -> None:
    laws.keeps_keys_out_of_reprs(FORTIOS)


# ---------------------------------------------------------------------------- what the reader learns


def test_edit_0_opens_a_new_entry_of_a_table_of_numbers() -> None:
    route = "edit {}\nset dst 10.{}.0.0 255.255.0.0\nset blackhole enable\nnext\n"
    text = "".join(route.format(*one) for one in ((7, 1), (0, 2), (0, 3)))
    found = read(f"config router static\n{text}end\n")

    assert [one.prefix.network_address.packed[1] for one in found.static_routes] == [1, 2, 3]


def test_the_count_of_questions_by_default_is_no_doubt() -> None:
    phase = 'config vpn ipsec phase1-interface\nedit "t"\nset dpd on-idle\nset dpd-retrycount {}\n'

    assert len(doubts(phase.format(3))) + 1 == len(doubts(phase.format(5)))

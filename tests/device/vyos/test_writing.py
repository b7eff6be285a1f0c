"""VyOS, written: what is written is read again, and the fewest commands for what is changed."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from ipaddress import IPv4Network
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.device import told
from tests.device import writing_laws as laws
from tests.device.vyos.test_reader import in_braces, read
from tests.model import golden

from samepath.device.writing.customer import CustomerToWrite
from samepath.device.writing.patch import NotWritable, Patch
from samepath.model.change import Direction
from samepath.model.policy import (
    Changes,
    Disposition,
    Opaque,
    Policy,
    PrefixMatch,
    Term,
)
from samepath.model.topology import Bfd, IkeProposal, Platform

HERE = Path(__file__).parent
VYOS = Platform.VYOS
DEVICE = laws.OneFile(VYOS, "vyos")
IN, OUT = Direction.IMPORT, Direction.EXPORT
NEXT = Disposition.NEXT
PREFERRED = Term(changes=Changes(local_preference=200))
LIKED = Changes(local_preference=200)
SITE = PrefixMatch(prefix=IPv4Network("192.168.10.0/24"), minimum=24, maximum=24)
ONE, TWO = "10.0.0.1", "10.0.0.2"
NEW, OLD = "protocols bgp", "protocols bgp 65000"
FAMILY = "address-family ipv4-unicast "


def config(*lines: str) -> str:
    return "".join(f"set {line}\n" for line in lines)


def speaker(*lines: str, bgp: str = NEW, family: str = FAMILY) -> str:
    """Two neighbours, and lines in which BGP, FAMILY, ONE and TWO stand for their paths."""
    asn = ("BGP system-as 65000",) if bgp[-1].isalpha() else ()
    both = (f"ONE remote-as 64512\nTWO remote-as 64512\nONE {family}\nTWO {family}").splitlines()
    kept = [one for one in both if family or "remote-as" in one]
    names = {"ONE": f"{bgp} neighbor {ONE}", "TWO": f"{bgp} neighbor {TWO}", "BGP": bgp}
    found = []
    for line in (*asn, *kept, *lines):
        first, _, rest = line.partition(" ")
        found.append(f"{names.get(first, first)} {rest}".replace("FAMILY ", family).rstrip())
    return config(*found)


def rule(name: str, number: int, *leaves: str, action: str = "permit") -> list[str]:
    path = f"policy route-map {name} rule {number}"
    return [f"{path} {one}" for one in (f"action {action}", *leaves)]


def amended(text: str, direction: Direction, after: Policy, who: str = ONE) -> Patch:
    return DEVICE.amended(text, who, direction, *after.terms)


def with_first(text: str, direction: Direction, changes: Changes, who: str = ONE) -> Patch:
    return DEVICE.with_all(text, who, direction, changes)


# --------------------------------------------------------------------------- the fewest commands


def test_a_map_that_nobody_else_has_is_changed_in_place() -> None:
    text = speaker(
        "ONE FAMILY route-map import M", *rule("M", 10, "set local-preference 100", "set weight 5")
    )
    patch = amended(text, IN, Policy(terms=(PREFERRED,)))

    assert patch.lines == (
        "delete policy route-map M rule 10 set weight",
        "set policy route-map M rule 10 set local-preference 200",
    )
    assert patch.reverts == (
        "set policy route-map M rule 10 set local-preference 100",
        "set policy route-map M rule 10 set weight 5",
    )
    assert patch.resets == ()


def test_a_change_for_every_route_stands_in_each_rule_while_those_are_few() -> None:
    text = speaker(
        "ONE FAMILY route-map import M",
        *rule("M", 10, "match ip address prefix-list L"),
        *rule("M", 20, "match community community-list C", action="deny"),
        *rule("M", 30, "set metric 7"),
        "policy prefix-list L rule 10 action permit",
        "policy prefix-list L rule 10 prefix 10.1.0.0/16",
        "policy community-list C rule 10 action permit",
        "policy community-list C rule 10 regex 65000:1",
    )

    assert with_first(text, IN, LIKED).lines == (
        "set policy route-map M rule 10 set local-preference 200",
        "set policy route-map M rule 30 set local-preference 200",
    )


def test_a_change_for_every_route_stands_in_front_of_many_rules() -> None:
    text = speaker(
        "ONE FAMILY route-map import M",
        *(
            line
            for number in range(1, 6)
            for line in (
                *rule("M", 10 * number, f"match ip address prefix-list L{number}"),
                f"policy prefix-list L{number} rule 10 action permit",
                f"policy prefix-list L{number} rule 10 prefix 10.{number}.0.0/16",
            )
        ),
    )
    patch = with_first(text, IN, LIKED)

    assert patch.lines == (
        "set policy route-map M rule 5 action permit",
        "set policy route-map M rule 5 set local-preference 200",
        "set policy route-map M rule 5 on-match next",
    )
    assert patch.reverts == ("delete policy route-map M rule 5",)


def test_a_neighbour_without_a_policy_gets_one() -> None:
    patch = amended(speaker(), OUT, Policy(terms=(Term(changes=Changes(prepend=2)),)))

    name = "SAMEPATH-10-0-0-1-OUT"
    neighbour = f"protocols bgp neighbor {ONE} {FAMILY}route-map export"
    assert patch.lines == (
        f"set policy route-map {name} rule 10 action permit",
        f"set policy route-map {name} rule 10 set as-path prepend '65000 65000'",
        f"set {neighbour} {name}",
    )
    assert patch.reverts == (f"delete {neighbour}", f"delete policy route-map {name}")


@pytest.mark.parametrize(
    "other",
    [
        "TWO FAMILY route-map export M",
        "TWO FAMILY default-originate route-map M",
        "BGP address-family ipv4-unicast network 10.9.0.0/16 route-map M",
        "BGP address-family ipv4-unicast redistribute static route-map M",
        "policy route-map OTHER rule 10 call M",
        "ONE address-family ipv6-unicast route-map import M",
        "protocols ospf redistribute bgp route-map M",
    ],
)
def test_a_map_that_something_else_has_is_copied(other: str) -> None:
    text = speaker("ONE FAMILY route-map import M", *rule("M", 10, "set metric 5"), other)
    patch = with_first(text, IN, LIKED)

    name = "SAMEPATH-10-0-0-1-IN"
    assert patch.lines == (
        f"set policy route-map {name} rule 10 action permit",
        f"set policy route-map {name} rule 10 set metric 5",
        f"set policy route-map {name} rule 10 set local-preference 200",
        f"set protocols bgp neighbor {ONE} {FAMILY}route-map import {name}",
    )
    assert patch.reverts == (
        f"set protocols bgp neighbor {ONE} {FAMILY}route-map import M",
        f"delete policy route-map {name}",
    )


def test_the_map_of_a_group_is_changed_where_it_has_one_neighbour() -> None:
    lines = ("BGP peer-group G " + FAMILY + "route-map import M", *rule("M", 10))
    alone = speaker("ONE peer-group G", *lines)
    both = speaker("ONE peer-group G", "TWO peer-group G", *lines)

    assert with_first(alone, IN, LIKED).lines[0].startswith("set policy route-map M rule 10")
    assert with_first(both, IN, LIKED).lines[-1] == (
        f"set protocols bgp neighbor {ONE} {FAMILY}route-map import SAMEPATH-10-0-0-1-IN"
    )


def test_a_list_of_the_neighbour_stays_beside_its_map() -> None:
    text = speaker(
        "ONE FAMILY prefix-list export L",
        "policy prefix-list L rule 10 action permit",
        "policy prefix-list L rule 10 prefix 192.168.10.0/24",
    )

    assert not any("prefix-list" in one for one in with_first(text, OUT, Changes(med=1)).lines)
    assert amended(text, OUT, Policy()).lines == (
        f"delete protocols bgp neighbor {ONE} {FAMILY}prefix-list export L",
    )


def test_the_commands_are_in_the_table_of_the_neighbour() -> None:
    text = speaker(bgp="vrf name BLUE protocols bgp")
    patch = amended(text, IN, Policy(terms=(PREFERRED,)))

    assert patch.lines[-1] == (
        f"set vrf name BLUE protocols bgp neighbor {ONE} {FAMILY}route-map import "
        "SAMEPATH-10-0-0-1-IN"
    )


def test_release_1_3_has_its_own_words() -> None:
    changes = Changes(prepend=2, add_communities=("65000:1",))
    patch = amended(speaker(bgp=OLD), OUT, Policy(terms=(Term(changes=changes),)))

    name = "SAMEPATH-10-0-0-1-OUT"
    assert patch.lines == (
        f"set policy route-map {name} rule 10 action permit",
        f"set policy route-map {name} rule 10 set as-path-prepend '65000 65000'",
        f"set policy route-map {name} rule 10 set community '65000:1 additive'",
        f"set {OLD} neighbor {ONE} {FAMILY}route-map export {name}",
    )
    assert patch.resets == ()


def test_edgeos_has_no_family_and_wants_a_reset() -> None:
    patch = amended(speaker(bgp=OLD, family=""), IN, Policy(terms=(PREFERRED,)))

    assert patch.lines[-1] == f"set {OLD} neighbor {ONE} route-map import SAMEPATH-10-0-0-1-IN"
    assert patch.resets == (f"clear ip bgp {ONE} soft in",)


def test_a_vyos_that_has_said_no_family_yet_is_no_edgeos() -> None:
    port = config("interfaces ethernet eth0 hw-id 08:00:27:ca:37:b8")
    policy = Policy(terms=(PREFERRED,))
    vyos = amended(speaker(bgp=OLD, family="") + port, IN, policy)
    older = amended(speaker("BGP network 10.9.0.0/16", bgp=OLD, family="") + port, IN, policy)

    assert f"{ONE} {FAMILY}route-map import" in vyos.lines[-1]
    assert f"{ONE} route-map import" in older.lines[-1]


def test_communities_are_added_in_the_words_of_1_4() -> None:
    changes = Changes(add_communities=("65000:1", "65000:2"))
    patch = amended(speaker(), IN, Policy(terms=(Term(changes=changes),)))

    assert patch.lines[1:3] == (
        "set policy route-map SAMEPATH-10-0-0-1-IN rule 10 set community add 65000:1",
        "set policy route-map SAMEPATH-10-0-0-1-IN rule 10 set community add 65000:2",
    )


def test_a_configuration_in_braces_takes_commands() -> None:
    text = speaker("ONE FAMILY route-map import M", *rule("M", 10, "set local-preference 100"))
    braces = in_braces("\n".join(one for one in text.splitlines() if not one.endswith("unicast")))

    assert amended(braces, IN, Policy(terms=(PREFERRED,))).lines == (
        "set policy route-map M rule 10 set local-preference 200",
    )


def test_a_rule_that_goes_on_at_the_end_may_be_another() -> None:
    text = speaker(
        "ONE FAMILY route-map import M",
        *rule("M", 10, "match ip address prefix-list L", "set metric 7", "on-match next"),
        "policy prefix-list L rule 10 action permit",
        "policy prefix-list L rule 10 prefix 10.1.0.0/16",
    )

    with_first(text, IN, LIKED)


def test_a_name_that_is_taken_is_not_taken_again() -> None:
    text = speaker(*rule("SAMEPATH-10-0-0-1-IN", 10))

    assert amended(text, IN, Policy(terms=(PREFERRED,))).lines[-1].endswith("10-0-0-1-IN_2")


def test_a_policy_that_is_so_already_takes_no_commands() -> None:
    text = speaker("ONE FAMILY route-map import M", *rule("M", 10, "set local-preference 200"))

    assert amended(text, IN, Policy(terms=(PREFERRED,))).lines == ()


# --------------------------------------------------------------------------------- what is refused


_OPAQUE = rule("M", 10, "match as-path A", "set origin igp")
_LISTED = (
    "policy prefix-list L rule 10 action permit",
    "policy prefix-list L rule 10 prefix 192.168.10.0/24",
)


@pytest.mark.parametrize(
    ("text", "direction", "after", "why"),
    [
        (
            speaker(),
            IN,
            Policy(terms=(Term(opaque=(Opaque(source="?"),)),)),
            "parts that are not understood",
        ),
        (
            speaker(f"BGP peer-group G {FAMILY}prefix-list export L", "ONE peer-group G", *_LISTED),
            OUT,
            Policy(),
            "the prefix-list of its group cannot be taken from it alone",
        ),
        (
            speaker("ONE peer-group G", "BGP peer-group G remote-as 64512", bgp=OLD, family=""),
            OUT,
            Policy(terms=(Term(changes=Changes(prepend=1)),)),
            "no export policy for one neighbour of a group",
        ),
        (
            config(f"{NEW} system-as 65000", f"{NEW} neighbor {ONE} remote-as 64512"),
            IN,
            Policy(terms=(PREFERRED,)),
            "it has no IPv4 unicast family",
        ),
    ],
)
def test_what_cannot_be_said_is_refused(
    text: str, direction: Direction, after: Policy, why: str
) -> None:
    with pytest.raises(NotWritable, match=why):
        amended(text, direction, after)


def test_what_is_not_understood_stays_where_it_stands_and_is_not_copied() -> None:
    alone = speaker("ONE FAMILY route-map export M", *_OPAQUE, *rule("M", 20))
    shared = alone + speaker("TWO FAMILY route-map export M")

    assert with_first(alone, OUT, Changes(prepend=1)).lines == (
        "set policy route-map M rule 10 set as-path prepend 65000",
        "set policy route-map M rule 20 set as-path prepend 65000",
    )
    with pytest.raises(NotWritable, match="can be neither copied"):
        with_first(shared, OUT, Changes(prepend=1))


# ------------------------------------------------------------------------------------------- laws


def text_of(it: CustomerToWrite) -> str:
    return laws.text_of(VYOS, it)


imported, exported = laws.policies(IN), laws.policies(OUT)


@given(imports=imported, exports=exported, others=st.tuples(imported, exported))
@settings(max_examples=20)
def test_a_whole_gateway_is_read_as_what_it_was_meant_to_be(
    imports: Policy, exports: Policy, others: tuple[Policy, Policy]
) -> None:
    it = laws.customer(imports=(imports, others[0]), exports=(exports, others[1]))

    laws.reads_back(VYOS, it)


@given(before=imported, after=imported)
@settings(max_examples=30)
def test_any_policy_can_become_any_other(before: Policy, after: Policy) -> None:
    amended(text_of(laws.customer(imports=(before, before))), IN, after, "169.254.1.1")


@given(before=exported, changes=st.builds(Changes, med=st.just(7), prepend=st.integers(0, 2)))
@settings(max_examples=20)
def test_a_change_for_every_route_can_be_made(before: Policy, changes: Changes) -> None:
    with_first(text_of(laws.customer(exports=(before, before))), OUT, changes, "169.254.2.1")


# --------------------------------------------------------------------------------- whole gateways

_WHOLE = {
    "bgp": laws.customer(
        imports=(Policy(terms=(PREFERRED,)), Policy()),
        exports=(Policy(), Policy(terms=(Term(changes=Changes(prepend=2)),))),
    ),
    "static": laws.customer(bgp=False),
    "behind-nat": replace(
        laws.older(laws.customer()),
        bfd=Bfd(interval=timedelta(milliseconds=300)),
        outside_interface="eth3",
    ),
}


@pytest.mark.parametrize("name", _WHOLE)
def test_a_whole_gateway(name: str) -> None:
    found = laws.reads_back(VYOS, _WHOLE[name])

    golden.check(HERE / "golden" / "writing" / f"{name}.set", text_of(_WHOLE[name]))
    for own, meant in zip(found.tunnels, _WHOLE[name].tunnels, strict=True):
        assert own.ike is not None
        assert own.esp is not None
        assert [one.value for one in own.ike.proposals] == [meant.ike]
        assert [one.value for one in own.esp.proposals] == [meant.esp]
        assert own.esp.replay_window is not None
        assert own.esp.replay_window.value == 1024
    for neighbour in found.bgps[0].neighbours if found.bgps else ():
        assert (neighbour.bfd and neighbour.bfd.value) == _WHOLE[name].bfd


def test_a_suite_that_vyos_has_not_is_refused() -> None:
    it = laws.customer()
    odd = replace(it.tunnels[0], esp=IkeProposal(encryption="null", integrity="sha1", group=20))

    with pytest.raises(NotWritable, match="VyOS has no proposal for null with sha1"):
        text_of(replace(it, tunnels=(odd,)))


def test_a_policy_with_parts_that_are_not_understood_is_refused() -> None:
    odd = Policy(terms=(Term(opaque=(Opaque(source="?"),)),))

    with pytest.raises(NotWritable, match="TUNNEL-1-IN: it has parts"):
        text_of(laws.customer(imports=(odd, Policy())))


def test_ike_without_a_group_is_refused() -> None:
    laws.refuses_ike_without_a_group(VYOS)


def test_a_policy_is_said_by_the_fewest_rules() -> None:
    first = Term(changes=Changes(local_preference=200), disposition=NEXT)
    text = text_of(laws.customer(imports=(Policy(terms=(first, Term())), Policy())))

    assert "set policy route-map TUNNEL-1-IN rule 20" not in text


def test_no_key_is_in_a_repr() -> None:
    laws.keeps_keys_out_of_reprs(VYOS)


# ---------------------------------------------------------------------------- what the reader learns


def test_delete_takes_back_what_was_set_before_it() -> None:
    text = speaker("ONE FAMILY route-map import M", *rule("M", 10, "set local-preference 200"))
    route_map = f"protocols bgp neighbor {ONE} {FAMILY}route-map"

    def found(*deletes: str) -> object:
        lines = "".join(f"delete {one}\n" for one in deletes)
        (one, _) = read(text + lines).bgps[0].neighbours
        return one.imports and [term.changes.local_preference for term in one.imports.policy.terms]

    assert found() == [200]
    assert found("policy route-map M rule 10 set local-preference") == [None]
    assert found("policy route-map M rule 10 set local-preference 100") == [200]
    assert found(f"{route_map} import") is None
    assert found(route_map) is None
    assert found("policy route-map OTHER") == [200]
    assert told.doubts(read(text + f"delete {route_map}\ndelete policy route-map M\n")) == []


def test_what_is_set_after_a_delete_counts() -> None:
    text = "set system host-name a\ndelete system\nset system host-name b\n"
    found = read(text).host_name

    assert found is not None
    assert found.value == "b"


def test_a_profile_of_bfd_that_is_not_there_is_told() -> None:
    text = speaker("ONE bfd profile NONE")

    assert len(told.doubts(read(text))) == 1

"""Junos, written: what a patch has to keep, the fewest commands, and a whole gateway."""

from __future__ import annotations

from ipaddress import IPv4Network
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from tests.device import writing_laws as laws
from tests.model import golden

from samepath.device.junos.writing.writer import after
from samepath.device.writers import writer
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
from samepath.model.topology import Platform
from samepath.routing.policy import apply
from samepath.routing.route import Route
from samepath.routing.route import Source as Origin

HERE = Path(__file__).parent
FIRST, SECOND = "10.9.0.1", "10.9.0.5"
GROUP = "protocols bgp group aws"
HEAD = f"""\
set routing-options autonomous-system 65000
set routing-options static route 10.0.0.0/16 discard
set routing-options static route 192.168.10.0/24 discard
set {GROUP} type external
set {GROUP} peer-as 64512
"""
OURS = """\
set policy-options policy-statement OUT term ours from route-filter 192.168.10.0/24 exact
set policy-options policy-statement OUT term ours from route-filter 10.0.0.0/16 exact
set policy-options policy-statement OUT term ours then accept
set policy-options policy-statement OUT then reject
set policy-options policy-statement IN term low from community SLOW
set policy-options policy-statement IN term low then local-preference 50
set policy-options policy-statement IN term low then accept
set policy-options policy-statement IN term rest then accept
set policy-options community SLOW members 65000:2
"""
BY_GROUP = f"""{HEAD}{OURS}\
set {GROUP} import IN
set {GROUP} export OUT
set {GROUP} neighbor {FIRST}
set {GROUP} neighbor {SECOND}
"""
BY_NEIGHBOUR = f"""{HEAD}{OURS}\
set {GROUP} neighbor {FIRST} import IN
set {GROUP} neighbor {FIRST} export OUT
set {GROUP} neighbor {SECOND} export [ MARK OUT ]
set policy-options policy-statement MARK then metric 10
"""
IN_BRACES = (
    f"""\
routing-options {{
    autonomous-system 65000;
    static {{
        route 10.0.0.0/16 discard;
        route 192.168.10.0/24 discard;
    }}
}}
protocols {{
    bgp {{
        group aws {{
            type external;
            peer-as 64512;
            neighbor {FIRST} {{
                import IN;
                export OUT;
            }}
            neighbor {SECOND} {{
                export OUT;
            }}
        }}
    }}
}}
"""
    """\
policy-options {
    policy-statement IN {
        term low {
            from community SLOW;
            then {
                local-preference 50;
                accept;
            }
        }
        then accept;
    }
    policy-statement OUT {
        term ours {
            from {
                route-filter 192.168.10.0/24 exact;
                route-filter 10.0.0.0/16 exact;
            }
            then accept;
        }
        then reject;
    }
    community SLOW members 65000:2;
}
"""
)
IN_INSTANCE = "".join(
    f"set routing-instances vpn {line.removeprefix('set ')}\n"
    if line.startswith(("set protocols", "set routing-options"))
    else f"{line}\n"
    for line in BY_GROUP.splitlines()
)
STYLES = {
    "group": BY_GROUP,
    "neighbour": BY_NEIGHBOUR,
    "braces": IN_BRACES,
    "instance": IN_INSTANCE,
}


def announces_what_is_not_there(policy: Policy) -> bool:
    """Whether a term names one more network, which would then be the device's own."""
    default = PrefixMatch(prefix=IPv4Network("0.0.0.0/0"), minimum=0, maximum=0)
    return any(default in term.conditions.prefixes for term in policy.terms)


edits = st.tuples(st.just(Direction.IMPORT), laws.policies(Direction.IMPORT)) | st.tuples(
    st.just(Direction.EXPORT),
    laws.policies(Direction.EXPORT).filter(lambda one: not announces_what_is_not_there(one)),
)
PREFERRED = Changes(local_preference=200)
LONGER = Changes(prepend=2)
DEVICE = laws.OneFile(Platform.JUNOS, "srx")
files, terms = DEVICE.files, DEVICE.terms
amended, with_all = DEVICE.amended, DEVICE.with_all


@given(
    style=st.sampled_from(sorted(STYLES)),
    asked=st.lists(st.tuples(st.sampled_from((FIRST, SECOND)), edits), min_size=1, max_size=2),
)
def test_a_patch_does_what_is_meant_and_goes_back(
    style: str, asked: list[tuple[str, tuple[Direction, Policy]]]
) -> None:
    """One edit after another: the second meets what the first has left."""
    sources = files(STYLES[style])
    for address, (direction, policy) in asked:
        patch = laws.holds(Platform.JUNOS, sources, address, direction, policy)
        sources = after(sources, patch.lines)


def test_what_is_there_already_takes_no_command() -> None:
    policy = terms(BY_GROUP, FIRST, Direction.IMPORT)

    assert amended(BY_GROUP, FIRST, Direction.IMPORT, *policy) == Patch(
        lines=(), reverts=(), resets=()
    )


def test_a_statement_that_nobody_shares_is_changed_in_place() -> None:
    low, rest = terms(BY_NEIGHBOUR, FIRST, Direction.IMPORT)
    higher = Term(conditions=low.conditions, changes=Changes(local_preference=70))

    patch = amended(BY_NEIGHBOUR, FIRST, Direction.IMPORT, higher, rest)

    path = "policy-options policy-statement IN term low then local-preference"
    assert patch.lines == (f"set {path} 70",)
    assert patch.reverts == (f"set {path} 50",)


def test_an_action_goes_in_one_command() -> None:
    low, rest = terms(BY_NEIGHBOUR, FIRST, Direction.IMPORT)
    bare = Term(conditions=low.conditions)

    patch = amended(BY_NEIGHBOUR, FIRST, Direction.IMPORT, bare, rest)

    path = "policy-options policy-statement IN term low then local-preference"
    assert patch.lines == (f"delete {path}",)
    assert patch.reverts == (f"set {path} 50",)


def test_a_term_that_goes_is_deactivated_so_that_it_can_come_back() -> None:
    _, rest = terms(BY_NEIGHBOUR, FIRST, Direction.IMPORT)

    patch = amended(BY_NEIGHBOUR, FIRST, Direction.IMPORT, rest)

    path = "policy-options policy-statement IN term low"
    assert patch.lines == (f"deactivate {path}",)
    assert patch.reverts == (f"activate {path}",)


def test_what_is_for_every_route_stands_in_the_one_term_that_lets_routes_pass() -> None:
    text = BY_NEIGHBOUR.replace("[ MARK OUT ]", "MARK")

    patch = with_all(text, FIRST, Direction.EXPORT, LONGER)

    assert patch.lines == (
        'set policy-options policy-statement OUT term ours then as-path-prepend "65000 65000"',
    )
    assert patch.reverts == (
        "delete policy-options policy-statement OUT term ours then as-path-prepend",
    )


def test_or_in_a_term_in_front() -> None:
    patch = with_all(BY_NEIGHBOUR, FIRST, Direction.IMPORT, Changes(med=7))

    path = "policy-options policy-statement IN term SAMEPATH"
    assert patch.lines == (f"set {path} then metric 7", f"insert {path} before term low")
    assert patch.reverts == (f"delete {path}",)


def test_what_others_apply_too_stays_and_something_stands_in_front() -> None:
    patch = with_all(BY_GROUP, FIRST, Direction.IMPORT, PREFERRED)

    mine = "SAMEPATH-10-9-0-1-IN"
    assert patch.lines == (
        f"set policy-options policy-statement {mine} then local-preference 200",
        f"set {GROUP} neighbor {FIRST} import [ {mine} IN ]",
    )
    assert patch.reverts == (
        f"delete {GROUP} neighbor {FIRST} import",
        f"delete policy-options policy-statement {mine}",
    )


def test_a_chain_of_its_own_is_told_anew() -> None:
    patch = with_all(BY_NEIGHBOUR, SECOND, Direction.EXPORT, LONGER)

    assert patch.lines == (
        'set policy-options policy-statement MARK term SAMEPATH then as-path-prepend "65000 65000"',
    )


def test_what_others_apply_too_is_copied_to_be_changed() -> None:
    low, rest = terms(BY_GROUP, SECOND, Direction.IMPORT)
    higher = Term(conditions=low.conditions, changes=Changes(local_preference=70))

    patch = amended(BY_GROUP, SECOND, Direction.IMPORT, higher, rest)

    mine = "policy-statement SAMEPATH-10-9-0-5-IN"
    assert patch.lines == (
        f"copy policy-options policy-statement IN to {mine}",
        f"set policy-options {mine} term low then local-preference 70",
        f"set {GROUP} neighbor {SECOND} import SAMEPATH-10-9-0-5-IN",
    )


@pytest.mark.parametrize(
    "applies",
    [
        "set protocols ospf export IN",
        "set policy-options policy-statement OTHER term a from policy IN",
        "set routing-options forwarding-table export IN",
        f"set {GROUP} neighbor 10.9.0.9 export ( IN && OUT )",
        f"set {GROUP} neighbor 10.9.0.9 import IN\ndeactivate {GROUP} neighbor 10.9.0.9",
        f"set {GROUP} neighbor {SECOND} import IN",
        f"set {GROUP} neighbor {FIRST} export IN",
    ],
)
def test_whoever_else_applies_a_statement_keeps_it(applies: str) -> None:
    patch = with_all(f"{BY_NEIGHBOUR}{applies}\n", FIRST, Direction.IMPORT, PREFERRED)

    assert [line for line in patch.lines if "policy-statement IN" in line] == []


def test_a_neighbour_without_a_policy_gets_one() -> None:
    patch = with_all(BY_NEIGHBOUR, SECOND, Direction.IMPORT, PREFERRED)

    assert patch.lines == (
        "set policy-options policy-statement SAMEPATH-10-9-0-5-IN then local-preference 200",
        f"set {GROUP} neighbor {SECOND} import SAMEPATH-10-9-0-5-IN",
    )


@pytest.mark.parametrize(
    ("level", "lines", "reverts"),
    [
        (
            f"{GROUP} neighbor {FIRST}",
            (f"delete {GROUP} neighbor {FIRST} metric-out",),
            (f"set {GROUP} neighbor {FIRST} metric-out 100",),
        ),
        (
            GROUP,
            (f"set {GROUP} neighbor {FIRST} metric-out 50",),
            (f"delete {GROUP} neighbor {FIRST} metric-out",),
        ),
    ],
)
def test_a_metric_of_all_announcements(
    level: str, lines: tuple[str, ...], reverts: tuple[str, ...]
) -> None:
    """The neighbour's own goes; in place of its group's it gets one of its own."""
    text = f"{BY_NEIGHBOUR}set {level} metric-out 100\n"
    _, *rest = terms(text, FIRST, Direction.EXPORT)
    before = [] if level != GROUP else [laws.every(Changes(med=50))]

    patch = amended(text, FIRST, Direction.EXPORT, *before, *rest)

    assert (patch.lines, patch.reverts) == (lines, reverts)


def test_a_metric_of_the_group_stays_where_it_is() -> None:
    text = f"{BY_NEIGHBOUR}set {GROUP} metric-out 100\n"
    _, *rest = terms(text, FIRST, Direction.EXPORT)

    with pytest.raises(NotWritable, match="metric-out of its group"):
        amended(text, FIRST, Direction.EXPORT, *rest)


def test_a_name_that_is_taken_is_left_alone() -> None:
    taken = "set policy-options policy-statement SAMEPATH-10-9-0-5-IN then reject\n"

    patch = with_all(BY_NEIGHBOUR + taken, SECOND, Direction.IMPORT, PREFERRED)

    assert patch.lines[-1].endswith("import SAMEPATH-10-9-0-5-IN-2")


def test_the_table_of_an_instance_is_the_one_that_is_changed() -> None:
    patch = with_all(IN_INSTANCE, FIRST, Direction.IMPORT, PREFERRED)

    assert patch.lines[-1].startswith(f"set routing-instances vpn {GROUP} neighbor {FIRST} import")


def test_a_name_with_a_space_is_quoted() -> None:
    text = BY_NEIGHBOUR.replace("term low", 'term "low one"')
    low, rest = terms(text, FIRST, Direction.IMPORT)
    higher = Term(conditions=low.conditions, changes=Changes(local_preference=70))

    patch = amended(text, FIRST, Direction.IMPORT, higher, rest)

    assert patch.lines == (
        'set policy-options policy-statement IN term "low one" then local-preference 70',
    )


def test_what_is_not_understood_is_copied_with_the_rest() -> None:
    odd = "set policy-options policy-statement IN term odd from as-path LONG\n"
    odd += "set policy-options policy-statement IN term odd then accept\n"
    odd += "set policy-options as-path LONG .*\n"
    text = BY_GROUP.replace(OURS, OURS + odd)
    low, rest, strange = terms(text, FIRST, Direction.IMPORT)
    higher = Term(conditions=low.conditions, changes=Changes(local_preference=70))

    patch = amended(text, FIRST, Direction.IMPORT, higher, rest, strange)

    assert patch.lines[0].startswith("copy ")


def test_what_is_not_understood_is_not_written_anew() -> None:
    strange = Term(opaque=(Opaque(source="from as-path LONG"),))

    with pytest.raises(NotWritable, match="from as-path LONG"):
        amended(BY_GROUP, FIRST, Direction.IMPORT, strange)


@pytest.mark.parametrize(
    ("direction", "changes", "says"),
    [
        (Direction.IMPORT, Changes(weight=10), "no weight"),
        (Direction.EXPORT, PREFERRED, "another AS"),
    ],
)
def test_what_junos_cannot_say_is_refused(
    direction: Direction, changes: Changes, says: str
) -> None:
    with pytest.raises(NotWritable, match=says):
        with_all(BY_GROUP, FIRST, direction, changes)


def test_without_an_as_nothing_is_put_in_front() -> None:
    text = BY_GROUP.replace("autonomous-system 65000", "autonomous-system YOURS")

    with pytest.raises(NotWritable, match="own AS"):
        with_all(text, FIRST, Direction.EXPORT, LONGER)


@pytest.mark.parametrize(
    ("applied", "says"),
    [
        (f"set groups G {GROUP} neighbor {FIRST} import IN\nset apply-groups G\n", "groups"),
        (f"set {GROUP} neighbor {FIRST} import ( IN || OUT )\n", "an expression"),
    ],
)
def test_what_commands_cannot_take_the_place_of_is_refused(applied: str, says: str) -> None:
    text = f"{HEAD}{OURS}set {GROUP} neighbor {FIRST}\nset {GROUP} neighbor {SECOND} import IN\n"

    with pytest.raises(NotWritable, match=says):
        amended(text + applied, FIRST, Direction.IMPORT, Term(disposition=Disposition.REJECT))


def test_a_prefix_within_another_one_takes_a_term_of_its_own() -> None:
    matches = tuple(
        PrefixMatch(prefix=IPv4Network(prefix), minimum=24, maximum=24)
        for prefix in ("10.0.0.0/8", "10.1.0.0/16")
    )
    both = Term(conditions=Conditions(prefixes=matches), disposition=Disposition.REJECT)

    with pytest.raises(NotWritable, match="a term for each"):
        amended(BY_GROUP, FIRST, Direction.IMPORT, both)


def test_commands_come_after_those_that_have_gone_down_the_tree() -> None:
    text = f"{BY_NEIGHBOUR}edit protocols\nset lldp interface all\n"

    assert with_all(text, SECOND, Direction.IMPORT, PREFERRED).lines


# --------------------------------------------------------------------------------- a whole gateway

PREFERS_FIRST = laws.customer(
    imports=(Policy(terms=(Term(changes=PREFERRED),)), Policy()),
    exports=(Policy(), Policy(terms=(laws.every(LONGER),))),
)


@pytest.mark.parametrize("name", ["bgp", "static"])
def test_a_whole_gateway(name: str) -> None:
    it = PREFERS_FIRST if name == "bgp" else laws.customer(bgp=False)
    (file,) = writer(Platform.JUNOS).load().customer(it)

    golden.check(HERE / "golden" / f"customer-{name}.set", file.text)
    laws.reads_back(Platform.JUNOS, it)


@given(
    imports=st.tuples(*[laws.policies(Direction.IMPORT)] * 2),
    exports=st.tuples(*[laws.policies(Direction.EXPORT)] * 2),
)
def test_a_whole_gateway_has_the_policies_that_were_meant(
    imports: tuple[Policy, Policy], exports: tuple[Policy, Policy]
) -> None:
    ours = Route(prefix=IPv4Network("192.168.10.0/24"), source=Origin.LOCAL, session="")
    assume(any(apply(one, ours, 65000).route is not None for one in exports))

    laws.reads_back(Platform.JUNOS, laws.customer(imports=imports, exports=exports))


def test_a_communitys_condition_is_written_in_a_gateway() -> None:
    slow = Term(
        conditions=Conditions(communities=("65000:2",)), changes=Changes(local_preference=50)
    )

    laws.reads_back(
        Platform.JUNOS, laws.customer(imports=(Policy(terms=(slow,)), Policy(terms=(slow,))))
    )

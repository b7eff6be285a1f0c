"""Repairs of the situations that people meet, and of those that no policy mends."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, permutations
from pathlib import Path

import pytest
from tests.routing.topologies import TWO_GATEWAYS

from samepath.model.change import (
    Attribute,
    Change,
    Direction,
    DropTerm,
    End,
    Key,
    PolicyPlace,
    SetAttribute,
    SetKey,
    changed,
)
from samepath.model.document import parse
from samepath.model.elements import Element, ElementKind
from samepath.model.topology import Mode, SessionBinding, Topology
from samepath.routing.evaluator import analyse
from samepath.routing.repair import Repair, RepairMode, Result, repair, search, whole
from samepath.routing.repair.groups import groups, part
from samepath.routing.repair.search import found_in
from samepath.routing.states import ALL_UP, Condition, FailureState, single_states
from samepath.routing.verdict import Transition, Verdict

CROSSED = (Path(__file__).parents[2] / "examples" / "asymmetric-drop.yaml").read_text()
ONE_GATEWAY = """\
samepath: 1
vpcs: {cloud: {cidr: 10.0.0.0/16}}
customer_gateways:
  fw1: {address: 198.51.100.1, asn: 65000, firewall: interface}
sites: {office: {networks: [192.168.10.0/24]}}
connections:
"""
DEAF = (
    ONE_GATEWAY.replace("firewall: interface", "platform: frr, firewall: device")
    + "  seoul: {mode: plain}\n"
)
"""An FRR without a policy: it hears nothing, and announces nothing."""
FOUR_TUNNELS = ONE_GATEWAY + "  one: {}\n  two: {}\n"


def of(text: str, mode: RepairMode | None = None) -> Repair:
    return repair(parse(text).topology, mode)


def connection(tunnels: str) -> str:
    """A connection with these tunnels."""
    return f"{ONE_GATEWAY}  seoul: {{tunnels: [{tunnels}]}}\n"


def customer(**policy: str) -> str:
    """A tunnel whose customer's end sets this on ``imports`` and ``exports``."""
    terms = ", ".join(f"{way[:-1]}: [{{set: {{{what}}}}}]" for way, what in policy.items())
    return f"{{policy: {{customer: {{{terms}}}}}}}"


def statements(it: Repair) -> list[str]:
    return [statement(change) for change in it.changes]


def statement(change: Change) -> str:
    """A change in short: ``one/1 export prepend None>3``."""
    if isinstance(change, SetKey):
        before, after = (
            value.value if isinstance(value, Mode | SessionBinding) else value
            for value in (change.before, change.after)
        )
        return f"{change.name} {change.key.value} {before}>{after}"
    where = f"{change.place.connection}/{change.place.tunnel} {change.place.direction.value}"
    if isinstance(change, DropTerm):
        return f"{where} drops {change.term}"
    return f"{where} {change.attribute.value} {change.before}>{change.after}"


PASSES = "{policy: {customer: {import: [{then: accept}], export: [{then: accept}]}}}"
PREFERRED = customer(imports="local_preference: 200", exports="prepend: 1")
FULLY_CROSSED = connection(
    f"{customer(exports='med: 100')}, "
    f"{customer(exports='med: 100, prepend: 3', imports='local_preference: 200')}"
)


@pytest.mark.parametrize(
    ("text", "mode", "expected"),
    [
        pytest.param(CROSSED, None, ["seoul/1 export prepend None>1"], id="half of it is there"),
        pytest.param(
            CROSSED,
            RepairMode.FOLLOW,
            ["seoul/2 import local_preference 200>None"],
            id="what stands against following",
        ),
        pytest.param(
            connection(f"{customer(exports='prepend: 3')}, {{}}"),
            None,
            ["seoul/2 import local_preference None>200"],
            id="prepending alone",
        ),
        pytest.param(
            connection(f"{{}}, {customer(exports='prepend: 3', imports='local_preference: 200')}"),
            None,
            ["seoul/2 export prepend 3>None"],
            id="crossed, and the MED says which tunnel is preferred",
        ),
        pytest.param(
            FULLY_CROSSED,
            None,
            [
                "seoul/1 import local_preference None>200",
                "seoul/2 import local_preference 200>None",
            ],
            id="crossed",
        ),
        pytest.param(
            connection(f"{customer(exports='med: 200')}, {customer(exports='med: 100')}"),
            None,
            ["seoul mode follow>pinned"],
            id="med alone",
        ),
        pytest.param(
            ONE_GATEWAY + "  seoul: {mode: pinned}\n",
            RepairMode.FOLLOW,
            ["seoul mode pinned>follow"],
            id="pinned",
        ),
        pytest.param(
            FOUR_TUNNELS,
            None,
            [
                "one/1 import local_preference None>200",
                "one/2 import local_preference None>200",
                "two/1 export prepend None>1",
                "two/2 export prepend None>1",
            ],
            id="four tunnels of one gateway",
        ),
        pytest.param(
            TWO_GATEWAYS,
            None,
            ["two/1 export prepend None>1", "two/2 export prepend None>1"],
            id="four tunnels of two gateways",
        ),
        pytest.param(
            FOUR_TUNNELS, RepairMode.FOLLOW, ["fw1 firewall interface>zone"], id="a firewall's zone"
        ),
        pytest.param(
            ONE_GATEWAY + "  seoul: {routing: static}\n",
            None,
            ["seoul probe_inside False>True"],
            id="a dead tunnel that keeps its route",
        ),
        pytest.param(
            connection("{policy: {customer: {export: [{then: reject}]}}}, {}"),
            None,
            ["seoul/1 export drops 0"],
            id="a tunnel that announces nothing",
        ),
        pytest.param(
            DEAF.replace("seoul: {", f"seoul: {{tunnels: [{PASSES}, {PREFERRED}], "),
            None,
            ["seoul/2 import local_preference 200>None"],
            id="a policy that is left with nothing to do, and is one still",
        ),
        pytest.param(
            DEAF, None, ["fw1 requires_policy True>False"], id="a device that needs a policy"
        ),
        pytest.param(
            DEAF,
            RepairMode.SYMMETRIC,
            ["seoul mode plain>pinned"],
            id="a device whose pinning is a policy",
        ),
        pytest.param(
            DEAF.replace(
                "seoul: {",
                "seoul: {tunnel_defaults: {policy: {customer: {import: [{then: accept}]}}}, ",
            ),
            None,
            ["fw1 requires_policy True>False"],
            id="a device that has one of two policies",
        ),
    ],
)
def test_the_smallest_change_is_found(
    text: str, mode: RepairMode | None, expected: list[str]
) -> None:
    it = of(text, mode)

    assert it.result is Result.REPAIRED
    assert sorted(statements(it)) == expected
    assert not any(Verdict.ASYMMETRIC_DROPPED in found.verdicts for found in it.after.values())


@pytest.mark.parametrize("binding", list(SessionBinding))
def test_where_all_is_well_nothing_is_repaired_whatever_binds(binding: SessionBinding) -> None:
    text = ONE_GATEWAY.replace("interface", binding.value) + "  seoul: {mode: pinned}\n"
    it = of(text)

    assert (it.result, it.changes) == (Result.NOTHING, ())
    assert it.topology == parse(text).topology


@pytest.mark.parametrize(
    ("binding", "mode"),
    [
        ("interface", RepairMode.SYMMETRIC),
        ("device", RepairMode.FOLLOW),
        ("zone", RepairMode.FOLLOW),
        ("stateless", RepairMode.FOLLOW),
    ],
)
def test_the_firewall_chooses_the_mode_where_nobody_declares_one(
    binding: str, mode: RepairMode
) -> None:
    (group,) = of(CROSSED.replace("interface", binding)).groups

    assert group.chosen.mode is mode


ON_A_TRANSIT_GATEWAY = """\
samepath: 1
vpcs: {cloud: {cidr: 10.0.0.0/16}}
gateways: {tgw: {kind: transit}}
customer_gateways: {dc: {address: 198.51.100.1, asn: 65000, platform: bird}}
sites: {office: {networks: [192.168.10.0/24]}}
connections: {seoul: {customer_gateway: dc}}
"""
CROSSED_ZONES = """\
samepath: 1
vpcs: {cloud: {cidr: 10.0.0.0/16}}
customer_gateways: {dc: {address: 198.51.100.1, asn: 65000, platform: pan-os}}
sites: {office: {networks: [192.168.10.0/24]}}
connections:
  seoul:
    tunnels:
      - {zone: za, policy: {customer: {export: [{set: {prepend: 2}}]}}}
      - zone: zb
        policy:
          customer:
            export: [{set: {prepend: 3}}]
            import: [{set: {local_preference: 300}}]
"""


@pytest.mark.parametrize(
    ("text", "why"),
    [
        pytest.param(
            ON_A_TRANSIT_GATEWAY.replace("bird", "fortios"),
            "cgw:dc drops packets in some states: "
            "it has no active route to the VPC by that tunnel, and it checks (feasible)",
            id="a check that a platform makes by itself",
        ),
        pytest.param(
            ON_A_TRANSIT_GATEWAY.replace(
                "bird", "frr, requires_policy: false, firewall: {reverse_path: strict}"
            ),
            "cgw:dc may drop packets in some states: "
            "its best route to the VPC leads by another tunnel, and it checks (strict)",
            id="a check that is declared",
        ),
        pytest.param(
            ON_A_TRANSIT_GATEWAY.replace("bird", "junos"),
            "nobody says to what the firewall of cgw:dc binds a session",
            id="a binding that nobody knows",
        ),
        pytest.param(
            CROSSED_ZONES,
            "cgw:dc drops packets in some states: its firewall binds a session to the zone",
            id="two zones",
        ),
        pytest.param(
            CROSSED_ZONES.replace("zone: za, ", "").replace("zone: zb", "ike: {}"),
            "cgw:dc may drop packets in some states: its firewall binds a session to the zone",
            id="zones that nobody knows",
        ),
        pytest.param(
            CROSSED.replace("firewall: interface", "platform: cisco-asa"),
            "the firewall of cgw:dc binds a session to an interface",
            id="what a platform binds to by itself",
        ),
    ],
)
def test_a_firewall_that_drops_minds_and_the_reason_is_told(text: str, why: str) -> None:
    it = of(text)
    (group,) = it.groups

    assert (group.chosen.mode, group.chosen.why) == (RepairMode.SYMMETRIC, why)
    assert it.result is Result.REPAIRED
    assert repair(it.topology).result is Result.NOTHING


def test_a_firewall_that_only_the_repair_wakes_up_minds() -> None:
    """While one tunnel tells nobody anything, no open flow moves to it."""
    deaf = "{zone: za, policy: {customer: {import: [{then: reject}], export: [{then: reject}]}}}"
    head = CROSSED_ZONES[: CROSSED_ZONES.index("    tunnels:")]
    it = of(f"{head}    tunnels: [{deaf}, {{zone: zb}}]\n")
    (group,) = it.groups

    assert (group.chosen.mode, it.result) == (RepairMode.SYMMETRIC, Result.REPAIRED)
    assert "binds a session to the zone" in group.chosen.why
    assert repair(it.topology).result is Result.NOTHING


@pytest.mark.parametrize("firewall", ["device", "{binding: device, reverse_path: loose}"])
def test_a_firewall_that_drops_in_no_state_minds_nothing(firewall: str) -> None:
    (group,) = of(ON_A_TRANSIT_GATEWAY.replace("bird", f"frr, firewall: {firewall}")).groups

    assert group.chosen.mode is RepairMode.FOLLOW


STATIC = ON_A_TRANSIT_GATEWAY.replace("dc}}", "dc, routing: static, probe_inside: true}}")


@pytest.mark.parametrize("mode", [None, RepairMode.FOLLOW])
def test_what_no_policy_decides_and_no_firewall_minds_is_nothing_to_repair(
    mode: RepairMode | None,
) -> None:
    """Which of two static routes a transit gateway takes is open, whatever the file says."""
    it = of(STATIC, mode)
    (group,) = it.groups

    assert (it.result, group.chosen.mode) == (Result.NOTHING, RepairMode.FOLLOW)
    assert any(Verdict.ASYMMETRIC_TOLERATED in one.verdicts for one in it.after.values())


def test_a_repair_leaves_nothing_to_repair_where_a_choice_stays_open() -> None:
    it = of(STATIC.replace(", probe_inside: true", ""))

    assert (it.result, statements(it)) == (Result.REPAIRED, ["seoul probe_inside False>True"])
    assert repair(it.topology).result is Result.NOTHING


@pytest.mark.parametrize(
    ("text", "mode"),
    [
        (STATIC, RepairMode.SYMMETRIC),
        (STATIC.replace("bird", "cisco-asa"), None),
    ],
    ids=["symmetry is asked for", "a firewall minds"],
)
def test_what_no_policy_decides_and_somebody_minds_has_no_repair(
    text: str, mode: RepairMode | None
) -> None:
    it = of(text, mode)
    (group,) = it.groups

    assert (it.result, group.chosen.mode) == (Result.NONE, RepairMode.SYMMETRIC)
    assert group.chosen.why != "it is symmetric already where a policy can make it so"


def test_two_devices_that_keep_sessions_apart_are_to_be_symmetric() -> None:
    (group,) = of(TWO_GATEWAYS).groups

    assert group.chosen.mode is RepairMode.SYMMETRIC
    assert "cgw:fw1 and cgw:fw2" in group.chosen.why


def test_where_equal_routes_may_lead_to_another_device_following_is_no_repair() -> None:
    it = of(TWO_GATEWAYS, RepairMode.FOLLOW)
    (group,) = it.groups

    assert (it.result, it.changes) == (Result.NONE, ())
    assert any(fault.one.state == ALL_UP and "drops" in fault.what for fault in group.left)


SHARED_STATE = "customer_gateways: [fw1, fw2], vrrp: {tracks: tunnels}, state_sync: true"


def test_devices_that_share_sessions_are_one_that_takes_asymmetry() -> None:
    text = TWO_GATEWAYS.replace("customer_gateways: [fw1, fw2]", SHARED_STATE)
    (group,) = of(text).groups

    assert group.chosen.mode is RepairMode.FOLLOW


VRRP_STAYS = TWO_GATEWAYS.replace("[fw1, fw2]", "[fw1, fw2], vrrp: {preempt: false}").replace(
    "two: {", "two: {tunnel_defaults: {policy: {customer: {export: [{set: {prepend: 2}}]}}}, "
)
"""Hosts that stay with the second device when the first is back, to which the gateway returns."""


@pytest.mark.parametrize(
    ("text", "mode", "other"),
    [
        (STATIC, RepairMode.SYMMETRIC, RepairMode.FOLLOW),
        (TWO_GATEWAYS, RepairMode.FOLLOW, RepairMode.SYMMETRIC),
        (VRRP_STAYS, RepairMode.SYMMETRIC, None),
        (VRRP_STAYS, RepairMode.FOLLOW, None),
    ],
)
def test_the_other_mode_is_named_where_it_lacks_what_is_wrong_in_this_one(
    text: str, mode: RepairMode, other: RepairMode | None
) -> None:
    (group,) = of(text, mode).groups

    assert group.result in {Result.NONE, Result.PART}
    assert group.other is other


def test_the_device_that_the_hosts_send_to_comes_first() -> None:
    hop = "customer_gateways: [fw1, fw2], first_hop: fw2"
    it = of(TWO_GATEWAYS.replace("customer_gateways: [fw1, fw2]", hop))

    assert statements(it) == ["one/1 export prepend None>1", "one/2 export prepend None>1"]


def test_what_no_policy_mends_is_told_beside_a_repair() -> None:
    """The hosts go on sending to a device that is gone, or has lost its LAN or its tunnels."""
    it = of(
        TWO_GATEWAYS.replace(
            "firewall: device", "firewall: device, platform: frr, requires_policy: false"
        )
    )
    (group,) = it.groups

    assert it.result is Result.REPAIRED
    assert statements(it) == ["two/1 export prepend None>1", "two/2 export prepend None>1"]
    assert {fault.one.state.name for fault in group.left} == {
        "cgw:fw1 down",
        "cgw:fw1/lan down",
        "cgw:fw1/path down",
    }


def test_equal_static_routes_to_two_devices_have_no_repair() -> None:
    """Nothing that a customer says reaches the gateway: which of them it takes nobody knows."""
    text = TWO_GATEWAYS.replace("{customer_gateway:", "{routing: static, customer_gateway:")
    it = of(text)
    (group,) = it.groups

    assert it.result in {Result.PART, Result.NONE}
    assert any(
        fault.one.state == ALL_UP and fault.one.undetermined
        for fault in (*group.left, *group.nearest)
    )


def test_each_group_is_repaired_by_itself_and_no_other_verdict_changes() -> None:
    text = """\
samepath: 1
vpcs: {cloud: {cidr: 10.0.0.0/16}}
customer_gateways:
  dc: {address: 198.51.100.1, asn: 65000}
  away: {address: 198.51.100.9, asn: 65009}
sites:
  office: {networks: [192.168.10.0/24], customer_gateways: [dc]}
  hut: {networks: [172.16.0.0/24], customer_gateways: [away]}
connections:
  busan:
    customer_gateway: away
    tunnels: [{policy: {customer: {export: [{set: {prepend: 1}}]}}}, {}]
  seoul:
    customer_gateway: dc
    tunnels:
      - policy: {customer: {export: [{set: {med: 100}}]}}
      - policy: {customer: {import: [{set: {local_preference: 200}}], export: [{set: {med: 100}}]}}
"""
    it = of(text, RepairMode.SYMMETRIC)
    busan, seoul = it.groups
    assert statements(it) == [
        "busan/2 import local_preference None>200",
        "seoul/1 export prepend None>1",
    ]

    half = changed(parse(text).topology, seoul.changes)
    found = found_in(half, single_states(half))
    for key, one in it.before.items():
        expected = one if str(one.pair.site) == "172.16.0.0/24" else it.after[key]
        assert found[key].verdicts == expected.verdicts
    assert busan.result is seoul.result is Result.REPAIRED


def many(count: int) -> str:
    """So many customer gateways that are crossed alike, in no order of their names, and a sound one."""
    names = [f"k{(7 * number) % count}" for number in range(count)]
    crossed = "[{}, {policy: {customer: {import: [{set: {local_preference: 200}}]}}}]"
    lines = ["samepath: 1", "vpcs: {cloud: {cidr: 10.0.0.0/16}}", "customer_gateways:"]
    for number, name in enumerate([*names, "sound"]):
        device = f"{{address: 198.51.100.{number + 1}, asn: {65100 + number}, firewall: interface"
        lines.append(f"  {name}: {device}, platform: cisco-ios}}")
    lines.append("sites:")
    for number, name in enumerate([*names, "sound"]):
        lines.append(
            f"  {name}: {{networks: [192.168.{number}.0/24], customer_gateways: [{name}]}}"
        )
    lines.append("connections:")
    lines += [f"  {name}: {{customer_gateway: {name}, tunnels: {crossed}}}" for name in names]
    lines.append("  sound: {customer_gateway: sound}")
    return "\n".join(lines) + "\n"


def test_groups_that_are_alike_are_searched_once_and_each_gets_its_own_statements(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    searched: list[Topology] = []

    def count(part: Topology, *more: object) -> object:
        searched.append(part)
        return search.search(part, *more)  # type: ignore[arg-type]

    monkeypatch.setattr(whole, "search", count)
    it = of(many(5))
    assert len(searched) == 1
    first = next(group for group in it.groups if group.steps)
    assert first.result is Result.REPAIRED
    assert {one.group.connections for one in first.alike} | {first.group.connections} == {
        (f"k{number}",) for number in range(5)
    }
    topology = parse(many(5)).topology
    each = {first.group: first.changes, **{one.group: one.changes for one in first.alike}}
    for group, changes in each.items():
        assert frozenset(repair(part(topology, group)).changes) == frozenset(changes)
    told = analyse(it.topology, tuple(single_states(it.topology)))
    assert not any(Verdict.ASYMMETRIC_DROPPED in one.verdicts for one in told)
    assert repair(it.topology).changes == ()


def test_the_order_of_typing_has_no_worse_moment_than_any_other_order() -> None:
    topology = parse(FULLY_CROSSED).topology
    it = repair(topology)

    def dropping(order: tuple[Change, ...]) -> list[tuple[int, int]]:
        """With all up, and at all, between two statements."""
        told = []
        for count in range(1, len(order)):
            between = changed(topology, order[:count])
            drops = [
                state
                for (_, state), found in found_in(between, single_states(between)).items()
                if Verdict.ASYMMETRIC_DROPPED in found.verdicts
            ]
            told.append((drops.count(ALL_UP), len(drops)))
        return told

    assert len(it.changes) == 2
    assert dropping(it.changes) == min(dropping(order) for order in permutations(it.changes))


def test_a_step_that_may_move_open_flows_to_another_interface_says_so() -> None:
    first, *_ = of(FOUR_TUNNELS).groups[0].steps
    (cut,) = first.cuts

    assert cut.transitions == {Transition.SURVIVES, Transition.HANGS}


def test_a_step_that_moves_nothing_cuts_nothing() -> None:
    it = of(ONE_GATEWAY + "  seoul: {mode: pinned}\n", RepairMode.FOLLOW)
    (step,) = it.groups[0].steps

    assert (step.cuts, step.faults) == ((), ())


def test_the_price_of_a_fixed_order_is_that_the_gateway_cannot_steer() -> None:
    words = "can no longer move traffic off seoul/tunnel2 before maintenance"
    fixed, following = (of(CROSSED, mode).groups[0].price for mode in RepairMode)

    assert any(words in told for told in fixed)
    assert not any(words in told for told in following)


@pytest.mark.parametrize(
    ("text", "verb"),
    [
        (CROSSED_ZONES, "hang"),
        (CROSSED_ZONES.replace("zone: za, ", "").replace("zone: zb", "ike: {}"), "may hang"),
    ],
    ids=["two zones", "zones that nobody knows"],
)
def test_the_price_tells_to_what_a_firewall_binds_the_flows_that_hang(text: str, verb: str) -> None:
    (group,) = of(text).groups

    assert (
        f"open flows {verb} at cgw:dc when the gateway moves traffic off seoul/tunnel2 before "
        "maintenance: its firewall binds a session to the zone"
    ) in group.price


def test_connections_that_back_one_another_up_form_a_group() -> None:
    topology = parse("""\
samepath: 1
vpcs: {cloud: {cidr: 10.0.0.0/16}}
customer_gateways:
  a: {address: 198.51.100.1, asn: 65001}
  b: {address: 198.51.100.2, asn: 65002}
  c: {address: 198.51.100.3, asn: 65003}
  d: {address: 198.51.100.4, asn: 65004}
sites:
  x: {networks: [192.168.1.0/24], customer_gateways: [a, b]}
  y: {networks: [192.168.2.0/24], customer_gateways: [b, c]}
  z: {networks: [192.168.3.0/24], customer_gateways: [d]}
connections:
  one: {customer_gateway: a}
  two: {customer_gateway: d}
  three: {customer_gateway: c}
  four: {customer_gateway: b}
""").topology

    assert [set(group.connections) for group in groups(topology)] == [
        {"two"},
        {"one", "three", "four"},
    ]


@pytest.mark.parametrize("text", [FOUR_TUNNELS, CROSSED, TWO_GATEWAYS])
def test_a_firewall_that_cannot_take_asymmetry_is_left_as_it_is(text: str) -> None:
    for change in of(text, RepairMode.SYMMETRIC).changes:
        assert isinstance(change, SetAttribute) or change.key is not Key.FIREWALL  # type: ignore[union-attr]


def with_two_tunnels_down(topology: Topology) -> tuple[FailureState, ...]:
    """All up, and each two tunnels down at once."""
    down = [
        (Element(kind=ElementKind.TUNNEL, name=each.name, tunnel=number), Condition.DOWN)
        for each in topology.connections.values()
        for number in (1, 2)
    ]
    return (ALL_UP, *(FailureState(conditions=two) for two in combinations(down, 2)))


ASYMMETRIC = {Verdict.ASYMMETRIC_DROPPED, Verdict.ASYMMETRIC_TOLERATED}


@pytest.mark.parametrize(
    ("text", "most"), [(TWO_GATEWAYS, 1), (FOUR_TUNNELS, 2)], ids=["two gateways", "one gateway"]
)
def test_an_order_holds_when_two_tunnels_fail_and_no_smaller_set_of_statements_does(
    text: str, most: int
) -> None:
    topology = parse(text).topology
    repaired = repair(topology)
    states = with_two_tunnels_down(topology)
    assert len(repaired.changes) > most
    assert all(one.verdicts.isdisjoint(ASYMMETRIC) for one in analyse(repaired.topology, states))

    for size in range(1, most + 1):
        for some in combinations(single_statements(topology), size):
            changed_by_some = changed(topology, some)
            assert any(
                one.verdicts & ASYMMETRIC
                for state in states
                for one in analyse(changed_by_some, (state,))
            ), some


def single_statements(topology: Topology) -> Iterator[Change]:
    """Every key of a connection, and every preference of a tunnel, where there is none as yet."""
    for each in topology.connections.values():
        yield SetKey(key=Key.MODE, name=each.name, before=Mode.FOLLOW, after=Mode.PINNED)
        yield SetKey(key=Key.ACTIVE, name=each.name, before=1, after=2)
        for tunnel in each.tunnels:
            for direction, attribute, value in (
                (Direction.IMPORT, Attribute.LOCAL_PREFERENCE, 200),
                (Direction.EXPORT, Attribute.PREPEND, 1),
                (Direction.EXPORT, Attribute.MED, 50),
            ):
                place = PolicyPlace(
                    connection=each.name,
                    tunnel=tunnel.number,
                    end=End.CUSTOMER,
                    direction=direction,
                )
                yield SetAttribute(
                    place=place, term=None, attribute=attribute, before=None, after=value
                )

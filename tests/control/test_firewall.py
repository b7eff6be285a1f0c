"""The imitated firewalls as text (golden files), and what must hold for any tunnels behind them."""

from __future__ import annotations

import re
import subprocess
from itertools import permutations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.control.topologies import HEAD
from tests.model import golden

from samepath.control.firewall import (
    LEFT,
    OVER,
    Drop,
    TunnelDevice,
    devices_of,
    firewall,
    firewall_of,
    keeps_apart,
    keeps_sessions_on_tunnels,
)
from samepath.control.situation import Side, Situation, TunnelEnd
from samepath.linux.objects import MarkRule, Object, Route, Ruleset
from samepath.model.document import parse
from samepath.model.topology import Established, ReversePath, SessionBinding, Topology

GOLDEN = Path(__file__).parent / "golden_firewall"
TUNNELS = (
    TunnelDevice(device="seoul-t1", zone="vpn-a", static=True),
    TunnelDevice(device="seoul-t2", zone="vpn-b", static=True),
    TunnelDevice(device="tokyo-t1", zone="vpn-a"),
)


def of(
    binding: SessionBinding, check: ReversePath = ReversePath.OFF, *tunnels: TunnelDevice
) -> tuple[Ruleset, ...]:
    return tuple(firewall("ns", binding, check, tunnels or TUNNELS))


TEXTS = {
    **{one.value: of(one) for one in SessionBinding if one is not SessionBinding.STATELESS},
    **{
        f"source-{check.value}": of(SessionBinding.STATELESS, check)
        for check in (ReversePath.STRICT, ReversePath.LOOSE)
    },
    **{
        f"{binding.value}-{established.value}": tuple(
            firewall("ns", binding, ReversePath.OFF, TUNNELS, established)
        )
        for binding in (SessionBinding.DEVICE, SessionBinding.INTERFACE)
        for established in (Established.STAYS, Established.CUT)
    },
}


@pytest.mark.parametrize("name", TEXTS)
def test_the_text(name: str) -> None:
    (rules,) = TEXTS[name]
    golden.check(GOLDEN / f"{name}.nft", rules.text + "\n")


def test_every_golden_file_belongs_to_a_text() -> None:
    assert {path.stem for path in GOLDEN.iterdir()} == set(TEXTS)


@pytest.mark.packet
@pytest.mark.parametrize("name", TEXTS)
def test_nft_takes_it(name: str) -> None:
    """Only checked, in a namespace that ends with the command: nothing is loaded anywhere."""
    (rules,) = TEXTS[name]
    text = f"table inet {rules.table} {{\n{rules.text}\n}}\n"
    command = ["unshare", "--net", "nft", "--check", "-f", "-"]

    done = subprocess.run(command, input=text, text=True, capture_output=True, check=False)

    assert (done.returncode, done.stderr) == (0, "")


def test_where_nothing_is_kept_and_nothing_checked_there_are_no_rules() -> None:
    """Connection tracking costs every packet something, also where no rule follows from it."""
    assert of(SessionBinding.STATELESS) == ()


devices = st.from_regex(r"[a-z][a-z0-9-]{0,11}-t[12]", fullmatch=True)
tunnels = st.lists(
    st.builds(
        TunnelDevice,
        device=devices,
        zone=st.sampled_from((None, "a", "b")),
        static=st.booleans(),
    ),
    min_size=1,
    max_size=6,
    unique_by=lambda tunnel: tunnel.device,
)


@given(given_tunnels=tunnels, binding=st.sampled_from(SessionBinding))
def test_two_tunnels_share_a_mark_where_a_session_may_use_both(
    given_tunnels: list[TunnelDevice], binding: SessionBinding
) -> None:
    """What the rules do is what ``lab why`` tells of them."""
    text = "".join(rules.text for rules in of(binding, ReversePath.OFF, *given_tunnels))
    marks = dict(re.findall(r'"(\S+)" ct mark 0 ct mark set (\d+)', text))

    for one, other in permutations(given_tunnels, 2):
        apart = marks.get(one.device) != marks.get(other.device)
        assert apart is keeps_apart(binding, one, other)


@given(
    given_tunnels=tunnels,
    binding=st.sampled_from(SessionBinding),
    established=st.sampled_from(Established),
)
def test_every_drop_is_counted_by_a_reason_that_is_declared(
    given_tunnels: list[TunnelDevice], binding: SessionBinding, established: Established
) -> None:
    for rules in firewall("ns", binding, ReversePath.STRICT, given_tunnels, established):
        lines = rules.text.splitlines()
        assert [line for line in lines if line.endswith("{}")] == [
            f"counter {reason.value} {{}}" for reason in Drop
        ]
        assert all(
            any(f"counter name {reason.value} drop" in line for reason in Drop)
            for line in lines
            if line.endswith("drop")
        )
        assert all(
            f"counter name {Drop.CUT.value} reject" in line for line in lines if "reject" in line
        )


def test_the_order_in_which_tunnels_are_given_does_not_matter() -> None:
    """A ruleset is known by its digest; another order would load it anew, and lose its counters."""
    for binding in SessionBinding:
        found = {of(binding, ReversePath.LOOSE, *order) for order in permutations(TUNNELS)}
        assert len(found) == 1


def test_a_customer_gateways_tunnels_have_the_zones_of_the_file() -> None:
    topology = parse(
        HEAD + "  seoul: {customer_gateway: dc, tunnels: [{zone: vpn}, {}]}\n"
    ).topology

    assert devices_of(topology, "dc") == {
        ("seoul", 1): TunnelDevice(device="seoul-t1", zone="vpn"),
        ("seoul", 2): TunnelDevice(device="seoul-t2", zone=None),
    }


# --------------------------------------------------------------------------------- open sessions

SAID = "address: 198.51.100.1, firewall: {binding: device, established: ESTABLISHED}"
BOTH = frozenset(TunnelEnd.of("seoul", number, Side.CUSTOMER) for number in (1, 2))


def topology_of(established: str, connection: str = "routing: static") -> Topology:
    text = HEAD.replace("address: 198.51.100.1", SAID.replace("ESTABLISHED", established))
    return parse(f"{text}  seoul: {{customer_gateway: dc, {connection}}}\n").topology


def routing_of(topology: Topology, usable: frozenset[TunnelEnd] = BOTH) -> list[Object]:
    """What of a customer gateway's firewall is no rule of its own: what routes by sessions."""
    items = firewall_of(topology, topology.customer_gateways["dc"], "ns", Situation(usable=usable))
    return [item for item in items if not isinstance(item, Ruleset)]


def test_a_session_that_stays_has_a_table_of_its_tunnels_routes_and_a_rule_that_leads_there() -> (
    None
):
    found = routing_of(topology_of("stays"))
    rules = {one.table: one for one in found if isinstance(one, MarkRule)}
    routes = {one.device: one for one in found if isinstance(one, Route)}
    assert len(found) == 4
    assert set(routes) == {"seoul-t1", "seoul-t2"}
    assert {str(one.destination) for one in routes.values()} == {"10.0.0.0/16"}

    text = "".join(
        one.text
        for one in firewall_of(
            topology_of("stays"),
            topology_of("stays").customer_gateways["dc"],
            "ns",
            Situation(usable=BOTH),
        )
        if isinstance(one, Ruleset)
    )
    for device, route in routes.items():
        rule = rules[route.table]
        assert rule.mask == LEFT
        assert re.search(rf'oifname "{device}" .* or {rule.mark:#x}$', text, re.MULTILINE)


def test_a_tunnel_that_cannot_carry_traffic_has_no_route_in_its_table() -> None:
    one = frozenset({TunnelEnd.of("seoul", 2, Side.CUSTOMER)})
    routes = [item for item in routing_of(topology_of("stays"), one) if isinstance(item, Route)]
    assert [route.device for route in routes] == ["seoul-t2"]


@pytest.mark.parametrize(
    ("established", "connection"),
    [("stays", "mode: follow"), ("cut", "routing: static"), ("follows", "routing: static")],
)
def test_nothing_else_routes_by_sessions(established: str, connection: str) -> None:
    topology = topology_of(established, connection)
    assert routing_of(topology) == []
    assert not keeps_sessions_on_tunnels(topology, topology.customer_gateways["dc"])


@given(number=st.integers(1, 4095), bound=st.integers(1, 4095))
def test_what_a_mark_holds_does_not_touch_its_other_parts(number: int, bound: int) -> None:
    static = [TunnelDevice(device=f"t{index:04}", zone=None, static=True) for index in range(3)]
    (rules,) = firewall("ns", SessionBinding.INTERFACE, ReversePath.OFF, static, Established.STAYS)
    for kept, put in re.findall(r"ct mark set ct mark and (0x\w+) or (0x\w+)", rules.text):
        mark = bound | number << 12 | OVER
        assert (mark & int(kept, 16) | int(put, 16)) & ~LEFT == bound | OVER
        assert int(put, 16) & ~LEFT == 0

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

from samepath.control.firewall import Drop, TunnelDevice, devices_of, firewall, keeps_apart
from samepath.linux.objects import Ruleset
from samepath.model.document import parse
from samepath.model.topology import ReversePath, SessionBinding

GOLDEN = Path(__file__).parent / "golden_firewall"
TUNNELS = (
    TunnelDevice(device="seoul-t1", zone="vpn-a"),
    TunnelDevice(device="seoul-t2", zone="vpn-b"),
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
    st.builds(TunnelDevice, device=devices, zone=st.sampled_from((None, "a", "b"))),
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


@given(given_tunnels=tunnels, binding=st.sampled_from(SessionBinding))
def test_every_drop_is_counted_by_a_reason_that_is_declared(
    given_tunnels: list[TunnelDevice], binding: SessionBinding
) -> None:
    for rules in of(binding, ReversePath.STRICT, *given_tunnels):
        lines = rules.text.splitlines()
        assert [line for line in lines if line.endswith("{}")] == [
            f"counter {reason.value} {{}}" for reason in Drop
        ]
        assert all(
            any(f"counter name {reason.value} drop" in line for reason in Drop)
            for line in lines
            if line.endswith("drop")
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

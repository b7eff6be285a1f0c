"""A customer gateway's FRR as objects: what runs, where it writes, and what a change makes of it."""

from __future__ import annotations

import pytest
from tests.control.topologies import topology

from samepath.control.names import Names
from samepath.control.plan import describe, plan
from samepath.control.situation import Situation
from samepath.control.speakers import customer_daemons, customer_session
from samepath.control.vpn import vpn
from samepath.linux.marks import digest
from samepath.linux.objects import ConfigFile, Daemon, DaemonKind, FrrConfig, Object
from samepath.model.topology import Topology

NAMES = Names("x", "/run/samepath/x")
PINNED = topology({"seoul": "mode: pinned"}, dc="platform: frr")
STATIC = topology({"seoul": "routing: static"}, dc="platform: frr")


def objects(of: Topology, situation: Situation | None = None) -> frozenset[Object]:
    return frozenset(vpn(of, NAMES, situation or Situation()))


def frrs(of: Topology) -> dict[str, Daemon]:
    return {
        item.name: item
        for item in objects(of)
        if isinstance(item, Daemon) and item.kind in {DaemonKind.FRR, DaemonKind.ZEBRA}
    }


@pytest.mark.parametrize(
    ("of", "programs"),
    [
        (PINNED, {"zebra", "bgpd", "bfdd"}),
        (STATIC, {"zebra", "bgpd", "staticd"}),
        (topology({"seoul": "bgp: {bfd: false}"}, dc="platform: frr"), {"zebra", "bgpd"}),
        (topology({"seoul": ""}), set()),
    ],
    ids=["bgp", "static", "without bfd", "bird"],
)
def test_what_runs_is_what_is_needed_and_is_what_others_take_for_the_router(
    of: Topology, programs: set[str]
) -> None:
    expected = {f"frr-cgw-dc-{program}" for program in programs}

    assert frrs(of).keys() == expected
    assert set(customer_daemons(of, "dc")) == (expected or {"bird-cgw-dc"})


def test_every_daemon_is_told_its_text_but_zebra_and_writes_into_its_directory_only() -> None:
    there = objects(PINNED)
    texts = {item.path: item.text for item in there if isinstance(item, ConfigFile)}
    told = {item.daemon: item for item in there if isinstance(item, FrrConfig)}

    assert told.keys() == frrs(PINNED).keys() - {"frr-cgw-dc-zebra"}
    for name, daemon in frrs(PINNED).items():
        assert daemon.namespace == NAMES.customer("dc")
        assert daemon.socket is not None
        assert daemon.socket.startswith("run/frr-cgw-dc/")
        for option in ("-i", "--vty_socket", "-z"):
            (value,) = (
                after
                for word, after in zip(daemon.argv, daemon.argv[1:], strict=False)
                if word == option
            )
            assert value.startswith("{world}/run/frr-cgw-dc")
        if name in told:
            assert told[name].digest == digest(texts[told[name].config])
            assert told[name].socket == daemon.socket


@pytest.mark.parametrize(
    "situation",
    [Situation(active={"seoul": 2}), Situation(silenced=frozenset({("seoul", 1)}))],
    ids=["preferred", "silenced"],
)
def test_what_is_decided_while_it_runs_is_told_to_bgpd_and_starts_nothing_anew(
    situation: Situation,
) -> None:
    steps = plan(objects(PINNED, situation), objects(PINNED))
    mine = [describe(step) for step in steps if "cgw" in describe(step)]

    assert mine == [
        "change file etc/frr-cgw-dc-bgpd.conf",
        "change frr frr-cgw-dc-bgpd",
    ]


def test_zebra_is_started_before_those_that_need_it() -> None:
    steps = [describe(step) for step in plan(objects(PINNED), ())]
    order = [
        steps.index(f"create daemon frr-cgw-dc-{program}") for program in ("zebra", "bfdd", "bgpd")
    ]

    assert order == sorted(order)
    assert steps.index("create frr frr-cgw-dc-bgpd") > order[-1]
    assert {daemon.after for daemon in frrs(PINNED).values()} == {None, "frr-cgw-dc-zebra"}


def test_a_session_is_called_by_the_neighbours_address() -> None:
    seoul = PINNED.connections["seoul"]

    assert [customer_session(PINNED, seoul, tunnel) for tunnel in seoul.tunnels] == [
        str(tunnel.gateway_inside.ip) for tunnel in seoul.tunnels
    ]

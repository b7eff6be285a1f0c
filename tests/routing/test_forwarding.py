"""Packets on their way: which of the hops are tunnels."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.routing.networks import SITE, network, router, session
from tests.routing.routes import never

from samepath.routing.forwarding import End, trace
from samepath.routing.propagation import propagate
from samepath.routing.route import Route, Source


@pytest.mark.parametrize(("connection", "tunnel"), [("", None), ("seoul", "a/b")])
def test_a_session_is_a_tunnel_if_it_is_of_a_connection(
    connection: str, tunnel: str | None
) -> None:
    """One between two customer gateways, on the LAN, is none."""
    lan = Route(prefix=SITE, source=Source.CONNECTED, session="")
    net = network(
        [router("a", 65000), router("b", 65000, SITE, routes=(lan,))],
        [replace(session("a/b", "a", "b"), connection=connection)],
    )
    path = trace(propagate(net, never), "a", SITE, never, far_ends={})
    assert path.routers == ("a", "b")
    assert path.end is End.DELIVERED
    assert path.tunnel == tunnel

"""A lab whose customer gateway speaks BGP without BFD."""

from __future__ import annotations

from tests.packet.labs import text_of
from tests.packet.own import clear, own

from samepath.lab.lab import Lab
from samepath.lab.settling import wait_usable
from samepath.lab.status import StatusReader
from samepath.model.document import parse

NAME = own("no-bfd")


def test_a_lab_without_bfd_is_ready_and_its_status_tells_of_no_bfd() -> None:
    clear(NAME)
    text = text_of("{customer_gateway: dc, bgp: {bfd: false}}")
    try:
        with Lab(NAME, parse(text).topology) as lab:
            lab.up(text)
            status = wait_usable(StatusReader(lab), 30.0)
    finally:
        clear(NAME)

    assert status.ready, status
    ends = [end for tunnel in status.tunnels for end in (tunnel.gateway, tunnel.customer)]
    assert [end.session and end.session.bfd for end in ends] == [None] * 4

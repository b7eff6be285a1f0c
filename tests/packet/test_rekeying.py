"""Rekeying, by either end and by both at once, costs no packet, and no connection."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from benchmarks.chatter import chatter
from tests.packet.labs import both, probe, running, text_of, wait_healthy, wait_used

from samepath.control.names import charon_of_customer, charon_of_endpoint, ike_name
from samepath.drivers.strongswan import Charon
from samepath.lab.lab import Lab
from samepath.lab.status import StatusReader

pytestmark = pytest.mark.alone
MEASURED_AGAIN = 2
DAEMONS = {
    "gateway": charon_of_endpoint("seoul", 1),
    "customer": charon_of_customer("seoul", 1),
}
READINGS = {"IKE_SA": 12, "CHILD_SA": 26}
"""Of a quarter of a second each. charon keeps a CHILD_SA that was rekeyed for 5 s."""


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with running("rekey", text_of()) as lab:
        yield lab


def rekey(lab: Lab, what: str, ends: tuple[str, ...]) -> None:
    """Have tunnel 1's SA rekeyed by these ends, with nothing between one and the next."""
    with ExitStack() as stack:
        charons = [
            stack.enter_context(Charon(lab.machine.socket(DAEMONS[end], "vici"))) for end in ends
        ]
        for charon in charons:
            assert charon.sas(), "connected, so that the next word is the rekeying"
        for charon in charons:
            name = ike_name("seoul", 1)
            matches = charon.rekey(ike=name) if what == "IKE_SA" else charon.rekey(child=name)
            assert matches >= 1  # A spare one of an earlier rekeying by both may match, too.


def generation(lab: Lab, what: str) -> set[object]:
    """What a rekeying of tunnel 1 changes: its IKE_SA's identifier, or its ESP SPI."""
    with Charon(lab.machine.socket(DAEMONS["customer"], "vici")) as charon:
        sas = charon.sas()
    if what == "IKE_SA":
        return {sa.unique_id for sa in sas}
    return {child.spi_in for sa in sas for child in sa.children}


@pytest.mark.parametrize(
    "ends", [("gateway",), ("customer",), ("gateway", "customer")], ids=" and ".join
)
@pytest.mark.parametrize("what", ["IKE_SA", "CHILD_SA"])
def test_no_packet_is_lost_or_repeated_and_a_connection_lives_through_it(
    lab: Lab, what: str, ends: tuple[str, ...]
) -> None:
    reader = StatusReader(lab)
    for _ in range(MEASURED_AGAIN + 1):
        before = generation(lab, what)
        with chatter(lab.host("app"), lab.host("desk")) as talk, probe(lab) as pair:
            pair.wait_flowing(10.0)
            wait_used(reader, both(1))
            pair.mark("rekey")
            rekey(lab, what, ends)
            wait_used(reader, both(1), readings=READINGS[what])
            pair.mark("end")
            report = pair.finish().between("rekey", "end")
            became_of_it = talk.finish()
        after = generation(lab, what)
        wait_healthy(reader)

        # Where both rekey at once, one that is spare (REKEYED, without a child) may stay for a while.
        assert after - before, "nothing was rekeyed"
        assert became_of_it == "", "the TCP connection was to live"
        if report.valid:
            for way in (report.a_to_b, report.b_to_a):
                assert (way.lost, way.duplicated) == (0, 0)
                assert way.received > 0
            return
    pytest.fail("the machine has spoilt every measurement")

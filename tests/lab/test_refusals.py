"""What two ends have refused each other is read from their logs, from a moment on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
from tests.drivers.kernels import FakeKernel

from samepath.lab.lab import Lab
from samepath.lab.refusals import Refusals
from samepath.lab.status import TunnelStatus
from samepath.model.document import parse

FILE = Path(__file__).parents[2] / "examples" / "active-standby.yaml"
GATEWAY = (
    "2026-11-28 02:03:07.624 01[IKE] tried 1 shared key for '203.0.113.3' - '198.51.100.2', but "
    "MAC mismatched\n"
)
CUSTOMER = "2026-11-28 02:03:07.624 06[IKE] received AUTHENTICATION_FAILED notify error\n"
UP = (
    "2026-11-28 02:03:08.810 09[IKE] IKE_SA seoul-1[2] established between "
    "203.0.113.3[203.0.113.3]...198.51.100.2[198.51.100.2]\n"
)
FIRST = cast("TunnelStatus", SimpleNamespace(connection="seoul", number=1))
SECOND = cast("TunnelStatus", SimpleNamespace(connection="seoul", number=2))


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    with Lab("x", parse(FILE.read_text()).topology, FakeKernel(), root=tmp_path) as lab:
        yield lab


def log(lab: Lab, end: str, text: str) -> None:
    with (lab.home.path / "log" / f"charon-{end}-seoul-1.log").open("a") as stream:
        stream.write(text)


def test_before_there_is_a_log_nothing_is_refused(lab: Lab) -> None:
    assert not Refusals(lab).of(FIRST)


def test_a_tunnel_is_refused_by_what_both_ends_log_from_then_on(lab: Lab) -> None:
    refusals = Refusals(lab)
    lab.home.create()
    log(lab, "ep", GATEWAY)
    assert not refusals.of(FIRST)
    log(lab, "cgw", CUSTOMER)
    assert refusals.of(FIRST)
    assert not refusals.of(SECOND)
    log(lab, "ep", UP)
    assert not refusals.of(FIRST)


def test_what_was_logged_with_an_earlier_key_does_not_count(lab: Lab) -> None:
    lab.home.create()
    log(lab, "ep", GATEWAY)
    log(lab, "cgw", CUSTOMER)
    refusals = Refusals(lab)
    assert not refusals.of(FIRST)
    log(lab, "ep", GATEWAY)
    log(lab, "cgw", CUSTOMER)
    assert refusals.of(FIRST)

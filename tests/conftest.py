"""What holds for every test: its phase, its time limit, no skipping, nothing left behind.

*pure* tests need no root, no daemon and no namespace. *packet* tests make namespaces, run charon
and BIRD and count packets; they lie in ``tests/packet`` or are marked by hand. They run after the
pure ones and never beside them, because a busy machine loses packets.

A test that cannot run fails. A skipped test looks like a passed one in a summary, and a promise
that nobody checks any more is found out by a user.
"""

from __future__ import annotations

import json
import os
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from tests.packet.leftovers import snapshot

TESTS = Path(__file__).parent
PROFILE = os.environ.get("SAMEPATH_TESTS", "fast")
"""How hard the properties are tried: ``fast`` (each in well under a second) or ``deep``."""
settings.register_profile("fast", max_examples=60, deadline=None)
settings.register_profile("deep", max_examples=5000, deadline=None, print_blob=True)
settings.load_profile(PROFILE)

LIMITS = {"pure": 1800.0 if PROFILE == "deep" else 60.0, "packet": 300.0}
"""Seconds that a test of each phase may take. Far above what any takes: they catch hangs."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--leftovers",
        action="store_true",
        help="compare the root namespace before and after the packet tests (nothing else of"
        " samepath may run on this machine meanwhile)",
    )


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        by_folder = item.path.relative_to(TESTS).parts[0] == "packet"
        phase = "packet" if by_folder or item.get_closest_marker("packet") else "pure"
        item.add_marker(phase)
        if item.get_closest_marker("timeout") is None:
            item.add_marker(pytest.mark.timeout(LIMITS[phase]))
        if phase == "packet":
            item.add_marker(pytest.mark.usefixtures("_real_machine"))
    items.sort(key=lambda item: item.get_closest_marker("packet") is not None)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped, and nothing may be: {report.longrepr}"
    return report


@pytest.fixture(scope="session")
def _real_machine(request: pytest.FixtureRequest) -> Iterator[None]:
    """What packet tests stand on: root, and a root namespace that is afterwards as it was."""
    if os.geteuid() != 0:
        pytest.fail("packet tests need root; without it, run: make test-pure", pytrace=False)
    if not request.config.getoption("leftovers"):
        yield
        return
    before = snapshot()
    yield
    after = snapshot()
    changed = {
        what: {
            "new": sorted(set(after[what]) - set(before[what])),
            "gone": sorted(set(before[what]) - set(after[what]) if what not in _MAY_GO else ()),
        }
        for what in before
    }
    left = {what: change for what, change in changed.items() if any(change.values())}
    assert not left, f"the tests have changed the machine: {json.dumps(left, indent=2)}"


_MAY_GO = frozenset({"namespaces", "processes", "files"})
"""A test may begin by clearing what an earlier, killed run has left."""

"""What holds for every test: its phase, its time limit, no skipping, nothing left behind.

*pure* tests need no root, no daemon and no namespace. *packet* tests make namespaces, run charon
and BIRD and count packets; they lie in ``tests/packet`` or are marked by hand. They run after the
pure ones and never beside them, because a busy machine loses packets.

Packet tests wait most of the time, so a few processes run them side by side (pytest-xdist). Those
of one file stay in one process, since they share a lab. What loads the machine, or counts what is
lost, is marked *alone* and comes after all others.

A test that cannot run fails. A skipped test looks like a passed one in a summary, and a promise
that nobody checks any more is found out by a user.
"""

from __future__ import annotations

import json
import os
from collections.abc import Generator
from functools import cache
from pathlib import Path

import pytest
from hypothesis import settings
from tests.packet.leftovers import snapshot
from tests.packet.own import clear_nobodys
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

TESTS = Path(__file__).parent
PROFILE = os.environ.get("SAMEPATH_TESTS", "fast")
"""How hard the properties are tried: ``fast`` (each in well under a second) or ``deep``."""
settings.register_profile("fast", max_examples=60, deadline=None)
settings.register_profile("deep", max_examples=5000, deadline=None, print_blob=True)
settings.load_profile(PROFILE)

LIMITS = {"pure": 1800.0 if PROFILE == "deep" else 300.0, "packet": 300.0}
"""Seconds that a test of each phase may take. Far above what any takes: they catch hangs."""
METHODS = {"pure": "thread", "packet": "signal"}
"""How a test is ended then. A property that is only interrupted takes it for a counterexample, and
looks for a smaller one for as long again and again; so its process ends. A packet test has to clean
up."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--leftovers",
        action="store_true",
        help="compare the root namespace before and after the packet tests (no lab may come or go"
        " on this machine meanwhile but those of tests)",
    )


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        by_folder = item.path.relative_to(TESTS).parts[0] == "packet"
        phase = "packet" if by_folder or item.get_closest_marker("packet") else "pure"
        item.add_marker(phase)
        if item.get_closest_marker("timeout") is None:
            item.add_marker(pytest.mark.timeout(LIMITS[phase], method=METHODS[phase]))
    items.sort(
        key=lambda item: (
            item.get_closest_marker("packet") is not None,
            # What takes longest begins first, or one process would have it for the end.
            item.path.name != _LONGEST,
        )
    )


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped, and nothing may be: {report.longrepr}"
    return report


class ByLab(LoadScopeScheduling):  # type: ignore[misc]
    """Tests that share a lab go to one process: those of a file, but for :data:`_A_LAB_EACH`."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.split("::", maxsplit=1)[0]
        return nodeid if Path(file).name in _A_LAB_EACH else file


_A_LAB_EACH = frozenset({"test_examples.py", "test_killed.py", "test_prediction.py"})
"""Files in which each test has a lab of its own, which takes it long."""


_LONGEST = "test_examples.py"


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> ByLab:
    return ByLab(config, log)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """What packet tests stand on: root, and nothing of a run that was killed."""
    if item.get_closest_marker("packet") is None:
        return
    if os.geteuid() != 0:
        pytest.fail("packet tests need root; without it, run: make test-pure", pytrace=False)
    _clear_once()


@cache
def _clear_once() -> None:
    # No fixture: a mark that is added to a collected test brings none along any more.
    clear_nobodys()


class Leftovers:
    """The machine is afterwards as it was before the first test, or the run has failed."""

    def __init__(self) -> None:
        self._before = snapshot()
        self._found = ""

    @pytest.hookimpl(trylast=True)  # when the other processes of the run have ended
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        after = snapshot()
        changed = {
            what: {
                "new": sorted(set(after[what]) - set(before)),
                "gone": sorted(set(before) - set(after[what]) if what not in _MAY_GO else ()),
            }
            for what, before in self._before.items()
        }
        left = {what: change for what, change in changed.items() if any(change.values())}
        if left:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED
            self._found = f"the tests have changed the machine: {json.dumps(left, indent=2)}"

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if self._found:
            terminalreporter.write_line(self._found, red=True)


_MAY_GO = frozenset({"namespaces", "processes", "files"})
"""A test may begin by clearing what an earlier, killed run has left."""


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("leftovers") and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Leftovers())

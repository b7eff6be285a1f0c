"""What a test process takes for another one's, and what for nobody's."""

from __future__ import annotations

import os
import signal

import pytest
from tests.packet.own import is_nobodys, is_others, own

from samepath.drivers.supervisor import stat_of
from samepath.node.home import Home

FORMS = ("{}", "sp-{}--gw-vgw (id: 3)", "/run/samepath/{}/log", "/run/samepath/.{}.x81", "sp-{}-a")


@pytest.mark.parametrize("form", FORMS)
def test_what_a_running_process_has_named_is_anothers_and_what_an_ended_one_has_is_nobodys(
    form: str,
) -> None:
    init = stat_of(1)
    assert init is not None
    names = (own("lab"), f"t1.{init.start:x}-lab", f"t1.{init.start + 1:x}-lab")
    mine, anothers, nobodys = (form.format(name) for name in names)

    assert [is_others(name) for name in (mine, anothers, nobodys)] == [False, True, False]
    assert [is_nobodys(name) for name in (mine, anothers, nobodys)] == [False, False, True]


@pytest.mark.parametrize(
    "text", ["samepath-demo", "test1-lab", "t1-lab", "default via 10.0.0.1 dev eth0", ""]
)
def test_what_no_test_has_named_is_neither(text: str) -> None:
    assert (is_others(text), is_nobodys(text)) == (False, False)


def test_a_process_that_has_ended_names_nothing_any_more_reaped_or_not() -> None:
    child = os.fork()
    if child == 0:
        signal.pause()
    running = stat_of(child)
    assert running is not None
    name = f"t{child}.{running.start:x}-lab"
    before = (is_others(name), is_nobodys(name))
    os.kill(child, signal.SIGKILL)
    os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
    ended = (is_others(name), is_nobodys(name))
    os.waitpid(child, 0)

    assert before == (True, False)
    assert ended == (False, True) == (is_others(name), is_nobodys(name))


def test_the_longest_name_of_a_test_fits() -> None:
    """With the largest process id of a 64-bit kernel (proc(5), pid_max), after a year."""
    assert Home(f"t4194304.{365 * 86400 * 100:x}-prediction").name

"""What the agent decides: whom to ask, what silence means, when to look, and what not to die of."""

from __future__ import annotations

import logging
import os
from collections.abc import Collection
from datetime import UTC, datetime
from ipaddress import IPv4Address
from typing import Self

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samepath.control.inside_probe import EVERY, IN_A_ROW
from samepath.control.names import Names, tunnel_device
from samepath.control.plan import Create, Step
from samepath.control.situation import Side, TunnelEnd
from samepath.drivers.errors import DaemonUnreachable, DriverError, Refused
from samepath.drivers.processes import Exited
from samepath.lab.agent import (
    BRIEFLY,
    CHOICES_EVERY,
    LOOK_EVERY,
    Choices,
    Looks,
    Prober,
    _change,
    listen,
    probed_paths,
)
from samepath.lab.lab import NoSuchLab
from samepath.linux.objects import Namespace
from samepath.model.document import parse
from samepath.model.topology import Topology
from samepath.node.home import CannotKeep, Holder, WorldBusy
from samepath.node.reconcile import NotConverging
from samepath.node.secrets import SecretUnavailable

NEAR = TunnelEnd.of("seoul", 1, Side.GATEWAY)
OTHER = TunnelEnd.of("seoul", 2, Side.CUSTOMER)


class Scripted:
    """A far address: the numbers that it was asked, and the answers that are on their way."""

    def __init__(self) -> None:
        self.asked: list[int] = []
        self.coming: set[int] = set()

    def send(self) -> int:
        self.asked.append(len(self.asked) + 1)
        return self.asked[-1]

    def answered(self) -> Collection[int]:
        found, self.coming = self.coming, set()
        return found

    def answer(self) -> None:
        """Answer the last question."""
        self.coming.add(self.asked[-1])


# --------------------------------------------------------------------------------------- the prober


def test_nothing_is_known_before_an_answer_and_one_is_enough() -> None:
    far = Scripted()
    prober = Prober({NEAR: far})

    assert prober.step(0.0) == {NEAR: None}
    assert far.asked == [1]
    far.answer()
    assert prober.step(0.01) == {NEAR: True}


def test_each_end_is_asked_once_a_second_however_often_somebody_looks() -> None:
    far = Scripted()
    prober = Prober({NEAR: far})
    for tenth in range(31):
        prober.step(tenth * EVERY / 10)

    assert far.asked == [1, 2, 3, 4]


def test_silence_is_a_verdict_after_enough_questions_and_not_before() -> None:
    far = Scripted()
    prober = Prober({NEAR: far})
    prober.step(0.0)
    far.answer()
    verdicts = [prober.step(number * EVERY)[NEAR] for number in range(1, IN_A_ROW + 3)]

    # The first of these hears the answer; each later one finds its last question unanswered.
    assert verdicts == [*[True] * IN_A_ROW, False, False]


def test_an_answer_that_comes_with_the_next_question_is_in_time() -> None:
    far = Scripted()
    prober = Prober({NEAR: far})
    for number in range(10):
        prober.step(number * EVERY)
        far.answer()

    assert prober.step(10 * EVERY) == {NEAR: True}


def test_an_answer_to_an_earlier_question_is_none() -> None:
    far = Scripted()
    prober = Prober({NEAR: far})
    prober.step(0.0)
    for number in range(1, 10):
        far.answer()
        late, far.coming = far.coming, set()
        prober.step(number * EVERY)
        far.coming = late

    assert prober.step(9.5 * EVERY) == {NEAR: False}


def test_an_answer_counts_once() -> None:
    far = Scripted()
    prober = Prober({NEAR: far})
    prober.step(0.0)
    far.answer()
    prober.step(0.1)
    far.coming = {1}
    for number in range(1, IN_A_ROW + 1):
        prober.step(number * EVERY)
        far.coming = {1}

    assert prober.step((IN_A_ROW + 1) * EVERY) == {NEAR: False}


def test_ends_are_judged_each_by_its_own_answers() -> None:
    living, dead = Scripted(), Scripted()
    prober = Prober({NEAR: living, OTHER: dead})
    for number in range(IN_A_ROW + 1):
        prober.step(number * EVERY)
        living.answer()

    assert prober.step((IN_A_ROW + 1) * EVERY) == {NEAR: True, OTHER: False}


def test_an_agent_that_was_held_up_takes_the_answer_that_waited() -> None:
    """Converging may take seconds: an answer that lies in the socket was not late."""
    far = Scripted()
    prober = Prober({NEAR: far})
    prober.step(0.0)
    far.answer()

    assert prober.step(30.0) == {NEAR: True}
    assert far.asked == [1, 2], "and what was missed is not asked all at once"


@given(st.lists(st.tuples(st.floats(0.0, 3.0), st.booleans()), max_size=40))
def test_as_long_as_every_question_is_answered_the_verdict_stands(
    steps: list[tuple[float, bool]],
) -> None:
    far, now = Scripted(), 0.0
    prober = Prober({NEAR: far})
    prober.step(now)
    far.answer()
    for wait, twice in steps:
        now += wait
        assert prober.step(now) == {NEAR: True}
        if twice:
            assert prober.step(now) == {NEAR: True}
        far.answer()


# ------------------------------------------------------------------------------------ whom it asks

NAMES = Names("test", "/run/samepath/test")


def topology(connection: str) -> Topology:
    return parse(
        f"""\
samepath: 1
vpcs: {{cloud: {{cidr: 10.0.0.0/16}}}}
customer_gateways: {{dc: {{address: 198.51.100.1, asn: 65000}}}}
sites: {{office: {{networks: [192.168.10.0/24], customer_gateways: [dc]}}}}
connections: {{seoul: {{customer_gateway: dc, {connection}}}}}
"""
    ).topology


@pytest.mark.parametrize(
    "connection",
    ["routing: bgp", "routing: static", "routing: static, probe_inside: false"],
)
def test_who_does_not_want_it_is_not_asked(connection: str) -> None:
    assert list(probed_paths(topology(connection), NAMES)) == []


def test_each_end_asks_the_other_through_its_own_tunnel() -> None:
    wanted = topology(
        "routing: static, probe_inside: true,"
        " tunnels: [{inside: 169.254.10.0/30}, {inside: 169.254.11.0/30}]"
    )
    found = dict(probed_paths(wanted, NAMES))

    assert len(found) == 4
    for number, net in ((1, "169.254.10"), (2, "169.254.11")):
        gateway, customer = IPv4Address(f"{net}.1"), IPv4Address(f"{net}.2")
        here = found[TunnelEnd.of("seoul", number, Side.GATEWAY)]
        there = found[TunnelEnd.of("seoul", number, Side.CUSTOMER)]
        assert (here.local, here.peer) == (there.peer, there.local) == (gateway, customer)
        assert here.device == there.device == tunnel_device("seoul", number)
        assert here.namespace == NAMES.endpoint_inside("seoul", number)
        assert there.namespace == NAMES.customer("dc")


# -------------------------------------------------------------------------------- when it looks

QUIET: tuple[tuple[str, bool], ...] = ()
DOWN, UP = (("seoul/tunnel1", True),), (("seoul/tunnel1", False),)


def test_the_first_look_is_at_once_and_the_next_one_comes_by_itself() -> None:
    looks = Looks(QUIET)

    assert looks.wait(1000.0, None) == 0.0
    assert looks.due(1000.0, QUIET, told=False)
    assert not looks.due(1000.0 + LOOK_EVERY - 0.1, QUIET, told=False)
    assert looks.due(1000.0 + LOOK_EVERY, QUIET, told=False)


def test_what_is_told_is_looked_at_and_puts_the_next_look_off() -> None:
    looks = Looks(QUIET)
    looks.due(0.0, QUIET, told=False)

    assert looks.due(1.0, QUIET, told=True)
    assert not looks.due(LOOK_EVERY, QUIET, told=False)


def test_however_long_a_look_takes_the_next_one_by_itself_is_counted_from_its_end() -> None:
    looks = Looks(QUIET)
    looks.due(0.0, QUIET, told=False)
    looks.done(7.0)

    assert not looks.due(7.0 + LOOK_EVERY - 0.1, QUIET, told=False)
    assert looks.due(7.0 + LOOK_EVERY, QUIET, told=False)


def test_each_turn_of_a_flap_is_a_reason_to_look_once() -> None:
    looks = Looks(QUIET)
    looks.due(0.0, QUIET, told=False)

    seen = [looks.due(0.1, turns, told=False) for turns in (DOWN, DOWN, UP, UP, DOWN, QUIET, QUIET)]

    assert seen == [True, False, True, False, True, True, False]


def test_a_turn_that_came_together_with_news_is_not_looked_at_twice() -> None:
    looks = Looks(UP)
    assert looks.due(0.0, DOWN, told=True)
    assert not looks.due(0.1, DOWN, told=False)


@given(
    looked=st.floats(0.0, 100.0),
    later=st.floats(0.0, 100.0),
    turn=st.none() | st.floats(0.0, 3600.0),
)
def test_it_never_waits_past_what_is_due_nor_longer_than_briefly(
    looked: float, later: float, turn: float | None
) -> None:
    looks = Looks(QUIET)
    looks.due(looked, QUIET, told=True)
    now = looked + later
    wait = looks.wait(now, turn)

    assert 0.0 <= wait <= BRIEFLY
    assert turn is None or wait <= turn
    assert wait <= max(0.0, looked + LOOK_EVERY - now)


# --------------------------------------------------------------------------- what customers choose


def test_a_choice_counts_when_it_was_seen_twice_and_a_new_one_is_looked_at_again_soon() -> None:
    choices, now = Choices(), 1000.0
    seen = []
    for choice in ("one", "one", "two", "one", "one", "one"):
        assert choices.due(now)
        counts = choices.twice(now, choice)
        seen.append((choice, counts))
        wait = CHOICES_EVERY if counts else BRIEFLY
        assert not choices.due(now + wait - 0.1)
        now += wait

    assert [choice for choice, counts in seen if counts] == ["one", "one", "one"]
    assert [counts for _, counts in seen] == [False, True, False, False, True, True]


# -------------------------------------------------------------------------- what it does not die of

STEP = Create(object=Namespace(name="x"))


def test_what_was_done_is_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "samepath.agent"):
        _change(lambda: (STEP,))
    assert caplog.messages == ["create namespace x"]


@pytest.mark.parametrize(
    "error",
    [
        CannotKeep("no room in /run"),
        DaemonUnreachable("no charon answers"),
        Refused("no"),
        DriverError("the kernel said no"),
        NotConverging((STEP,)),
        SecretUnavailable("there is no file"),
        WorldBusy("a", Holder(pid=None), 1.0),
    ],
)
def test_what_may_be_over_the_next_time_is_told_and_survived(
    caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    def fail() -> tuple[Step, ...]:
        raise error

    _change(fail)
    assert [(one.levelname, one.message) for one in caplog.records] == [
        ("WARNING", f"cannot: {error}")
    ]


class Bell:
    """Something that tells once it is rung."""

    def __init__(self) -> None:
        self._event = os.eventfd(0)

    def ring(self) -> None:
        os.eventfd_write(self._event, 1)

    def fileno(self) -> int:
        return self._event

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._event)


class Supervisors(Bell):
    """The ends of processes; while ``there`` is false nobody is there to tell them."""

    def __init__(self, *, there: bool, until_read: bool = False) -> None:
        super().__init__()
        self.there, self.until_read = there, until_read

    def fileno(self) -> int:
        if not self.there:
            raise DaemonUnreachable("nobody answers")
        return super().fileno()

    def read(self) -> tuple[Exited, ...]:
        self.there = self.there and not self.until_read
        self.fileno()
        return (ENDED,)


ENDED = Exited(name="bird", pid=1, start=1, status=0, time=datetime.now(UTC))


def test_the_end_of_a_process_is_heard() -> None:
    with Supervisors(there=True) as ends, Bell() as alarm:
        assert listen(ends, alarm, 0.0) == (False, ())
        alarm.ring()
        assert listen(ends, alarm, 0.0) == (False, ())
        ends.ring()
        assert listen(ends, alarm, 0.0) == (True, (ENDED,))


@pytest.mark.parametrize("until_read", [True, False])
def test_without_a_supervisor_it_goes_on_and_looks_at_everything(*, until_read: bool) -> None:
    with Supervisors(there=until_read, until_read=until_read) as ends, Bell() as alarm:
        ends.ring()
        for _ in range(2):
            assert listen(ends, alarm, 0.0) == (True, ())

        ends.there, ends.until_read = True, False
        assert listen(ends, alarm, 0.0) == (True, (ENDED,))


@pytest.mark.parametrize("error", [NoSuchLab("gone"), AssertionError("a bug of ours")])
def test_the_labs_end_and_a_bug_end_the_agent(error: Exception) -> None:
    def fail() -> tuple[Step, ...]:
        raise error

    with pytest.raises(type(error)):
        _change(fail)

"""The lab's agent: a process of the world that keeps it what it is to be.

``python -m samepath.lab.agent DIRECTORY`` is started by the world's supervisor as the last step of
``lab up``. It looks after five things:

* a daemon that ended is started again at once (the supervisor tells);
* a static route is withdrawn with its tunnel's CHILD_SA, and comes back with it (charon tells);
* a failover is made to stay where preemption is manual;
* a following customer announces the order by which it was seen to choose;
* a flapping fault changes its turn on time;
* a log that has grown long is cut.

Now and then it looks at everything, in case nobody told. It may die at any moment: tunnels, BGP and
its failover do not need it, and the next agent goes on from what it finds. A static route is not
withdrawn, a failover not made to stay, and the gateway's steering not answered, while there is none.
"""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Protocol

from samepath.control.following import follows
from samepath.control.inside_probe import EVERY, InsideProbe
from samepath.control.names import Names, tunnel_device
from samepath.control.plan import Step, describe
from samepath.control.situation import Side, TunnelEnd
from samepath.control.tunnel_state import ends_of
from samepath.drivers.echo import Echo, EchoPath
from samepath.drivers.errors import DaemonUnreachable, DriverError
from samepath.drivers.processes import Exited, describe_status
from samepath.drivers.waiting import Readable, wait_readable
from samepath.lab.faults import flap_turns, next_turn
from samepath.lab.lab import Lab, NoSuchLab
from samepath.model.topology import Routing, Topology
from samepath.node.alarm import Alarm
from samepath.node.home import CannotKeep, WorldBusy
from samepath.node.logs import trim
from samepath.node.reconcile import NotConverging
from samepath.node.secrets import SecretUnavailable
from samepath.node.tunnel_reports import charon_of, read_choices, read_ends

LOOK_EVERY = 5.0
"""Seconds between two looks at everything without an event."""
GIVE_WAY = 0.25
"""Seconds without the lock after each look under it: whoever waits looks for it every 20 ms."""
BRIEFLY = 0.5
"""Seconds between two looks at what costs little and tells no events: new faults, BGP sessions."""
CHOICES_EVERY = 2.0
"""Seconds between two looks at what customers choose: no failover waits for it."""

Turns = tuple[tuple[str, bool], ...]
"""Each flapping element, and whether it is in its broken turn."""

log = logging.getLogger("samepath.agent")


class Asker(Protocol):
    """What asks one far address; :class:`~samepath.drivers.echo.Echo` does."""

    def send(self) -> int:
        """Ask; returns the question's number."""

    def answered(self) -> Collection[int]:
        """The numbers of the questions that were answered since the last call."""


class Prober:
    """Asks the far inside address of each end that has an asker."""

    def __init__(self, askers: Mapping[TunnelEnd, Asker]) -> None:
        self._askers = askers
        self._states = dict.fromkeys(self._askers, InsideProbe())
        self._under_way: dict[TunnelEnd, int] = {}
        self._next = 0.0

    def step(self, now: float) -> dict[TunnelEnd, bool | None]:
        """Take answers, send what is due at ``now`` (monotonic), and give the verdicts."""
        for end, asker in self._askers.items():
            number = self._under_way.get(end)
            if number is not None and number in asker.answered():
                self._judge(end, answered=True)
        if now >= self._next:
            self._next = now + EVERY
            for end, asker in self._askers.items():
                if end in self._under_way:
                    self._judge(end, answered=False)
                self._under_way[end] = asker.send()
        return {end: state.answers for end, state in self._states.items()}

    def _judge(self, end: TunnelEnd, *, answered: bool) -> None:
        del self._under_way[end]
        self._states[end] = self._states[end].after(answered=answered)


def probed_paths(topology: Topology, names: Names) -> Iterator[tuple[TunnelEnd, EchoPath]]:
    """Where each end whose connection wants it asks: through its own tunnel, the other end."""
    for end in ends_of(topology):
        connection = topology.connections[end.connection]
        if not connection.probe_inside or connection.routing is not Routing.STATIC:
            continue
        tunnel = connection.tunnels[end.number - 1]
        gateway, customer = tunnel.gateway_inside.ip, tunnel.customer_inside.ip
        at_gateway = end.side == Side.GATEWAY.value
        yield (
            end,
            EchoPath(
                namespace=names.endpoint_inside(end.connection, end.number)
                if at_gateway
                else names.customer(connection.customer_gateway),
                device=tunnel_device(end.connection, end.number),
                local=gateway if at_gateway else customer,
                peer=customer if at_gateway else gateway,
            ),
        )


class Looks:
    """When to look at everything: when somebody tells, when a flap turns, and now and then."""

    def __init__(self, turns: Turns) -> None:
        self._at = 0.0
        self._turns = turns

    def wait(self, now: float, next_turn: float | None) -> float:
        """How many seconds at most to wait for somebody to tell.

        ``now`` is monotonic; ``next_turn`` says in how many seconds a flap turns.
        """
        waits = (BRIEFLY, self._at - now, next_turn)
        return max(0.0, min(wait for wait in waits if wait is not None))

    def due(self, now: float, turns: Turns, *, told: bool) -> bool:
        """Whether to look now; the next look by itself is then counted from ``now``."""
        before, self._turns = self._turns, turns
        if not told and turns == before and now < self._at:
            return False
        self._at = now + LOOK_EVERY
        return True

    def done(self, now: float) -> None:
        """The look is over: the next one by itself is counted from now, however long it took."""
        self._at = now + LOOK_EVERY


class Ends(Readable, Protocol):
    """What tells of processes that end; :class:`~samepath.drivers.processes.Watch` is one."""

    def read(self) -> tuple[Exited, ...]:
        """Those that have ended since the last time."""


def listen(ends: Ends, alarm: Readable, wait: float) -> tuple[bool, tuple[Exited, ...]]:
    """Wait ``wait`` seconds at most for somebody to tell.

    Returns whether to look at everything, and which processes ended. While there is no supervisor
    nobody tells of processes, so everything is looked at after a short while: that starts one.
    """
    try:
        ready = wait_readable((ends, alarm), wait)
        return ends in ready, ends.read() if ends in ready else ()
    except DaemonUnreachable:
        wait_readable((alarm,), min(wait, BRIEFLY))
        return True, ()


class Choices:
    """When to look at what customers choose, and when to believe it.

    A change of the gateway's announcements reaches a customer's tunnels one after the other. What
    was seen once is looked at again after :data:`BRIEFLY`, and counts when it was seen twice.
    """

    def __init__(self) -> None:
        self._at = 0.0
        self._last: object = None

    def due(self, now: float) -> bool:
        """Whether to look at ``now`` (monotonic)."""
        return now >= self._at

    def twice(self, now: float, seen: object) -> bool:
        """Whether the look before saw the same."""
        again, self._last = seen == self._last, seen
        self._at = now + (CHOICES_EVERY if again else BRIEFLY)
        return again


def run(directory: Path) -> None:
    """Keep the lab of ``directory`` until it is taken down."""
    with Lab.running(directory.name, directory.parent) as lab:
        _keep(lab)


def _keep(lab: Lab) -> None:
    ended = lab.machine.processes.watch()
    ends = ends_of(lab.topology)
    alarm = Alarm(lab.machine.socket(charon_of(end), "vici") for end in ends)
    prober = Prober({end: Echo(path) for end, path in probed_paths(lab.topology, lab.names)})
    looks = Looks(flap_turns(lab.faults(), time.time()))
    following = tuple(each for each in lab.topology.connections.values() if follows(each))
    choices = Choices()
    while lab.exists():
        wait = looks.wait(time.monotonic(), next_turn(lab.faults(), time.time()))
        told, events = listen(ended, alarm, wait)
        alarm.clear()
        for event in events:
            log.info("%s ended: %s", event.name, describe_status(event.status))
        if ends:
            answers = prober.step(time.monotonic())
            look = partial(read_ends, lab.machine, lab.topology, ends, answers)
            _change(partial(lab.decide, look))
        if following and choices.due(time.monotonic()):
            decided = lab.decisions.read()
            heard = read_choices(lab.machine, lab.topology, following)
            if choices.twice(time.monotonic(), (heard, decided)):
                _change(partial(lab.follow, heard, decided))
        turns = flap_turns(lab.faults(), time.time())
        if looks.due(time.monotonic(), turns, told=told):
            _change(lab.converge)
            looks.done(time.monotonic())
            for name in trim(lab.home.path / "log"):
                log.info("cut the log %s", name)
            wait_readable((), GIVE_WAY)


def _change(change: Callable[[], tuple[Step, ...]]) -> None:
    """Change the lab, and log what was done, or why it could not be: it is tried again."""
    try:
        for step in change():
            log.info("%s", describe(step))
    except (CannotKeep, DriverError, NotConverging, SecretUnavailable, WorldBusy) as error:
        log.warning("cannot: %s", error)


def main() -> None:
    """Run as a process of the world; the log goes to the world's directory."""
    logging.basicConfig(
        stream=sys.stderr,
        level=logging.INFO,
        format="%(asctime)s.%(msecs)03d %(message)s",
        datefmt="%Y-%m-%d %H:%M:%S",
    )
    try:
        run(Path(sys.argv[1]))
    except NoSuchLab:
        return


if __name__ == "__main__":
    main()

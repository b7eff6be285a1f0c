"""The lab's agent: a process of the world that keeps it what it is to be.

``python -m samepath.lab.agent DIRECTORY`` is started by the world's supervisor as the last step of
``lab up``. It looks after four things:

* a daemon that ended is started again at once (the supervisor tells);
* a static route is withdrawn with its tunnel's CHILD_SA, and comes back with it (charon tells);
* a failover is made to stay where preemption is manual;
* a flapping fault changes its turn on time.

Now and then it looks at everything, in case nobody told. It may die at any moment: tunnels, BGP and
its failover do not need it, and the next agent goes on from what it finds. A static route is not
withdrawn, and a failover not made to stay, while there is none.
"""

from __future__ import annotations

import logging
import select
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from samepath.control.inside_probe import EVERY, InsideProbe
from samepath.control.names import tunnel_device
from samepath.control.plan import Step, describe
from samepath.control.situation import Side, TunnelEnd
from samepath.control.tunnel_state import ends_of
from samepath.drivers.echo import Echo, EchoPath
from samepath.drivers.errors import DriverError
from samepath.drivers.processes import Watch, describe_status
from samepath.lab.faults import flap_turns, next_turn
from samepath.lab.lab import Lab, NoSuchLab
from samepath.model.topology import Routing
from samepath.node.alarm import Alarm
from samepath.node.reconcile import NotConverging
from samepath.node.secrets import SecretUnavailable
from samepath.node.tunnel_reports import charon_of, read_ends

LOOK_EVERY = 5.0
"""Seconds between two looks at everything without an event."""
BRIEFLY = 0.5
"""Seconds between two looks at what costs little and tells no events: new faults, BGP sessions."""

log = logging.getLogger("samepath.agent")


class Prober:
    """Asks the far inside address of each end whose connection wants that."""

    def __init__(self, lab: Lab) -> None:
        self._echoes = {end: Echo(path) for end, path in _paths(lab)}
        self._states = dict.fromkeys(self._echoes, InsideProbe())
        self._under_way: dict[TunnelEnd, int] = {}
        self._next = 0.0

    def step(self, now: float) -> dict[TunnelEnd, bool | None]:
        """Take answers, send what is due at ``now`` (monotonic), and give the verdicts."""
        for end, echo in self._echoes.items():
            number = self._under_way.get(end)
            if number is not None and number in echo.answered():
                self._judge(end, answered=True)
        if now >= self._next:
            self._next = now + EVERY
            for end, echo in self._echoes.items():
                if end in self._under_way:
                    self._judge(end, answered=False)
                self._under_way[end] = echo.send()
        return {end: state.answers for end, state in self._states.items()}

    def _judge(self, end: TunnelEnd, *, answered: bool) -> None:
        del self._under_way[end]
        self._states[end] = self._states[end].after(answered=answered)


def _paths(lab: Lab) -> Iterator[tuple[TunnelEnd, EchoPath]]:
    for end in ends_of(lab.topology):
        connection = lab.topology.connections[end.connection]
        if not connection.probe_inside or connection.routing is not Routing.STATIC:
            continue
        tunnel = connection.tunnels[end.number - 1]
        gateway, customer = tunnel.gateway_inside.ip, tunnel.customer_inside.ip
        at_gateway = end.side == Side.GATEWAY.value
        yield (
            end,
            EchoPath(
                namespace=lab.names.endpoint_inside(end.connection, end.number)
                if at_gateway
                else lab.names.customer(connection.customer_gateway),
                device=tunnel_device(end.connection, end.number),
                local=gateway if at_gateway else customer,
                peer=customer if at_gateway else gateway,
            ),
        )


def run(directory: Path) -> None:
    """Keep the lab of ``directory`` until it is taken down."""
    lab = Lab.running(directory.name, directory.parent)
    ended = lab.machine.processes.watch()
    ends = ends_of(lab.topology)
    alarm = Alarm(lab.machine.socket(charon_of(end), "vici") for end in ends)
    sources: list[Watch | Alarm] = [ended, alarm]
    prober = Prober(lab)
    look_at, turns = 0.0, flap_turns(lab.faults(), time.time())
    while lab.exists():
        waits = [BRIEFLY, look_at - time.monotonic(), next_turn(lab.faults(), time.time())]
        wait = min(wait for wait in waits if wait is not None)
        ready, _, _ = select.select(sources, [], [], max(0.0, wait))
        alarm.clear()
        for event in ended.read() if ended in ready else ():
            log.info("%s ended: %s", event.name, describe_status(event.status))
        if ends:
            answers = prober.step(time.monotonic())
            look = partial(read_ends, lab.machine, lab.topology, ends, answers)
            _change(partial(lab.decide, look))
        before, turns = turns, flap_turns(lab.faults(), time.time())
        if ended in ready or turns != before or time.monotonic() >= look_at:
            look_at = time.monotonic() + LOOK_EVERY
            _change(lab.converge)


def _change(change: Callable[[], tuple[Step, ...]]) -> None:
    """Change the lab, and log what was done, or why it could not be: it is tried again."""
    try:
        for step in change():
            log.info("%s", describe(step))
    except (DriverError, NotConverging, SecretUnavailable) as error:
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

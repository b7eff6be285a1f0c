"""A lab: one topology, running on this machine in namespaces of its own.

Everything that changes a lab goes through :meth:`Lab.converge`, which holds the world's lock and
reconciles what is wanted with what is there. Bringing a lab up, breaking it, healing it and taking
it down are that one call with different wishes.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, replace
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Self

from samepath.control.addressing import INTERNET_HOP, LINKS
from samepath.control.following import Heard, followed_after, followed_while
from samepath.control.names import Names, keepalived_of_customer
from samepath.control.plan import Step
from samepath.control.situation import Situation
from samepath.control.tunnel_state import (
    EndReport,
    able_tunnels,
    active_tunnels,
    sessions_after,
    usable_ends,
)
from samepath.control.unbuilt import refusals
from samepath.drivers.kernel import Kernel, LiveKernel
from samepath.lab.events import AGENT, note_fault
from samepath.lab.faults import (
    USUAL,
    Broken,
    Fault,
    choose,
    cut_members,
    daemons_of,
    objects,
    routing_faults,
)
from samepath.lab.probe import HostRef
from samepath.lab.world import world
from samepath.linux.objects import (
    Address,
    BirdConfig,
    Daemon,
    DaemonKind,
    FrrConfig,
    IkeConfig,
    Key,
    Object,
    ReceiveBuffer,
    Route,
    SecretFile,
    Shaper,
    Tun,
)
from samepath.model import elements
from samepath.model.document import InvalidDocument, parse
from samepath.model.topology import Site, Topology, Vpc
from samepath.model.topology_view import clusters
from samepath.node.decisions import Decisions, DecisionStore
from samepath.node.home import ROOT, Home, WorldBusy, not_allowed, worlds, write_private
from samepath.node.machine import Machine
from samepath.node.reconcile import Progress, reconcile, silent

INTENT = "intent.yaml"
FAULTS = "faults.json"


class NoSuchLab(LookupError):
    """No lab of that name runs here; the text says which do."""


class CannotBuild(ValueError):
    """A topology that is sound, and that a lab on this one machine cannot hold."""


class HalfBuilt(RuntimeError):
    """A lab that has not been brought up to its end; the text says what to type."""


class NameTaken(RuntimeError):
    """A lab of that name runs already, with another topology."""


class Lab:
    """The lab called ``name``; ``topology`` is what it is to run."""

    def __init__(
        self,
        name: str,
        topology: Topology,
        kernel: Kernel | None = None,
        root: Path = ROOT,
    ) -> None:
        self.name = name
        self.topology = topology
        self.home = Home(name, root)
        self.names = Names(name, str(self.home.path))
        self.machine = Machine(self.home, self.names.prefix, kernel or LiveKernel())
        self.decisions = DecisionStore(self.home.path)

    @property
    def file(self) -> Path:
        """The topology file that the lab was built from, as the lab keeps it."""
        return self.home.path / INTENT

    @classmethod
    def running(cls, name: str, root: Path = ROOT) -> Lab:
        """The lab that runs under ``name``. Raises :class:`NoSuchLab`."""
        intent = Home(name, root).path / INTENT
        try:
            text = intent.read_text()
        except (FileNotFoundError, NotADirectoryError):
            raise no_such_lab(name, root) from None
        except PermissionError as error:
            raise not_allowed() from error
        return cls(name, parse(text, filename=str(intent)).topology, root=root)

    def close(self) -> None:
        """Let go of what was opened to look at the lab; the lab goes on."""
        self.machine.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # --- what is wanted --------------------------------------------------------------------

    def desired(self, faults: Iterable[Broken], now: float) -> frozenset[Object]:
        """Every object of this lab, with its standing faults, at ``now`` (wall clock, seconds)."""
        faults = tuple(faults)
        held = frozenset(
            daemon
            for fault in faults
            if fault.fault is Fault.KILL
            for daemon in daemons_of(fault.element, self.topology)
        )
        situation = replace(
            self.situation(),
            held=held,
            maintained=routing_faults(faults, Fault.MAINTENANCE),
            silenced=routing_faults(faults, Fault.NO_ROUTES),
        )
        base = without(world(self.topology, self.names, situation), held)
        wanted: dict[Key, Object] = {item.key: item for item in base}
        for item in objects(self.topology, self.names, faults, now):
            wanted[item.key] = item
        agent = self._agent()
        wanted[agent.key] = agent
        return frozenset(wanted.values())

    def situation(self) -> Situation:
        """What the agent has decided until now, as the compilers take it."""
        decided = self.decisions.read()
        return Situation(usable=decided.usable, active=decided.active, followed=decided.followed)

    @staticmethod
    def _agent() -> Daemon:
        return Daemon(
            name=AGENT,
            kind=DaemonKind.AGENT,
            namespace="",
            argv=("{python}", "-m", "samepath.lab.agent", "{world}"),
            restart_on=_version(),
            again=True,
        )

    def faults(self) -> tuple[Broken, ...]:
        """The standing faults."""
        try:
            stored = json.loads((self.home.path / FAULTS).read_text())
        except FileNotFoundError:
            return ()
        return tuple(
            Broken(
                element=entry["element"],
                fault=Fault(entry["fault"]),
                value=entry["value"],
                since=entry["since"],
            )
            for entry in stored
        )

    def _store_faults(self, faults: Iterable[Broken]) -> None:
        stored = [{**asdict(fault), "fault": fault.fault.value} for fault in faults]
        write_private(self.home.path / FAULTS, json.dumps(stored))

    @property
    def hosts(self) -> dict[str, str]:
        """The hosts and their addresses."""
        places: list[Vpc | Site] = [*self.topology.vpcs.values(), *self.topology.sites.values()]
        return {host.name: str(host.address) for place in places for host in place.hosts.values()}

    @property
    def half_built(self) -> bool:
        """Whether it has not been brought up to its end yet, or is on its way down.

        The agent is started after everything else, and the namespaces are the last to go.
        """
        hosts = {self.names.host(name) for name in self.hosts}
        began = (self.home.path / "log" / f"{AGENT}.log").exists()
        return not (began and hosts <= self.machine.kernel.namespaces())

    @property
    def up_again(self) -> str:
        """The command that brings it up from wherever an earlier one was stopped."""
        option = "" if self.name == self.topology.name else f" --name {self.name}"
        return f"samepath lab up {self.file}{option}"

    def require_built(self) -> None:
        """Raises :class:`HalfBuilt`: there may be nothing to run a command in, or only a part."""
        if self.half_built:
            raise HalfBuilt(
                f"the lab {self.name} is half built: what brought it up was stopped, or has not "
                f"ended yet; go on: {self.up_again}, or take it away: samepath lab down {self.name}"
            )

    def host(self, name: str) -> HostRef:
        """Where a probe's station stands on a host; it ends with the lab at the latest."""
        environment = self.machine.processes.adopting()
        return HostRef(self.names.host(name), self.hosts[name], environment)

    # --- change ------------------------------------------------------------------------------

    def up(self, text: str, progress: Progress = silent) -> tuple[Step, ...]:
        """Bring the lab up (or on from wherever an earlier attempt was stopped).

        ``text`` is the topology file, kept so that the agent and later commands find it.
        Raises :class:`NameTaken` if another topology runs under this name.
        """
        with self.home.locked():
            try:
                self.refuse_another(text)
                self._check()
                write_private(self.file, text)
            except BaseException:  # A stop, too: a directory without a wish is nobody's lab.
                if not self.exists():
                    self.home.remove()
                raise
            return self._converge(progress)

    def refuse_another(self, *texts: str) -> None:
        """Raises :class:`NameTaken` if a topology of none of these texts runs under this name."""
        if not self.file.exists():
            return
        running = self.file.read_text()
        if not any(_mean_the_same(running, text) for text in texts):
            msg = (
                f"a lab called {self.name!r} is running with another topology; "
                f"take it down first: samepath lab down {self.name}"
            )
            raise NameTaken(msg)

    def _check(self) -> None:
        """Find what cannot be built before anything is.

        Raises :class:`CannotBuild`, or what a renderer or the store of secrets has to say.
        """
        if refused := refusals(self.topology):
            raise CannotBuild("\n".join(problem.render("") for problem in refused))
        for name, customer in self.topology.customer_gateways.items():
            if customer.address == INTERNET_HOP.ip:
                msg = f"customer_gateways.{name}.address: {customer.address} is the lab's internet"
                raise CannotBuild(f"{msg}; choose another one")
        networks = {f"vpcs.{vpc.name}.cidr": vpc.cidr for vpc in self.topology.vpcs.values()}
        for site in self.topology.sites.values():
            for number, network in enumerate(site.networks):
                networks[f"sites.{site.name}.networks[{number}]"] = network
        for path, network in networks.items():
            if network.overlaps(LINKS):
                msg = f"{path}: {network} overlaps {LINKS}, which the lab's own links use"
                raise CannotBuild(f"{msg}; choose a private network (RFC 1918)")
        for item in self.desired((), 0.0):
            if isinstance(item, IkeConfig | SecretFile):
                self.machine.secret_of(item)

    def converge(self, progress: Progress = silent) -> tuple[Step, ...]:
        """Make the lab what it is to be, faults included. Raises :class:`NoSuchLab`."""
        with self._locked():
            return self._converge(progress)

    def _converge(self, progress: Progress) -> tuple[Step, ...]:
        self.machine.processes.ensure_supervisor()
        desired = self.desired(self.faults(), time.time())
        steps = reconcile(self.machine, desired, progress)
        self.machine.start_missing(desired)
        return steps

    def down(self, progress: Progress = silent) -> tuple[Step, ...]:
        """Take everything away. Works on a half-built lab, and again on one that is gone."""
        return take_down(self.machine, progress)

    def decide(self, look: Callable[[], Iterable[EndReport]]) -> tuple[Step, ...]:
        """Decide anew after what ``look`` sees of the tunnels, and make the lab follow.

        Where something is to change it looks once more under the lock, so that nothing is decided
        from what was seen before somebody else's change. Raises :class:`NoSuchLab`.
        """
        before = self.decisions.read()
        if self._decided(look(), before) == before:
            return ()
        with self._locked():
            before = self.decisions.read()
            after = self._decided(look(), before)
            if after == before:
                return ()
            self.decisions.write(after)
            return self._converge(silent)

    def _decided(self, reports: Iterable[EndReport], before: Decisions) -> Decisions:
        reports = tuple(reports)
        usable = usable_ends(self.topology, reports, before.usable)
        proven = before.proven | able_tunnels(self.topology, reports, usable)
        active = active_tunnels(
            self.topology, reports, usable, before.active, proven, before.sessions
        )
        sessions = sessions_after(reports, before.sessions)
        followed = followed_while(before.active, active, before.followed)
        return Decisions(
            usable=usable, active=active, proven=proven, sessions=sessions, followed=followed
        )

    def follow(self, heard: Iterable[Heard], decided: Decisions) -> tuple[Step, ...]:
        """Let each following customer's end announce the order that it was heard to choose by.

        ``decided`` stood when it was heard. What has been decided since then may not have reached
        the daemons that were asked, so in that case nothing is done. Raises :class:`NoSuchLab`.
        """
        followed = followed_after(self.topology, decided.active, heard, decided.followed)
        if followed == decided.followed:
            return ()
        with self._locked():
            if self.decisions.read() != decided:
                return ()
            self.decisions.write(replace(decided, followed=followed))
            return self._converge(silent)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Be the only one who changes the lab. Raises :class:`NoSuchLab` if it has gone."""
        with self.home.locked():
            if not self.exists():
                self.home.remove()
                raise NoSuchLab(f"the lab {self.name!r} has been taken down")
            yield

    def prefer(self, connection: str, number: int) -> bool:
        """Make a tunnel the active one, for both ends; returns whether it was another before.

        Traffic moves to it if it can carry any, and at once: where it cannot, or later cannot,
        the other tunnel carries on.
        """
        wanted = self.topology.connections[connection]
        with self._locked():
            before = self.decisions.read()
            if before.active.get(connection, wanted.active) == number:
                return False
            active = {**before.active, connection: number}
            followed = followed_while(before.active, active, before.followed)
            # What its sessions did until now is no outage of the tunnel that somebody chose.
            sessions = {
                end: since for end, since in before.sessions.items() if end.connection != connection
            }
            self.decisions.write(
                replace(before, active=active, followed=followed, sessions=sessions)
            )
            self._converge(silent)
            return True

    def seat_usual_masters(self) -> None:
        """Let VRRP without preemption begin anew: of those that can, the highest priority is master.

        As somebody does who stops VRRP on all others for a moment.
        """
        others = {
            keepalived_of_customer(name)
            for site in self.topology.sites.values()
            if site.vrrp is not None and not site.vrrp.preempt
            for name in site.customer_gateways
            if name != site.usual_first_hop
        } | {keepalived_of_customer(name, 2) for name in clusters(self.topology)}
        if not others:
            return
        with self._locked():
            self._stop_vrrp(others)
            self._converge(silent)

    def _stop_vrrp(self, daemons: Iterable[str]) -> None:
        """End the VRRP of customer gateways, which give up what they hold, until it is started."""
        names = frozenset(daemons)
        for process in self.machine.processes.observe() if names else ():
            if process.name in names:
                self.machine.processes.stop(process)

    def _vrrp_of(self, element: elements.Element) -> Iterator[str]:
        """The VRRP daemons that are not what they take themselves for when an element is back.

        Without their LAN both machines of a cluster go on as before: they hear each other outside.
        """
        in_cluster = element.name in clusters(self.topology)
        if not (in_cluster and element.kind is elements.ElementKind.CUSTOMER_LAN):
            for member in cut_members(self.topology, element):
                yield keepalived_of_customer(element.name, member)

    def _note(self, text: str) -> None:
        note_fault(self.home.path / "log", text, datetime.now(UTC))

    def exists(self) -> bool:
        """Whether the lab has not been taken down meanwhile."""
        return self.file.exists()

    def break_element(
        self, element: str, fault: Fault | None, value: int | None, *, hold: bool = False
    ) -> Broken:
        """Break ``element``, in its usual way if no fault is named.

        A standing fault stays until :meth:`heal`; one that stands already is returned as it is.
        Raises what :func:`~samepath.lab.faults.choose` raises.
        """
        fault = choose(self.topology, element, fault, value, hold=hold)
        value = USUAL.get(fault) if value is None else value
        broken = Broken(element=element, fault=fault, value=value, since=time.time())
        with self._locked():
            for standing in self.faults():
                if replace(standing, since=broken.since) == broken:
                    return standing
            if fault is not Fault.KILL or hold:
                others = [
                    other
                    for other in self.faults()
                    if (other.element, other.fault) != (element, fault)
                ]
                self._store_faults([*others, broken])
            self._note(f"broken: {element} ({broken.how})")
            if fault is Fault.KILL:
                self.machine.kill(daemons_of(element, self.topology))
            self._converge(silent)
        return broken

    def heal(self, element: str | None, fault: Fault | None = None) -> tuple[Broken, ...]:
        """Take standing faults away: those of ``element`` and its parts, or all.

        With ``fault`` only such as break in this way. Returns what was healed.

        A customer gateway whose packets vanished, or those of its LAN leg, begins VRRP anew, as one
        that has booted or whose link has come up: else it would take itself for the master still.
        So does one whose cable was pulled: its LAN leg is another interface then, which its
        keepalived does not look for.

        Raises :class:`~samepath.model.elements.InvalidElement` for an element that is not there.
        """
        if element is not None:
            elements.element_called(self.topology, element)
        with self._locked():
            faults = self.faults()
            healed = tuple(
                one
                for one in faults
                if (element is None or elements.is_of(one.element, element))
                and fault in {None, one.fault}
            )
            if healed:
                self._store_faults(one for one in faults if one not in healed)
            for one in healed:
                self._note(f"healed: {one.element} ({one.how})")
            self._stop_vrrp(
                daemon
                for one in healed
                if one.element.startswith("cgw:") and one.fault in {Fault.CUT, Fault.UNPLUG}
                for daemon in self._vrrp_of(elements.parse(one.element))
            )
            self._converge(silent)
        return healed


def _mean_the_same(one: str, other: str) -> bool:
    """Whether two texts describe one topology; one that cannot be read is like itself only."""
    try:
        return one == other or parse(one).topology == parse(other).topology
    except InvalidDocument:
        return False


@cache
def _version() -> str:
    return version("samepath")


AGENT_LIMIT = 5.0
"""Seconds that ``down`` waits for a change by the agent, which is stuck if it takes longer."""


def take_down(machine: Machine, progress: Progress = silent) -> tuple[Step, ...]:
    """Remove a lab's world, whatever is left of it, also without its intent.

    An agent that is stopped or stuck in a change is ended first: it is to go anyway, and may die at
    any moment. Raises :class:`~samepath.node.home.WorldBusy` if a command is.
    """
    with ExitStack() as stack:
        try:
            stack.enter_context(machine.home.locked(AGENT_LIMIT))
        except WorldBusy as busy:
            for process in machine.processes.observe():
                if (process.name, process.pid) == (AGENT, busy.holder.pid):
                    machine.processes.stop(process)
            stack.enter_context(machine.home.locked())
        machine.processes.quit()
        steps = reconcile(machine, frozenset(), progress)
        machine.home.remove()
    return steps


def without(items: Iterable[Object], held_daemons: frozenset[str]) -> frozenset[Object]:
    """The objects that can be while these daemons stay down."""
    everything = frozenset(items)
    gone_tuns = {
        (item.namespace, item.name)
        for item in everything
        if isinstance(item, Tun) and item.daemon in held_daemons
    }

    def stays(item: Object) -> bool:
        match item:
            case Daemon(name=name):
                return name not in held_daemons
            case (
                IkeConfig(daemon=daemon)
                | ReceiveBuffer(daemon=daemon)
                | BirdConfig(daemon=daemon)
                | FrrConfig(daemon=daemon)
            ):
                return daemon not in held_daemons
            case Tun():
                return (item.namespace, item.name) not in gone_tuns
            case Address() | Route() | Shaper():
                return (item.namespace, item.device) not in gone_tuns
            case _:
                return True

    return frozenset(item for item in everything if stays(item))


def machine_of(name: str, root: Path = ROOT) -> Machine:
    """The machine's side of the lab ``name``, running or not."""
    home = Home(name, root)
    return Machine(home, Names(name, str(home.path)).prefix, LiveKernel())


def running_labs(root: Path = ROOT) -> tuple[str, ...]:
    """The names of the labs on this machine."""
    return tuple(name for name in worlds(root) if (root / name / INTENT).exists())


def no_such_lab(name: str, root: Path = ROOT) -> NoSuchLab:
    """The error for whoever names a lab that is not there; it tells which run."""
    there = ", ".join(running_labs(root)) or "none"
    return NoSuchLab(f"no lab called {name!r} is running here (running: {there})")

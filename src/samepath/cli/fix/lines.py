"""What ``samepath fix`` shows to people: the verdict, the statements in their order, the states."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from samepath.cli.check import words
from samepath.cli.check.explanation import explanation
from samepath.cli.fix.device_lines import reverts, typed
from samepath.cli.fix.statements import at_line, lines, path, subject
from samepath.model.change import Change
from samepath.model.topology import Topology
from samepath.pairing.mending import Mending
from samepath.pairing.paired import Paired
from samepath.routing.compile import customer_name
from samepath.routing.grouping import distinct, in_short
from samepath.routing.repair import GroupRepair, Repair, Result
from samepath.routing.repair.goal import Fault
from samepath.routing.repair.hanging import Hanging, hangings
from samepath.routing.repair.steps import Step
from samepath.routing.states import FailureState
from samepath.routing.verdict import PairInState, Verdict

MOST_NAMED = 6
"""Connections that are named, of those without a change or alike, before the rest is counted."""

_INDENTED = (0, 0, 0, 2)


def show(
    console: Console,
    it: Repair,
    topology: Topology,
    paired: Paired | None = None,
    mending: Mending | None = None,
) -> None:
    """The verdict, the changes in the order of typing, their price, and the states they change.

    ``paired`` has the devices' lines that the changes are about, ``mending`` those that make them.
    """
    console.print(Text(f"{topology.name}: ", style="bold").append_text(_summary(it)))
    quiet = [group for group in it.groups if group.result is Result.NOTHING and not group.left]
    for group in it.groups:
        if len(it.groups) == 1 or group not in quiet:
            console.print()
            _show_group(console, group, topology, paired, mending)
    if quiet and len(it.groups) > 1:
        names = [
            name
            for group in quiet
            for one in (group.group, *(each.group for each in group.alike))
            for name in one.connections
        ]
        console.print(Text(f"\nNothing to repair: {words.first(names, MOST_NAMED)}."))
    for table in _tables(it, topology):
        console.print()
        console.print(table)
    for line in () if mending is None else reverts(mending):
        console.print(line, soft_wrap=True)
    for line in () if it.result is Result.NONE else _hanging(it):
        console.print()
        console.print(line)


def _show_group(
    console: Console,
    group: GroupRepair,
    topology: Topology,
    paired: Paired | None,
    mending: Mending | None,
) -> None:
    names = ", ".join(group.group.connections)
    console.print(
        Text.assemble((names, "bold"), f": mode {group.chosen.mode.value}, as {group.chosen.why}")
    )
    for number, step in enumerate(group.steps, start=1):
        for line in _step(number, step, topology, paired, mending):
            console.print(line, soft_wrap=True)
    for sentence in group.price:
        console.print(Padding(Text(f"Price: {sentence}."), _INDENTED))
    for line in _left(group):
        console.print(Padding(line, _INDENTED))
    if group.alike:
        others = [", ".join(one.group.connections) for one in group.alike]
        are = "is" if len(others) == 1 else "are"
        told = f"The same of {words.first(others, MOST_NAMED)}, which {are} alike."
        console.print(Padding(Text(told), _INDENTED))
    if group.result in {Result.NONE, Result.PART} and (group.left or group.nearest):
        for line in explanation((*group.left, *group.nearest)[0].one):
            console.print(line, soft_wrap=True)
        if group.other is not None:
            console.print(Text(f"\n  Another design may do: --mode {group.other.value}."))


def _step(
    number: int,
    step: Step,
    topology: Topology,
    paired: Paired | None,
    mending: Mending | None,
) -> Iterator[Text]:
    yield from statement(f"{number}.", step.change, topology, paired)
    if mending is not None:
        yield from typed(step.change, mending)
    yield Text(f"     {_then(step)}", style="dim")
    for cut in step.cuts:
        told = " or ".join(sorted(one.value for one in cut.transitions))
        yield Text(f"     open flows {cut.pair}: {told}", style="bold red")


def statement(
    mark: str, change: Change, topology: Topology, paired: Paired | None = None
) -> Iterator[Text]:
    """Whose statement it is, where it stands, and its diff; ``mark`` of two characters goes first."""
    yield Text(f"  {mark} {subject(change, topology)}")
    yield Text(f"     {path(change) if paired is None else at_line(change, paired)}")
    for sign, line in lines(change, topology):
        yield Text(f"     {sign} {line}", style="green" if sign == "+" else "red")


def _then(step: Step) -> str:
    verdicts = {
        " or ".join(sorted(verdict.value.replace("_", " ") for verdict in one.verdicts))
        for one in step.all_up
    }
    losing = len({one.state for one in step.faults})
    where = words.counted(losing, "state") if losing else "no state"
    return f"then with all up: {', '.join(sorted(verdicts))}; packets may be lost in {where}"


def _left(group: GroupRepair) -> Iterator[Text]:
    for what, faults in _by_what(group.left).items():
        yield Text(f"no policy mends: {what} ({_named(faults)}){_because(faults)}", style="yellow")
    if not group.steps and group.nearest:
        for what, faults in _by_what(group.nearest).items():
            yield Text(
                f"with every change that was tried: {what} ({_named(faults)}){_because(faults)}",
                style="yellow",
            )


def _by_what(faults: Iterable[Fault]) -> dict[str, list[Fault]]:
    by_what: dict[str, list[Fault]] = {}
    for fault in faults:
        by_what.setdefault(f"{fault.one.pair}: {fault.what}", []).append(fault)
    return by_what


def _named(faults: list[Fault]) -> str:
    names = words.states(dict.fromkeys(fault.one.state for fault in faults))
    return words.first(names, 3, joint="; ")


def _because(faults: list[Fault]) -> str:
    """What no input holds, and the fault hangs on."""
    asked = {
        f"{question.subject}: {question.what}": None
        for fault in faults
        if fault.one.undetermined
        for question in (
            *fault.one.questions,
            *(
                question
                for outcome in fault.one.outcomes
                for because in outcome.because
                for question, _ in because
            ),
        )
        if not question.per_flow
    }
    return f"; nobody says of {'; '.join(list(asked)[:2])}" if asked else ""


def _tables(it: Repair, topology: Topology) -> Iterator[Table]:
    names = list(topology.connections)
    prefix = f"{names[0]}/" if len(names) == 1 else ""
    by_pair: dict[str, dict[tuple[str, str], list[FailureState]]] = {}
    for key, after in it.after.items():
        told = tuple(_cell(one, prefix) for one in (it.before[key], after))
        if told[0] != told[1] and after.verdicts != {Verdict.EXPECTED_OUTAGE}:
            rows = by_pair.setdefault(str(after.pair), {})
            rows.setdefault((told[0], told[1]), []).append(after.state)
    for pair, rows in by_pair.items():
        title = f"{pair}: the states that change"
        table = Table(
            title=title, title_justify="left", title_style="bold", box=None, pad_edge=False
        )
        for heading in ("state", "before (to site, to VPC)", "after"):
            table.add_column(heading, overflow="fold")
        for (before, after_), states in rows.items():
            table.add_row(Text("\n".join(words.states(states))), Text(before), Text(after_))
        yield table


def _cell(one: PairInState, prefix: str) -> str:
    told = ["too much is open"] if one.questions else []
    for each in in_short(distinct(one.outcomes)):
        to_site, to_vpc = (words.way(way, prefix) for way in (each.to_site, each.to_vpc))
        ways = to_site if to_site == to_vpc else f"{to_site}, {to_vpc}"
        told.append(f"{ways}: {words.verdict(each).plain}")
    return "\nor ".join(dict.fromkeys(told))


def _summary(it: Repair) -> Text:
    if it.worse:
        return Text("no repair: the repairs of its parts spoil one another", "bold red")
    if it.result is Result.NONE:
        return Text("no repair was found in this mode", "bold red")
    if it.result is Result.PART:
        told = f"{words.counted(len(it.changes), 'change')} mend it in part: in some states the directions still differ"
        return Text(told, "bold red")
    before, after = (
        {verdict for one in found.values() for verdict in one.verdicts}
        for found in (it.before, it.after)
    )
    good = "nothing is dropped" if after & _ASYMMETRIC else "both directions share a tunnel"
    if after & _ASYMMETRIC and it.changes and not before & _LOST:
        good = "the site follows the gateway off a tunnel, and still nothing is dropped,"
    left = ", as far as a policy can mend it," if Verdict.UNREACHABLE in after else ""
    path = "" if after & _ASYMMETRIC else " that leaves a path"
    every = f"{good} in every state{path}{left} ({it.states} states)"
    if it.result is Result.NOTHING:
        return Text(f"nothing to repair: {every}", "green")
    return Text(f"{words.counted(len(it.changes), 'change')}, and then {every}", "green")


_LOST = frozenset({Verdict.ASYMMETRIC_DROPPED, Verdict.UNREACHABLE})
_ASYMMETRIC = frozenset({Verdict.ASYMMETRIC_TOLERATED, Verdict.ASYMMETRIC_DROPPED})


def _hanging(it: Repair) -> Iterator[Text]:
    """At which devices open flows hang after the repair, as no policy can help."""
    alike: dict[tuple[bool, str], list[Hanging]] = {}
    for hanging in hangings(it.after.values()):
        alike.setdefault((hanging.certain, hanging.why), []).append(hanging)
    for (certain, why), some in alike.items():
        devices = words.first([name for one in some for name in _alike(it, one)], MOST_NAMED)
        states = words.states(dict.fromkeys(one.state for each in some for one in each.where))
        told = (
            f"Open flows {'still hang' if certain else 'may still hang'} at {devices} when the "
            f"tunnel changes: {why} ({words.first(states, MOST_NAMED, joint='; ')})."
        )
        if "binds" in why:
            told += " Where the device can hold all tunnels in one zone, they live."
        yield Text(told, style="yellow")


def _alike(it: Repair, hanging: Hanging) -> Iterator[str]:
    """The device, and those that answer to it in groups that fare alike, by the order of names."""
    yield hanging.device
    for group in it.groups:
        names = [customer_name(name) for name in sorted(group.group.customer_gateways)]
        if hanging.device in names:
            for one in group.alike:
                place = names.index(hanging.device)
                yield customer_name(sorted(one.group.customer_gateways)[place])

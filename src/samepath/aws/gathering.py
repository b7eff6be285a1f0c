"""Many files become one inventory: what is in each, whose it is, and whether they agree.

Whoever describes an account gets a file a call. The order of the files decides nothing but the
order in which things are told. Nothing stops at a mistake.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TypeVar

from samepath.aws import describe, hcl, terraform
from samepath.aws.agreement import contradictions
from samepath.aws.inventory import (
    Attachment,
    CustomerGateway,
    Inventory,
    RouteTable,
    Thing,
    TransitGateway,
    VirtualGateway,
    Vpc,
    VpnConnection,
)
from samepath.aws.json_lines import line_of, lines
from samepath.aws.provisioned import things
from samepath.aws.reading import InvalidDescription, Reading, Remark, Where, read_json
from samepath.aws.terraform import Resource

T = TypeVar("T", bound=Thing)

LARGEST = 64 << 20
"""Bytes of a file, at most: a description of an account's whole quota has a hundredth of this."""


class Sources:
    """The texts that were read, to find the lines of what is to be said of them."""

    def __init__(self) -> None:
        self._texts: dict[str, str] = {}
        self._lines: dict[str, dict[str, int]] = {}

    def add(self, file: str, text: str) -> None:
        """Keep the text of a file that is JSON."""
        self._texts[file] = text

    def line(self, file: str, path: str) -> int | None:
        """The line of a value; None where nobody can say."""
        if file not in self._texts:
            return None
        if file not in self._lines:
            self._lines[file] = lines(self._texts[file])
        return line_of(self._lines[file], path)

    def placed(self, remarks: Iterable[Remark]) -> tuple[Remark, ...]:
        """Remarks with their lines, as far as they are known."""
        return tuple(
            one
            if one.problem.line is not None
            else replace(
                one,
                problem=replace(one.problem, line=self.line(one.file, one.problem.path)),
            )
            for one in remarks
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Gathered:
    """An inventory, what was passed over on the way, and where all of it stands."""

    inventory: Inventory
    skipped: tuple[Remark, ...]
    sources: Sources


def gather(texts: Iterable[tuple[str, str]]) -> Gathered:
    """The inventory of ``(file, text)`` pairs.

    Raises :class:`~samepath.aws.reading.InvalidDescription` with every problem of every file, and
    where no file holds a VPN connection.
    """
    reading = Reading()
    found: list[Thing] = []
    files: list[str] = []
    written: list[Resource] = []
    sources = Sources()
    for file, text in texts:
        files.append(file)
        if file.endswith(hcl.SUFFIX):
            written.extend(hcl.resources(text, file, reading))
        else:
            found.extend(_things(file, text, reading, sources))
    # Terraform's files are one module, and refer to each other.
    found.extend(things(written, reading))
    inventory = _inventory(found, reading)
    contradictions(inventory, reading)
    if not inventory.connections and not reading.problems:
        for file in files:
            reading.wrong(
                Where(file=file),
                "no VPN connection is in it",
                "save what `aws ec2 describe-vpn-connections` prints",
            )
    if reading.problems:
        raise InvalidDescription(sources.placed(reading.problems))
    return Gathered(inventory=inventory, skipped=sources.placed(reading.skipped), sources=sources)


def _things(file: str, text: str, reading: Reading, sources: Sources) -> Iterable[Thing]:
    if text.lstrip("\ufeff \t\r\n").startswith("<"):
        return describe.alone(text.lstrip("\ufeff"), file, reading)
    before = len(reading.problems)
    value = read_json(text, file, reading)
    if len(reading.problems) > before:
        return ()
    sources.add(file, text)
    provisioned = terraform.resources(value, file)
    if provisioned is not None:
        return things(provisioned, reading)
    found = describe.things(value, file, reading)
    if found is None:
        reading.skip(Where(file=file), "it is no answer of AWS that tells of a VPN")
        return ()
    return found


def _inventory(found: list[Thing], reading: Reading) -> Inventory:
    connections = [one for one in found if isinstance(one, VpnConnection)]
    return Inventory(
        connections=_by_id(_with_configurations(connections, reading), reading),
        virtual_gateways=_by_id(_of(VirtualGateway, found), reading),
        transit_gateways=_by_id(_of(TransitGateway, found), reading),
        customer_gateways=_by_id(_of(CustomerGateway, found), reading),
        attachments=_by_id(_of(Attachment, found), reading),
        vpcs=_by_id(_of(Vpc, found), reading),
        route_tables=_by_id(_of(RouteTable, found), reading),
    )


def _of(kind: type[T], found: Iterable[Thing]) -> Iterator[T]:
    return (one for one in found if isinstance(one, kind))


def _by_id(found: Iterable[T], reading: Reading) -> dict[str, T]:
    known: dict[str, T] = {}
    for one in found:
        other = known.setdefault(one.id, one)
        if other != one:
            reading.wrong(
                one.where,
                f"{one.id} is not as it is in {other.where}",
                "describe both at one time, or leave one of the two away",
            )
    return known


def _with_configurations(
    connections: list[VpnConnection], reading: Reading
) -> Iterator[VpnConnection]:
    """The described connections, each with the configuration that is a file of its own."""
    described = {one.id for one in connections if one.described}
    alone = _by_id((one for one in connections if not one.described), reading)
    yield from (one for one in alone.values() if one.id not in described)
    for one in connections:
        extra = alone.get(one.id)
        if not one.described:
            continue
        if extra is not None and one.configuration is None:
            yield replace(one, configuration=extra.configuration)
            continue
        if extra is not None and one.configuration != extra.configuration:
            reading.wrong(
                extra.where,
                f"the configuration of {one.id} is not that in {one.where}",
                "leave one of the two away",
            )
        yield one

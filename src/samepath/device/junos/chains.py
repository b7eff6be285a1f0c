"""What a neighbour has of its levels: its own, its group's, and the speaker's."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from ipaddress import IPv4Address, IPv4Network

from samepath.device.junos.draft import (
    Draft,
    GroupDraft,
    InstanceDraft,
    Setting,
    Settings,
    address,
    said,
)
from samepath.device.junos.terms import Compiled, Session, compile_policy
from samepath.device.reading.policies import Clause
from samepath.device.reading.source import Place, Said
from samepath.device.reading.support import BOTH_WAYS, Part, contradictory, not_modelled
from samepath.model.policy import Disposition, Opaque, Term

Get = Callable[[str], Setting | None]


@dataclass(kw_only=True, slots=True)
class Peer:
    """A neighbour with what its levels say, before its export has an end.

    ``levels`` are those levels, the innermost first; ``imports`` and ``exports`` are the names of
    its policies, and ``incoming`` and ``outgoing`` what these come to.
    """

    address: IPv4Address
    group: GroupDraft
    levels: list[Settings]
    get: Get
    imports: list[Setting]
    exports: list[Setting]
    incoming: Compiled
    outgoing: Compiled

    @property
    def own(self) -> Settings:
        """What stands at the neighbour itself."""
        return self.levels[0]


def peers_of(
    draft: Draft,
    instance: InstanceDraft,
    asn: Said[int],
    origins: Mapping[str, Mapping[IPv4Network, Place]],
    reaching: set[Place],
) -> Iterator[Peer]:
    """The neighbours of a routing table; ``reaching`` collects as in :func:`compile_policy`."""
    for group in instance.groups.values():
        for name, own in group.neighbours.items():
            found = address(name)
            if found is None:
                why = "Junos rejects it: a neighbour is an address"
                draft.ledger.mark(own.line, contradictory(why, BOTH_WAYS))
                continue
            levels = [own, group.settings, *([instance.bgp] if instance.bgp else [])]
            get = _getter(levels)
            peer_as, local_as = said(get("peer_as"), int), said(get("local_as"), int)
            kind = get("type")
            external = kind is None or kind.value != "internal"
            if peer_as is not None and peer_as.value == asn.value:
                external = False
            session = Session(
                asns=frozenset({asn.value, *([local_as.value] if local_as else [])}),
                neighbour=str(found),
                external=external,
                part=Part.FROM_AWS,
                own=origins,
            )
            imports, exports = list_of(levels, "imports"), list_of(levels, "exports")
            yield Peer(
                address=found,
                group=group,
                levels=levels,
                get=get,
                imports=imports,
                exports=exports,
                incoming=_chain(draft, imports, replace(session, part=Part.TO_AWS), reaching),
                outgoing=_chain(draft, exports, session, reaching),
            )


def _getter(levels: list[Settings]) -> Get:
    def get(name: str) -> Setting | None:
        return next((one.values[name] for one in levels if name in one.values), None)

    return get


def list_of(levels: list[Settings], name: str) -> list[Setting]:
    """The members of a list of the innermost level that has one: it takes the others' place."""
    return next((one.lists[name] for one in levels if name in one.lists), [])


def _chain(draft: Draft, names: list[Setting], session: Session, reaching: set[Place]) -> Compiled:
    """Policies, one after the other, without the default of BGP."""
    compiled = Compiled()
    for one in names:
        name = str(one.value)
        policy = draft.policies.get(name)
        if policy is not None:
            policy.used = True
            compile_policy(draft, policy, session, compiled, reaching)
            continue
        if "(" in name or "&" in name or "|" in name:
            why = f"an expression of policies: {name}"
            draft.ledger.mark(one.line, not_modelled(why, {session.part}))
        else:
            why = f"there is no policy {name}, and Junos does not take the configuration"
            draft.ledger.mark(one.line, contradictory(why, {session.part}))
        term = Term(disposition=Disposition.NEXT, opaque=(Opaque(source=why),))
        compiled.terms.append(term)
        compiled.origins.append(None)
        compiled.clauses.append(Clause(place=one.line.place, when=(why,), sets=(), then="go on"))
    return compiled

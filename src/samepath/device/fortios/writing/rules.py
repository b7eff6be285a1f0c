"""The rules of a route map on FortiOS: what one does, and which attributes make it do something else.

Attributes as in Fortinet's CLI reference, ``config router route-map``
(https://docs.fortinet.com/document/fortigate/7.4.0/cli-reference/519620).
Rules are tried by their numbers, and one ends the map for the routes that it matches: FortiOS has
none that goes on to the next (Administration Guide, "Route maps",
https://docs.fortinet.com/document/fortigate/7.6.6/administration-guide/535228).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from samepath.device.fortios.writing.text import Lines, Settings, config, edit, settings
from samepath.device.reading.route_maps import Resolve, RouteMapClause, compile_map
from samepath.device.writing.forms import REJECTS_ALL, same_conditions
from samepath.model.policy import Changes, Disposition, PrefixMatch, Term

_MOST_WEIGHT = 65535


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """A rule of a map. ``permitting`` is what it does, or would if it did permit.

    ``term`` is what it does; None, as ``permitting``: it matches no route.
    """

    number: int
    settings: Settings
    permitting: Term | None
    term: Term | None


def rule(clause: RouteMapClause, values: Settings, resolve: Resolve, asn: int) -> Rule:
    """What a rule that was read does, and would do."""

    def alone(*, permits: bool) -> Term:
        one = replace(clause, permits=permits)
        return compile_map([one], resolve, asn).policy.terms[0]

    permitting: Term | None = alone(permits=True)
    if permitting == REJECTS_ALL:
        return Rule(number=clause.number, settings=values, permitting=None, term=None)
    term = permitting if clause.permits else alone(permits=False)
    return Rule(number=clause.number, settings=values, permitting=permitting, term=term)


def retold(it: Rule, term: Term, asn: int) -> Settings | None:
    """The attributes with which a rule does what a term does; None: its own do not let it."""
    if it.permitting is None or it.term is None or not same_conditions(it.permitting, term):
        return None
    if term.disposition is Disposition.REJECT:
        if it.term.disposition is Disposition.REJECT:
            return it.settings if it.term.opaque == term.opaque else None
        return None if term.opaque else {**it.settings, "action": ("deny",)}
    if term.disposition is Disposition.NEXT or it.permitting.opaque != term.opaque:
        return None
    permits = it.term.disposition is Disposition.ACCEPT
    own = {name: one for name, one in it.settings.items() if permits or name != "action"}
    return _changed(own, it.permitting.changes, term.changes, asn)


def _changed(own: Settings, before: Changes, after: Changes, asn: int) -> Settings | None:
    """Attributes that set other values; None where one of them is set in a way we do not know."""
    found = dict(own)
    numbers = {
        "set-local-preference": (before.local_preference, after.local_preference),
        "set-metric": (before.med, after.med),
        "set-weight": (before.weight, after.weight),
    }
    for name, (old, new) in numbers.items():
        if new is None and old is not None:
            del found[name]
        elif new is not None and new != old:
            found[name] = (str(new),)
    if before.prepend != after.prepend:
        if not before.prepend and "set-aspath" in own:
            return None
        found.pop("set-aspath", None)
        if after.prepend:
            found["set-aspath"] = (" ".join([str(asn)] * after.prepend),)
    if set(before.add_communities) != set(after.add_communities):
        if not before.add_communities and "set-community" in own:
            return None
        for name in ("set-community", "set-community-additive"):
            found.pop(name, None)
        if after.add_communities:
            found["set-community"] = after.add_communities
            found["set-community-additive"] = ("enable",)
    return found


@dataclass(frozen=True, kw_only=True, slots=True)
class NewRule:
    """A rule that is written, and the lists that it needs, each a block of its own."""

    settings: Settings
    lists: tuple[NewList, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class NewList:
    """A list of prefixes or of communities that is written."""

    table: str
    name: str
    lines: Lines

    @property
    def removal(self) -> Lines:
        """What takes it away again."""
        return config(f"router {self.table}", (f'delete "{self.name}"',))


def new_rule(term: Term, asn: int, list_name: str) -> NewRule | None:
    """A rule that does what a term does; None where FortiOS has none."""
    if term.opaque or term.disposition is Disposition.NEXT:
        return None
    own: dict[str, tuple[str, ...]] = {}
    lists: list[NewList] = []
    if term.disposition is Disposition.REJECT:
        own["action"] = ("deny",)
    if term.conditions.prefixes:
        own["match-ip-address"] = (list_name,)
        lists.append(prefix_list(list_name, term.conditions.prefixes))
    if term.conditions.communities:
        own["match-community"] = (list_name,)
        lists.append(_community_list(list_name, term.conditions.communities))
    if term.disposition is Disposition.REJECT:
        return NewRule(settings=own, lists=tuple(lists))
    found = _changed(own, Changes(), term.changes, asn)
    return None if found is None else NewRule(settings=found, lists=tuple(lists))


def prefix_list(name: str, prefixes: tuple[PrefixMatch, ...]) -> NewList:
    """A prefix list that permits these."""
    rules = [edit(str(number), settings(_lengths(one))) for number, one in enumerate(prefixes, 1)]
    return _list("prefix-list", name, (), rules)


def _community_list(name: str, communities: tuple[str, ...]) -> NewList:
    rules = [
        edit(str(number), settings({"action": ("permit",), "match": (one,)}))
        for number, one in enumerate(communities, 1)
    ]
    return _list("community-list", name, ("set type standard",), rules)


def _list(table: str, name: str, head: Lines, rules: list[Lines]) -> NewList:
    body = (*head, *config("rule", [line for one in rules for line in one]))
    return NewList(table=table, name=name, lines=config(f"router {table}", edit(name, body)))


def _lengths(match: PrefixMatch) -> Settings:
    """A prefix and the lengths that it admits; without ``ge`` and ``le``, its own alone."""
    network = match.prefix
    least, most = max(match.minimum, network.prefixlen), match.maximum
    found: dict[str, tuple[str, ...]] = {
        "prefix": (str(network.network_address), str(network.netmask))
    }
    if least > network.prefixlen:
        found["ge"] = (str(least),)
    if most > network.prefixlen and not (
        least > network.prefixlen and most == network.max_prefixlen
    ):
        found["le"] = (str(most),)
    return found

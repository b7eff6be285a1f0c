"""The rules of a route map on FortiOS: what one does, and which attributes make it do something else.

Attributes as in Fortinet's CLI reference, ``config router route-map``
(https://docs.fortinet.com/document/fortigate/7.4.0/cli-reference/519620).
Rules are tried by their numbers, and one ends the map for the routes that it matches: FortiOS has
none that goes on to the next (Administration Guide, "Route maps",
https://docs.fortinet.com/document/fortigate/7.6.6/administration-guide/535228).
"""

from __future__ import annotations

from samepath.device.fortios.writing.text import Lines, Settings, config, edit, settings
from samepath.device.writing.forms import same_conditions
from samepath.device.writing.rules import Addition, NewRule, Rule, lengths
from samepath.model.policy import Changes, Disposition, PrefixMatch, Term

_MOST_WEIGHT = 65535


def retold(it: Rule[Settings], term: Term, asn: int) -> Settings | None:
    """The attributes with which a rule does what a term does; None: its own do not let it."""
    if it.permitting is None or it.term is None or not same_conditions(it.permitting, term):
        return None
    if term.disposition is Disposition.REJECT:
        if it.term.disposition is Disposition.REJECT:
            return it.told if it.term.opaque == term.opaque else None
        return None if term.opaque else {**it.told, "action": ("deny",)}
    if term.disposition is Disposition.NEXT or it.permitting.opaque != term.opaque:
        return None
    permits = it.term.disposition is Disposition.ACCEPT
    own = {name: one for name, one in it.told.items() if permits or name != "action"}
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


def new_rule(term: Term, asn: int, list_name: str) -> NewRule[Settings] | None:
    """A rule that does what a term does; None where FortiOS has none."""
    if term.opaque or term.disposition is Disposition.NEXT:
        return None
    own: dict[str, tuple[str, ...]] = {}
    lists: list[Addition] = []
    if term.disposition is Disposition.REJECT:
        own["action"] = ("deny",)
    if term.conditions.prefixes:
        own["match-ip-address"] = (list_name,)
        lists.append(prefix_list(list_name, term.conditions.prefixes))
    if term.conditions.communities:
        own["match-community"] = (list_name,)
        lists.append(_community_list(list_name, term.conditions.communities))
    if term.disposition is Disposition.REJECT:
        return NewRule(told=own, lists=tuple(lists))
    found = _changed(own, Changes(), term.changes, asn)
    return None if found is None else NewRule(told=found, lists=tuple(lists))


def prefix_list(name: str, prefixes: tuple[PrefixMatch, ...]) -> Addition:
    """A prefix list that permits these."""
    rules = [edit(str(number), settings(_lengths(one))) for number, one in enumerate(prefixes, 1)]
    return _list("prefix-list", name, (), rules)


def _community_list(name: str, communities: tuple[str, ...]) -> Addition:
    rules = [
        edit(str(number), settings({"action": ("permit",), "match": (one,)}))
        for number, one in enumerate(communities, 1)
    ]
    return _list("community-list", name, ("set type standard",), rules)


def _list(table: str, name: str, head: Lines, rules: list[Lines]) -> Addition:
    body = (*head, *config("rule", [line for one in rules for line in one]))
    return Addition(
        name=name,
        lines=config(f"router {table}", edit(name, body)),
        removal=config(f"router {table}", (f'delete "{name}"',)),
    )


def _lengths(match: PrefixMatch) -> Settings:
    """A prefix and the lengths that it admits."""
    network = match.prefix
    return {
        "prefix": (str(network.network_address), str(network.netmask)),
        **{name: (str(length),) for name, length in lengths(match).items()},
    }

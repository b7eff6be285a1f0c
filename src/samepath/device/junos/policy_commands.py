"""The statements of ``policy-options``."""

from __future__ import annotations

from ipaddress import IPv4Network

from samepath.device.junos.draft import Draft, From, ListDraft, PolicyDraft, TermDraft, Then
from samepath.device.reading.grammar import between
from samepath.device.reading.kinds import asn
from samepath.device.reading.modes import LATER, Entry, Outcome, Told, recognised, understood
from samepath.device.reading.support import BOTH_WAYS, irrelevant, unknown
from samepath.model.policy import PrefixMatch

_TERM = "policy-options policy-statement name=WORD [term term=WORD]"
_LENGTHS = 32


def _policy(draft: Draft, told: Told) -> PolicyDraft:
    name = told.get("name", str)
    policy = draft.policies.setdefault(name, PolicyDraft(name=name))
    policy.lines.append(told.line)
    return policy


def _term(draft: Draft, told: Told) -> TermDraft:
    name = told.maybe("term", str) or ""
    policy = _policy(draft, told)
    return policy.terms.setdefault(name, TermDraft(name=name, line=told.line))


def _opened(draft: Draft, told: Told) -> Outcome:
    if told.has("term"):
        _term(draft, told)
    else:
        _policy(draft, told)
    return LATER


# ------------------------------------------------------------------------------------- conditions


def _route_filter(draft: Draft, told: Told) -> Outcome:
    """``route-filter PREFIX exact`` and its other kinds; an action of its own is not modelled."""
    term = _term(draft, told)
    prefix, words = told.get("prefix", IPv4Network), told.get("how", str).split()
    try:
        match, more = lengths(prefix, words)
    except ValueError as error:
        return unknown(f"Junos rejects it: {error}", BOTH_WAYS)
    spoken = f"route-filter {prefix} {' '.join(words)}"
    kind = "route-filter" if match is not None and not more else "odd route-filter"
    one = From(kind=kind, line=told.line, name=spoken, match=match)
    term.conditions.append(one)
    return LATER


def lengths(prefix: IPv4Network, words: list[str]) -> tuple[PrefixMatch | None, list[str]]:
    """What a kind of match admits, and the words behind it; None: it is not modelled.

    Raises ValueError where Junos rejects it.
    """
    own, kind = prefix.prefixlen, words[0]
    rest = words[1:]
    least, most = own, own
    if kind == "longer":
        least, most = own + 1, _LENGTHS
    elif kind == "orlonger":
        most = _LENGTHS
    elif kind == "upto":
        most, rest = _length(rest[:1]), rest[1:]
    elif kind == "prefix-length-range":
        low, dash, high = (rest[0] if rest else "").partition("-")
        if not dash:
            raise ValueError("it says no range of lengths")
        least, most, rest = _length([low]), _length([high]), rest[1:]
    elif kind in {"through", "address-mask"}:
        return None, rest
    elif kind != "exact":
        raise ValueError(f"there is no kind of match `{kind[:40]}`")
    if kind in {"upto", "prefix-length-range"} and not own <= least <= most:
        raise ValueError("the lengths are out of order")
    return PrefixMatch(prefix=prefix, minimum=least, maximum=most), rest


def _length(words: list[str]) -> int:
    if not words or not words[0].startswith("/"):
        raise ValueError("it says no length")
    return between(0, _LENGTHS)(words[0][1:])


def _condition(kind: str) -> Entry[Draft]:
    def handler(draft: Draft, told: Told) -> Outcome:
        one = From(kind=kind, line=told.line, name=told.get("value", str))
        _term(draft, told).conditions.append(one)
        return LATER

    return understood(f"{_TERM} from {kind} value=WORD", handler)


def _prefix_list_filter(draft: Draft, told: Told) -> Outcome:
    name, how = told.get("value", str), told.get("how", str)
    one = From(kind=f"prefix-list-filter {how}", line=told.line, name=name)
    _term(draft, told).conditions.append(one)
    return LATER


def _other_condition(words: str) -> Entry[Draft]:
    """A condition that is not modelled."""

    def handler(draft: Draft, told: Told) -> Outcome:
        spoken = f"{words} {told.get('what', str)}"
        _term(draft, told).conditions.append(From(kind="odd", line=told.line, name=spoken))
        return LATER

    return understood(f"{_TERM} {words} what=*", handler)


def _no_condition(draft: Draft, told: Told) -> Outcome:
    _term(draft, told)
    return LATER


_ODD = (
    *(
        "from as-path",
        "from as-path-group",
        "from interface",
        "from tag",
        "from tag2",
        "from metric",
    ),
    *("from local-preference", "from origin", "from next-hop", "from policy", "from condition"),
    *("from source-address-filter", "from color", "from color2", "from area", "from level"),
    *("from as-path-neighbors", "from as-path-origins", "from as-path-transits", "from instance"),
    *("from as-path-calc-length", "from community-count", "from external", "from internal"),
    *("from multicast-scope", "from next-hop-type", "from preference", "from preference2"),
    *(
        "from rib",
        "from route-distinguisher",
        "from route-type",
        "from state",
        "from validation-database",
    ),
    *("from route-filter-list", "from aggregate-contributor", "from traffic-engineering", "to"),
    *("from nlri-route-type", "from prefix-list-filter", "from mac-filter-list", "from family"),
    *("from programmed", "from cost", "from srte-color", "from bgp-output-queue-priority"),
)


# ---------------------------------------------------------------------------------------- actions


def _action(pattern: str, kind: str, value: str = "") -> Entry[Draft]:
    def handler(draft: Draft, told: Told) -> Outcome:
        words = (
            pattern if not value else f"{pattern.split(maxsplit=1)[0]} {told.get(value, object)}"
        )
        one = Then(
            kind=kind,
            line=told.line,
            words=words,
            value=told.get(value, object) if value else None,
        )
        _term(draft, told).actions.append(one)
        return LATER

    return understood(f"{_TERM} then {pattern}", handler)


def _prepend(draft: Draft, told: Told) -> Outcome:
    text = told.get("text", str)
    try:
        numbers = tuple(asn(word) for word in text.split())
    except ValueError as error:
        return unknown(f"Junos rejects it: {error}", BOTH_WAYS)
    one = Then(kind="prepend", line=told.line, words=f"as-path-prepend {text}", value=numbers)
    _term(draft, told).actions.append(one)
    return LATER


def _community(draft: Draft, told: Told) -> Outcome:
    how, name = told.get("how", str), told.get("community", str)
    kind = "add" if how in {"add", "+"} else "odd"
    one = Then(kind=kind, line=told.line, words=f"community {how} {name}", value=name)
    _term(draft, told).actions.append(one)
    return LATER


_HARMLESS_ACTIONS = frozenset(
    {"trace", "tag", "tag2", "class", "source-class", "destination-class", "external", "priority"}
    | {"forwarding-class", "color", "color2", "install-nexthop"}
)
_OTHER_ACTIONS = (
    *("trace", "tag", "tag2", "class", "source-class", "destination-class", "external", "priority"),
    *(
        "forwarding-class",
        "color",
        "color2",
        "install-nexthop",
        "load-balance",
        "next-hop",
        "origin",
    ),
    *("preference", "preference2", "metric", "metric2", "local-preference", "as-path-expand"),
    *("default-action", "damping", "aggregate-bandwidth", "limit-bandwidth", "multipath-resolve"),
    *("no-route-localize", "validation-state", "aigp-originate", "aigp-adjust", "cos-next-hop-map"),
    *(
        "dynamic-tunnel-attributes",
        "p2mp-lsp-root",
        "set-down-bit",
        "ssm-source",
        "map-to-interface",
    ),
    *("community", "next", "no-backup", "prefix-segment", "bgp-output-queue-priority"),
)


# ------------------------------------------------------------------------------------------ lists


def _list(lists: dict[str, ListDraft], told: Told) -> ListDraft:
    name = told.get("name", str)
    found = lists.setdefault(name, ListDraft(name=name, line=told.line))
    found.lines.append(told.line)
    return found


def _prefix_list(draft: Draft, told: Told) -> Outcome:
    found = _list(draft.prefix_lists, told)
    prefix = told.maybe("prefix", IPv4Network)
    if prefix is not None:
        found.prefixes.append(prefix)
    return LATER


def _no_prefix(draft: Draft, told: Told) -> Outcome:
    text = told.get("text", str)
    if ":" in text:
        return irrelevant("it is about IPv6")
    try:
        prefix = IPv4Network(text, strict=False)
    except ValueError:
        return unknown(f"Junos rejects it: `{text[:40]}` is no prefix", BOTH_WAYS)
    _list(draft.prefix_lists, told).prefixes.append(prefix)
    return LATER


def _apply_path(draft: Draft, told: Told) -> Outcome:
    _list(draft.prefix_lists, told).opaque = "its prefixes stand elsewhere in the configuration"
    return LATER


def _members(draft: Draft, told: Told) -> Outcome:
    found = _list(draft.communities, told)
    found.members += told.get("member", str).split()
    return LATER


def _inverted(draft: Draft, told: Told) -> Outcome:
    _list(draft.communities, told).opaque = "it matches what has not these communities"
    return LATER


def _as_path(draft: Draft, told: Told) -> Outcome:
    _list(draft.as_paths, told)
    return LATER


def _odd_line(draft: Draft, told: Told) -> Outcome:
    """A line of a policy that no other pattern fits: it counts where the policy is used."""
    policy = _policy(draft, told)
    policy.odd.append((told.line, f"Junos knows no such line: `{told.get('what', str)[:60]}`"))
    return LATER


_NUMBER = "value=0..4294967295"
POLICIES: list[Entry[Draft]] = [
    understood(_TERM, _opened),
    understood(f"{_TERM} from", _no_condition),
    understood(f"{_TERM} then", _no_condition),
    understood(f"{_TERM} from route-filter prefix=PREFIX how=*", _route_filter),
    *(_condition(kind) for kind in ("prefix-list", "protocol", "community", "neighbor")),
    understood(f"{_TERM} from family inet", _no_condition),
    understood(
        f"{_TERM} from prefix-list-filter value=WORD how=exact|longer|orlonger", _prefix_list_filter
    ),
    *(_other_condition(words) for words in _ODD),
    _action("accept", "accept"),
    _action("reject", "reject"),
    _action("next policy", "next policy"),
    _action("next term", "next term"),
    _action(f"local-preference {_NUMBER}", "local_preference", "value"),
    _action(f"metric {_NUMBER}", "med", "value"),
    understood(f"{_TERM} then as-path-prepend text=*", _prepend),
    understood(f"{_TERM} then community how=add|set|delete|+|- community=WORD", _community),
    understood(f"{_TERM} what=*", _odd_line),
    understood("policy-options prefix-list name=WORD [prefix=PREFIX]", _prefix_list),
    understood("policy-options prefix-list name=WORD apply-path WORD", _apply_path),
    understood("policy-options prefix-list name=WORD text=WORD", _no_prefix),
    understood("policy-options community name=WORD members member=*", _members),
    understood("policy-options community name=WORD invert-match", _inverted),
    understood("policy-options as-path name=WORD [*]", _as_path),
    understood("policy-options as-path-group name=WORD [*]", _as_path),
    *recognised(
        (
            "policy-options condition *",
            "policy-options route-filter-list *",
            "policy-options damping *",
        ),
        "known, and not modelled",
        (),
    ),
]


def _other_actions() -> list[Entry[Draft]]:
    """Actions by their first word, which the handler is given with the rest."""

    def entry(word: str) -> Entry[Draft]:
        def handler(draft: Draft, told: Told) -> Outcome:
            more = told.maybe("what", str)
            words = f"{word} {more}" if more else word
            kind = "odd"
            if word in _HARMLESS_ACTIONS or words == "next-hop self":
                kind = "harmless"
            elif word == "load-balance":
                kind = word
            _term(draft, told).actions.append(Then(kind=kind, line=told.line, words=words))
            return LATER

        return understood(f"{_TERM} then {word} [what=*]", handler)

    return [entry(word) for word in _OTHER_ACTIONS]


POLICIES += _other_actions()

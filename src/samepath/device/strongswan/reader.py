"""From strongSwan's sections to tunnels, with a state for each line.

A tunnel has no interface by name here: a mark or an ``if_id`` binds it to one that somebody else
makes. libreswan's ``ipsec.conf`` has the same form, and most of the same words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from ipaddress import IPv4Address

from samepath.device.reading.grammar import number_of
from samepath.device.reading.secret import Secret, from_base64, from_hexadecimal
from samepath.device.reading.source import Said, Source
from samepath.device.reading.support import (
    UNDERSTOOD,
    Ledger,
    Part,
    contradictory,
    irrelevant,
    not_modelled,
    unknown,
)
from samepath.device.reading.tunnels import DeadPeer, Esp, Ike, Tunnel
from samepath.device.strongswan.proposals import UnknownAlgorithm, proposals
from samepath.device.strongswan.sections import (
    Section,
    Value,
    ipsec_conf,
    ipsec_secrets,
    named,
    swanctl_conf,
)
from samepath.model.topology import IkeProposal

TUNNEL = frozenset({Part.TUNNEL})
_IPSEC_CONF = re.compile(r"^conn\s+\S+\s*$", re.MULTILINE)
_SECRETS = re.compile(r"^[^#\n]*:\s*PSK\s+\S", re.MULTILINE)
_SWANCTL = re.compile(r"^[ \t]*(?:connections|secrets)\s*\{", re.MULTILINE)
_TIME = re.compile(r"(\d{1,9})([smhd]?)")
_UNITS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}


def is_ours(text: str) -> bool:
    """Whether a text is a file of strongSwan or libreswan."""
    return any(trace.search(text) for trace in (_IPSEC_CONF, _SECRETS, _SWANCTL))


def read(sources: Iterable[Source], ledger: Ledger) -> tuple[Tunnel, ...]:
    """The tunnels of strongSwan's files; what becomes of their lines is written down."""
    conns: list[Section] = []
    keys: list[tuple[tuple[str, ...], Value]] = []
    found: list[Tunnel] = []
    for source in sources:
        if _SWANCTL.search(source.text):
            found += _of_swanctl(swanctl_conf(source), ledger)
        elif _IPSEC_CONF.search(source.text):
            conns += ipsec_conf(source, ledger)
        else:
            keys += ipsec_secrets(source)
            for line in source.lines():
                if line.text.strip() and not line.text.lstrip().startswith("#"):
                    ledger.mark(line, irrelevant("no pre-shared key"))
    for _, value in keys:
        ledger.mark(value.line, UNDERSTOOD)
    return (*found, *_of_ipsec_conf(named(conns), keys, ledger))


def _seconds(value: Value | None) -> Said[int] | None:
    found = _TIME.fullmatch(value.text) if value is not None else None
    if value is None or found is None:
        return None
    return Said(value=int(found[1]) * _UNITS[found[2]], place=value.line.place)


def _text(value: Value | None) -> Said[str] | None:
    if value is None or value.text.startswith("%"):
        return None
    return Said(value=value.text, place=value.line.place)


def _end(value: Value | None) -> Said[IPv4Address] | Said[str] | None:
    if value is None or value.text.startswith("%"):
        return None
    first = value.text.split(",")[0].strip()
    try:
        return Said(value=IPv4Address(first), place=value.line.place)
    except ValueError:
        return Said(value=first, place=value.line.place)


def _suites(value: Value | None, ledger: Ledger, *, is_esp: bool) -> tuple[Said[IkeProposal], ...]:
    if value is None:
        return ()
    try:
        return tuple(
            Said(value=one, place=value.line.place) for one in proposals(value.text, is_esp=is_esp)
        )
    except UnknownAlgorithm as error:
        why = f"strongSwan rejects it: {error} is no algorithm"
        ledger.mark(value.line, unknown(why, TUNNEL))
        return ()


def _has_more(value: Value | None, *, appends: bool) -> bool:
    """Whether the daemon's own proposals are added to a list.

    swanctl's ``default`` stands for them; those of ``ipsec.conf`` are added unless the list ends in
    ``!`` (strongSwan's manual: ``ipsec.conf(5)``, ``ike``).
    """
    if value is None:
        return False
    words = {word.strip() for word in value.text.rstrip("! ").split(",")}
    return "default" in words or (appends and not value.text.rstrip().endswith("!"))


def _secret(text: str) -> Secret:
    """A key: ``0s`` is in front of base64 and ``0x`` of hexadecimal (``ipsec.secrets(5)``)."""
    if text.startswith("0s"):
        return from_base64(text[2:])
    return from_hexadecimal(text[2:]) if text.startswith("0x") else Secret(text)


def _doubt(values: Iterable[tuple[Value | None, str, Iterable[str]]], ledger: Ledger) -> None:
    """Mark the values that AWS's end may not take; each stands with those that it takes."""
    for value, why, taken in values:
        if value is not None and value.text.strip().lower() not in taken:
            ledger.mark(value.line, not_modelled(why, TUNNEL))


_MODE = "AWS has ESP in tunnel mode only"
_AGGRESSIVE = "AWS has main mode only"
_SELECTOR = "only a part of the traffic goes through the tunnel"
_TUNNEL_MODE, _OFF, _ANY = ("tunnel",), ("no", "false", "0"), ("0.0.0.0/0",)


def _mark(
    section: Section,
    ledger: Ledger,
    understood: Iterable[str],
    noise: Iterable[str],
    known: Iterable[str] = (),
) -> None:
    """Mark the lines of a section by the names of their values."""
    read_names, quiet, odd = set(understood), set(noise), set(known)
    ledger.mark(section.line, UNDERSTOOD)
    for name, value in section.every():
        if name in read_names:
            ledger.mark(value.line, UNDERSTOOD)
        elif name in quiet:
            why = "it does not decide whether the tunnel comes up"
            ledger.mark(value.line, irrelevant(why))
        elif name in odd:
            ledger.mark(value.line, not_modelled("known, and not modelled", TUNNEL))
        else:
            why = f"strongSwan knows no `{name or value.text.split()[0]}` here, or we do not"
            ledger.mark(value.line, unknown(why, TUNNEL))


# -------------------------------------------------------------------------------------- ipsec.conf

_CONN = (
    *("left", "right", "leftid", "rightid", "ike", "esp", "phase2alg", "ikelifetime", "lifetime"),
    *("keylife", "salifetime", "keyexchange", "ikev2", "dpddelay", "dpdtimeout", "dpdaction"),
    *("replay_window", "replay-window", "mark", "mark_in", "mark_out", "also", "auto", "type"),
    *("leftauth", "rightauth", "authby", "pfs", "vti-interface", "if_id_in", "if_id_out"),
    *("leftsubnet", "rightsubnet", "ikev1", "aggressive"),
)
_CONN_NOISE = (
    *("rekey", "reauth", "closeaction", "leftupdown", "rightupdown", "installpolicy"),
    *(
        "compress",
        "mobike",
        "keyingtries",
        "rekeymargin",
        "margintime",
        "rekeyfuzz",
        "fragmentation",
    ),
    *("forceencaps", "leftfirewall", "vti-routing", "vti-shared", "overlapip", "leftsourceip"),
    *(
        "leftsendcert",
        "nat-keepalive",
        "initial-contact",
        "encapsulation",
        "narrowing",
        "sareftrack",
    ),
)
_CONN_KNOWN = ("leftcert", "rightcert", "eap_identity", "xauth", "leftprotoport", "rightprotoport")


def _of_ipsec_conf(
    conns: Mapping[str, Section],
    keys: Iterable[tuple[tuple[str, ...], Value]],
    ledger: Ledger,
) -> Iterator[Tunnel]:
    all_keys = list(keys)
    for name, conn in conns.items():
        _mark(conn, ledger, _CONN, _CONN_NOISE, _CONN_KNOWN)
        if name == "%default":
            continue
        whole = _whole(conn, conns, ledger)
        auto = whole.get("auto")
        if whole.get("right") is None or (auto is not None and auto.text == "ignore"):
            continue
        yield _of_conn(whole, all_keys, ledger)


def _whole(conn: Section, conns: Mapping[str, Section], ledger: Ledger) -> Section:
    """A connection with what it takes over from others, and from the defaults."""
    found = Section(name=conn.name, line=conn.line)
    chain: list[Section] = []
    waiting = [conn]
    while waiting:
        one = waiting.pop(0)
        if one in chain:
            continue
        chain.append(one)
        for also in one.values.get("also", ()):
            other = conns.get(also.text)
            if other is None:
                why = f"there is no conn {also.text}"
                ledger.mark(also.line, contradictory(why, TUNNEL))
            else:
                waiting.append(other)
    defaults = conns.get("%default")
    for one in reversed([*chain, *([defaults] if defaults is not None else [])]):
        for name, values in one.values.items():
            found.values.setdefault(name, []).extend(values)
    return found


def _of_conn(
    conn: Section, keys: Iterable[tuple[tuple[str, ...], Value]], ledger: Ledger
) -> Tunnel:
    left, right = conn.get("left"), conn.get("right")
    esp = conn.get("esp", "phase2alg")
    bound = conn.get("vti-interface", "mark", "mark_out", "if_id_out")
    ends = {value.text for value in (right, conn.get("rightid")) if value is not None}
    _doubt(
        (
            (conn.get("type"), _MODE, _TUNNEL_MODE),
            (conn.get("aggressive"), _AGGRESSIVE, _OFF),
            (conn.get("leftsubnet"), _SELECTOR, _ANY),
            (conn.get("rightsubnet"), _SELECTOR, _ANY),
        ),
        ledger,
    )
    auto = conn.get("auto")
    ike = _suites(conn.get("ike"), ledger, is_esp=False)
    suites = _suites(esp, ledger, is_esp=True)
    ungrouped = _takes_group_of_ike(conn) and all(one.value.group is None for one in suites)
    return Tunnel(
        interface=_bound_to(conn, bound),
        place=conn.line.place,
        source=_end(left),
        destination=_end(right),
        protection=Said(value=conn.name, place=conn.line.place),
        starts=None if auto is None else Said(value=auto.text != "add", place=auto.line.place),
        ike=Ike(
            version=_version(conn.get("keyexchange", "ikev2")),
            proposals=ike,
            more=_has_more(conn.get("ike"), appends=True),
            lifetime=_seconds(conn.get("ikelifetime")),
            local_identity=_text(conn.get("leftid")),
            remote_identity=_text(conn.get("rightid")),
            dead_peer=_dead_peer(conn),
            secret=_key(keys, ends),
        ),
        esp=Esp(
            proposals=_with_groups(suites, ike) if ungrouped else suites,
            more=_has_more(esp, appends=True),
            lifetime=_seconds(conn.get("lifetime", "keylife", "salifetime")),
            replay_window=_seconds(conn.get("replay_window", "replay-window")),
        ),
    )


def _takes_group_of_ike(conn: Section) -> bool:
    """Whether PFS has IKE's group by itself: libreswan's ``pfs``, which is on unless it is said.

    strongSwan does not heed that word; libreswan is known by others that it alone has.
    """
    pfs = conn.get("pfs")
    theirs = conn.get("phase2alg", "ikev2", "salifetime", "vti-interface") is not None
    return theirs and (pfs is None or pfs.text.lower() not in _OFF)


def _with_groups(
    suites: Iterable[Said[IkeProposal]], ike: Iterable[Said[IkeProposal]]
) -> tuple[Said[IkeProposal], ...]:
    """Suites of ESP with each of IKE's groups."""
    groups = [*dict.fromkeys(one.value.group for one in ike)] or [None]
    return tuple(
        Said(value=replace(one.value, group=group), place=one.place)
        for one in suites
        for group in groups
    )


def _bound_to(conn: Section, bound: Value | None) -> str:
    if bound is None:
        return conn.name
    name = next(name for name, value in conn.every() if value is bound)
    return bound.text if name == "vti-interface" else f"{conn.name} ({name} {bound.text})"


def _version(value: Value | None) -> Said[int] | None:
    versions = {"ikev1": 1, "ikev2": 2, "insist": 2, "yes": 2, "no": 1, "never": 1}
    if value is None or value.text not in versions:
        return None
    return Said(value=versions[value.text], place=value.line.place)


def _dead_peer(conn: Section) -> Said[DeadPeer] | None:
    delay, timeout = _seconds(conn.get("dpddelay")), _seconds(conn.get("dpdtimeout"))
    action = conn.get("dpdaction")
    if delay is None or not delay.value or (action is not None and action.text == "none"):
        return None
    retry = None if timeout is None else timeout.value
    return Said(value=DeadPeer(delay=delay.value, retry=retry), place=delay.place)


def _key(keys: Iterable[tuple[tuple[str, ...], Value]], ends: set[str]) -> Said[Secret] | None:
    """The key of a peer: one that names it, else one that names nobody."""
    spare: Said[Secret] | None = None
    for who, value in keys:
        said = Said(value=_secret(value.text), place=value.line.place)
        if ends.intersection(who):
            return said
        if not set(who) - {"%any"}:
            spare = spare or said
    return spare


# ------------------------------------------------------------------------------------ swanctl.conf

_CONNECTION: tuple[str, ...] = (
    "local_addrs",
    "remote_addrs",
    "proposals",
    "version",
    "rekey_time",
    "reauth_time",
)
_CONNECTION += ("aggressive", "dpd_delay", "dpd_timeout", "if_id_in", "if_id_out", "over_time")
_CONNECTION_NOISE: tuple[str, ...] = (
    "mobike",
    "fragmentation",
    "keyingtries",
    "unique",
    "encap",
    "send_cert",
)
_CONNECTION_NOISE += ("rand_time", "childless", "local_port", "remote_port", "pull")
_CHILD: tuple[str, ...] = (
    "esp_proposals",
    "rekey_time",
    "life_time",
    "replay_window",
    "mark_in",
    "mark_out",
)
_CHILD += ("if_id_in", "if_id_out", "local_ts", "remote_ts", "mode", "start_action", "dpd_action")
_CHILD_NOISE: tuple[str, ...] = (
    "close_action",
    "updown",
    "policies",
    "rand_time",
    "life_bytes",
    "rekey_bytes",
)
_CHILD_NOISE += ("hw_offload", "copy_df", "copy_ecn", "copy_dscp", "inactivity", "hostaccess")
_CHILD_NOISE += ("mark_in_sa", "set_mark_in", "set_mark_out", "priority", "interface")


def _of_swanctl(top: Section, ledger: Ledger) -> Iterator[Tunnel]:
    for name, section in top.within.items():
        if name not in {"connections", "secrets"}:
            _quiet(section, ledger)
    for _name, value in top.every():
        ledger.mark(value.line, not_modelled("what it includes is not here", TUNNEL))
    empty = Section(name="", line=top.line)
    secrets = top.within.get("secrets", empty)
    keys = list(_swanctl_keys(secrets, ledger))
    connections = top.within.get("connections", empty)
    for section in (secrets, connections):
        if section is not empty:
            ledger.mark(section.line, UNDERSTOOD)
    for connection in connections.within.values():
        _mark(connection, ledger, _CONNECTION, _CONNECTION_NOISE, ("pools", "vips", "ppk_id"))
        for name, section in connection.within.items():
            if name.startswith(("local", "remote")):
                _mark(section, ledger, ("auth", "id"), ("round",), ("certs", "cacerts", "eap_id"))
        children = connection.within.get("children", empty)
        if children is not empty:
            ledger.mark(children.line, UNDERSTOOD)
        for child in children.within.values():
            _mark(child, ledger, _CHILD, _CHILD_NOISE, ("ah_proposals", "reqid", "sha256_96"))
            yield _of_child(connection, child, keys, ledger)


def _quiet(section: Section, ledger: Ledger) -> None:
    ledger.mark(section.line, irrelevant("a section that is not about a tunnel"))
    for _name, value in section.every():
        ledger.mark(value.line, irrelevant("a section that is not about a tunnel"))
    for within in section.within.values():
        _quiet(within, ledger)


def _swanctl_keys(secrets: Section, ledger: Ledger) -> Iterator[tuple[tuple[str, ...], Value]]:
    for section in secrets.within.values():
        if not section.name.startswith("ike"):
            _quiet(section, ledger)
            continue
        ledger.mark(section.line, UNDERSTOOD)
        for _name, value in section.every():
            ledger.mark(value.line, UNDERSTOOD)
        secret = section.get("secret")
        who = tuple(value.text for name, value in section.every() if name.startswith("id"))
        if secret is not None:
            yield who, secret


def _of_child(
    connection: Section,
    child: Section,
    keys: Iterable[tuple[tuple[str, ...], Value]],
    ledger: Ledger,
) -> Tunnel:
    remote = connection.get("remote_addrs")
    ids = {
        side: next(
            (
                section.get("id")
                for name, section in connection.within.items()
                if name.startswith(side)
            ),
            None,
        )
        for side in ("local", "remote")
    }
    bound = child.get("if_id_out", "mark_out") or connection.get("if_id_out")
    ends = {value.text for value in (remote, ids["remote"]) if value is not None}
    _doubt(
        (
            (child.get("mode"), _MODE, _TUNNEL_MODE),
            (connection.get("aggressive"), _AGGRESSIVE, _OFF),
            (child.get("local_ts"), _SELECTOR, _ANY),
            (child.get("remote_ts"), _SELECTOR, _ANY),
        ),
        ledger,
    )
    action = child.get("start_action")
    return Tunnel(
        interface=connection.name if bound is None else f"{connection.name} ({_what(bound)})",
        place=connection.line.place,
        source=_end(connection.get("local_addrs")),
        destination=_end(remote),
        protection=Said(value=f"{connection.name}/{child.name}", place=child.line.place),
        starts=Said(
            value=action is not None and action.text != "none",
            place=child.line.place if action is None else action.line.place,
        ),
        ike=Ike(
            version=_number(connection.get("version")),
            proposals=_suites(connection.get("proposals"), ledger, is_esp=False),
            more=_has_more(connection.get("proposals"), appends=False),
            lifetime=_seconds(connection.get("rekey_time")),
            local_identity=_text(ids["local"]),
            remote_identity=_text(ids["remote"]),
            dead_peer=_swanctl_dead_peer(connection),
            secret=_key(keys, ends),
        ),
        esp=Esp(
            proposals=_suites(child.get("esp_proposals"), ledger, is_esp=True),
            more=_has_more(child.get("esp_proposals"), appends=False),
            lifetime=_seconds(child.get("rekey_time", "life_time")),
            replay_window=_number(child.get("replay_window")),
        ),
    )


def _what(bound: Value) -> str:
    return " ".join(word for word in re.split(r"[\s=]+", bound.line.text.strip()) if word)


def _number(value: Value | None) -> Said[int] | None:
    number = None if value is None else number_of(value.text)
    if value is None or number is None:
        return None
    return Said(value=number, place=value.line.place)


def _swanctl_dead_peer(connection: Section) -> Said[DeadPeer] | None:
    delay, timeout = (_seconds(connection.get(name)) for name in ("dpd_delay", "dpd_timeout"))
    if delay is None or not delay.value:
        return None
    retry = None if timeout is None else timeout.value
    return Said(value=DeadPeer(delay=delay.value, retry=retry), place=delay.place)

"""From strongSwan's sections to tunnels, with a state for each line.

A tunnel has no interface by name here: a mark or an ``if_id`` binds it to one that somebody else
makes. libreswan's ``ipsec.conf`` has the same form, and most of the same words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from samepath.device.reading.grammar import number_of
from samepath.device.reading.secret import Secret
from samepath.device.reading.source import Said, Source
from samepath.device.reading.support import (
    UNDERSTOOD,
    Ledger,
    contradictory,
    irrelevant,
    not_modelled,
)
from samepath.device.reading.tunnels import DeadPeer, Esp, Ike, Tunnel
from samepath.device.strongswan import values
from samepath.device.strongswan.sections import (
    Section,
    Value,
    ipsec_conf,
    ipsec_secrets,
    named,
    swanctl_conf,
)
from samepath.device.strongswan.values import TUNNEL
from samepath.model.topology import IkeProposal

_IPSEC_CONF = re.compile(r"^conn\s+\S+\s*$", re.MULTILINE)
_SECRETS = re.compile(r"^[^#\n]*:\s*PSK\s+\S", re.MULTILINE)
_SWANCTL = re.compile(r"^[ \t]*(?:connections|secrets|charon(?:-systemd)?)\s*\{", re.MULTILINE)


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
        values.mark_all(conn, ledger, _CONN, _CONN_NOISE, _CONN_KNOWN)
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
        for name, said in one.values.items():
            found.values.setdefault(name, []).extend(said)
    return found


def _of_conn(
    conn: Section, keys: Iterable[tuple[tuple[str, ...], Value]], ledger: Ledger
) -> Tunnel:
    left, right = conn.get("left"), conn.get("right")
    esp = conn.get("esp", "phase2alg")
    bound = conn.get("vti-interface", "mark", "mark_out", "if_id_out")
    ends = {value.text for value in (right, conn.get("rightid")) if value is not None}
    values.doubt(
        (
            (conn.get("type"), values.MODE, values.TUNNEL_MODE),
            (conn.get("aggressive"), values.AGGRESSIVE, values.OFF),
            (conn.get("leftsubnet"), values.SELECTOR, values.ANY),
            (conn.get("rightsubnet"), values.SELECTOR, values.ANY),
        ),
        ledger,
    )
    auto = conn.get("auto")
    ike = values.suites_of(conn.get("ike"), ledger, is_esp=False)
    suites = values.suites_of(esp, ledger, is_esp=True)
    ungrouped = _takes_group_of_ike(conn) and all(one.value.group is None for one in suites)
    return Tunnel(
        interface=_bound_to(conn, bound),
        place=conn.line.place,
        source=values.end_of(left),
        destination=values.end_of(right),
        protection=Said(value=conn.name, place=conn.line.place),
        interface_id=_number(conn.get("if_id_out")),
        starts=None if auto is None else Said(value=auto.text != "add", place=auto.line.place),
        ike=Ike(
            version=_version(conn.get("keyexchange", "ikev2")),
            proposals=ike,
            more=values.has_more(conn.get("ike"), appends=True),
            lifetime=values.seconds(conn.get("ikelifetime")),
            local_identity=values.text_of(conn.get("leftid")),
            remote_identity=values.text_of(conn.get("rightid")),
            dead_peer=_dead_peer(conn),
            secret=_key(keys, ends),
        ),
        esp=Esp(
            proposals=_with_groups(suites, ike) if ungrouped else suites,
            more=values.has_more(esp, appends=True),
            lifetime=values.seconds(conn.get("lifetime", "keylife", "salifetime")),
            replay_window=values.seconds(conn.get("replay_window", "replay-window")),
        ),
    )


def _takes_group_of_ike(conn: Section) -> bool:
    """Whether PFS has IKE's group by itself: libreswan's ``pfs``, which is on unless it is said.

    strongSwan does not heed that word; libreswan is known by others that it alone has.
    """
    pfs = conn.get("pfs")
    theirs = conn.get("phase2alg", "ikev2", "salifetime", "vti-interface") is not None
    return theirs and (pfs is None or pfs.text.lower() not in values.OFF)


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
    delay, timeout = values.seconds(conn.get("dpddelay")), values.seconds(conn.get("dpdtimeout"))
    action = conn.get("dpdaction")
    if delay is None or not delay.value or (action is not None and action.text == "none"):
        return None
    retry = None if timeout is None else timeout.value
    return Said(value=DeadPeer(delay=delay.value, retry=retry), place=delay.place)


def _key(keys: Iterable[tuple[tuple[str, ...], Value]], ends: set[str]) -> Said[Secret] | None:
    """The key of a peer: one that names it, else one that names nobody."""
    spare: Said[Secret] | None = None
    for who, value in keys:
        said = Said(value=values.secret_of(value.text), place=value.line.place)
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
        values.mark_all(
            connection, ledger, _CONNECTION, _CONNECTION_NOISE, ("pools", "vips", "ppk_id")
        )
        for name, section in connection.within.items():
            if name.startswith(("local", "remote")):
                values.mark_all(
                    section, ledger, ("auth", "id"), ("round",), ("certs", "cacerts", "eap_id")
                )
        children = connection.within.get("children", empty)
        if children is not empty:
            ledger.mark(children.line, UNDERSTOOD)
        for child in children.within.values():
            values.mark_all(
                child, ledger, _CHILD, _CHILD_NOISE, ("ah_proposals", "reqid", "sha256_96")
            )
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
    values.doubt(
        (
            (child.get("mode"), values.MODE, values.TUNNEL_MODE),
            (connection.get("aggressive"), values.AGGRESSIVE, values.OFF),
            (child.get("local_ts"), values.SELECTOR, values.ANY),
            (child.get("remote_ts"), values.SELECTOR, values.ANY),
        ),
        ledger,
    )
    action = child.get("start_action")
    return Tunnel(
        interface=connection.name if bound is None else f"{connection.name} ({_what(bound)})",
        place=connection.line.place,
        source=values.end_of(connection.get("local_addrs")),
        destination=values.end_of(remote),
        protection=Said(value=f"{connection.name}/{child.name}", place=child.line.place),
        interface_id=_number(child.get("if_id_out") or connection.get("if_id_out")),
        starts=Said(
            value=action is not None and action.text != "none",
            place=child.line.place if action is None else action.line.place,
        ),
        ike=Ike(
            version=_number(connection.get("version")),
            proposals=values.suites_of(connection.get("proposals"), ledger, is_esp=False),
            more=values.has_more(connection.get("proposals"), appends=False),
            lifetime=values.seconds(connection.get("rekey_time")),
            local_identity=values.text_of(ids["local"]),
            remote_identity=values.text_of(ids["remote"]),
            dead_peer=_swanctl_dead_peer(connection),
            secret=_key(keys, ends),
        ),
        esp=Esp(
            proposals=values.suites_of(child.get("esp_proposals"), ledger, is_esp=True),
            more=values.has_more(child.get("esp_proposals"), appends=False),
            lifetime=values.seconds(child.get("rekey_time", "life_time")),
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
    delay, timeout = (values.seconds(connection.get(name)) for name in ("dpd_delay", "dpd_timeout"))
    if delay is None or not delay.value:
        return None
    retry = None if timeout is None else timeout.value
    return Said(value=DeadPeer(delay=delay.value, retry=retry), place=delay.place)

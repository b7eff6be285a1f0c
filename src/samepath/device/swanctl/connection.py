"""A tunnel as a strongSwan connection.

Who starts: the customer's end, and it tries for ever (``keyingtries = 0``, and again after a dead
peer or a deletion). The gateway's end waits, as AWS does with ``StartupAction=add``; with ``start``
it starts too. The first start is not charon's: the agent gives it when both ends may have loaded
their connections, and again whenever an SA is missing, since charon does not try again after it
was refused. A charon that configures itself has no agent, and starts by itself. AWS's dead-peer
actions map to strongSwan's: ``clear`` forgets the SA, ``restart`` tries again, ``none`` keeps it
(no probes are sent then).

``unique = replace``: a peer that comes again, after a crash that we did not see, replaces its old
IKE_SA instead of piling up a second one.
"""

from __future__ import annotations

from datetime import timedelta
from ipaddress import IPv4Address

from samepath.model.topology import Crypto, Dpd, DpdAction, IkeProposal, StartupAction, Tunnel

Section = dict[str, "str | list[str] | Section"]

DH_GROUPS = {
    2: "modp1024",
    5: "modp1536",
    14: "modp2048",
    15: "modp3072",
    16: "modp4096",
    17: "modp6144",
    18: "modp8192",
    19: "ecp256",
    20: "ecp384",
    21: "ecp521",
    22: "modp1024s160",
    23: "modp2048s224",
    24: "modp2048s256",
    31: "curve25519",
}
"""IANA's Diffie-Hellman group numbers in strongSwan's words."""


def ike_suite(proposal: IkeProposal) -> str:
    """A suite of IKE in strongSwan's words; an AEAD cipher's hash is its PRF."""
    aead = "gcm" in proposal.encryption
    integrity = proposal.integrity or "sha256"
    middle = f"prf{integrity}" if aead else integrity
    return "-".join([proposal.encryption, middle, DH_GROUPS[proposal.group or 20]])


def esp_suite(proposal: IkeProposal) -> str:
    """A suite of ESP in strongSwan's words; its group is that of PFS."""
    parts = [proposal.encryption]
    if "gcm" not in proposal.encryption:
        parts.append(proposal.integrity or "sha256")
    if proposal.group is not None:
        parts.append(DH_GROUPS[proposal.group])
    return "-".join(parts)


def _seconds(value: timedelta) -> str:
    return f"{int(value.total_seconds())}s"


def starts_ike(tunnel: Tunnel, *, gateway: bool) -> bool:
    """Whether this end starts IKE."""
    return not gateway or tunnel.startup is StartupAction.START


def connection_section(
    tunnel: Tunnel,
    *,
    gateway: bool,
    name: str,
    local_address: IPv4Address,
    local_identity: IPv4Address,
    remote_address: IPv4Address,
    by_itself: bool = False,
) -> Section:
    """The ``connections.<name>`` section of one end, its only child named ``name`` too.

    ``local_address`` is the address on the daemon's own interface, ``local_identity`` the outside
    address by which the peer knows this end (behind a translation they differ). ``by_itself``:
    charon starts it as soon as it has loaded it.
    """
    crypto = tunnel.crypto if gateway else tunnel.customer_crypto or tunnel.crypto
    starts = starts_ike(tunnel, gateway=gateway)
    return {
        "version": "2",
        "local_addrs": [str(local_address)],
        "remote_addrs": [str(remote_address)],
        "proposals": [ike_suite(proposal) for proposal in crypto.ike],
        "unique": "replace",
        "keyingtries": "0" if starts else "1",
        "mobike": "no",
        **_rekeying(crypto.ike_lifetime, crypto, "rekey_time", "over_time", "rand_time"),
        **(
            {} if tunnel.dpd.action is DpdAction.NONE else {"dpd_delay": _seconds(tunnel.dpd.delay)}
        ),
        "local": {"auth": "psk", "id": str(local_identity)},
        "remote": {"auth": "psk", "id": str(remote_address)},
        "children": {name: _child(crypto, tunnel.dpd, starts=starts, by_itself=by_itself)},
    }


def _child(crypto: Crypto, dpd: Dpd, *, starts: bool, by_itself: bool) -> Section:
    return {
        "local_ts": ["0.0.0.0/0"],
        "remote_ts": ["0.0.0.0/0"],
        "esp_proposals": [esp_suite(proposal) for proposal in crypto.esp],
        "mode": "tunnel",
        "policies": "yes",
        "replay_window": str(crypto.replay_window),
        **_rekeying(crypto.esp_lifetime, crypto, "rekey_time", "life_time", "rand_time"),
        "start_action": "start" if by_itself else "none",
        "close_action": "start" if starts else "none",
        "dpd_action": "restart" if starts or dpd.action is DpdAction.RESTART else "clear",
    }


def _rekeying(lifetime: timedelta, crypto: Crypto, rekey: str, hard: str, fuzz: str) -> Section:
    """When to rekey: AWS's margin and fuzz.

    A rekey starts between ``margin`` and ``margin * (1 + fuzz)`` before the lifetime's end.
    strongSwan subtracts a random part of ``rand_time`` from ``rekey_time``. An IKE_SA's hard limit
    is ``rekey_time + over_time``, a CHILD_SA's is ``life_time``.
    """
    spread = crypto.rekey_margin * crypto.rekey_fuzz_percent / 100
    latest = lifetime - crypto.rekey_margin
    limit = crypto.rekey_margin if hard == "over_time" else lifetime
    return {rekey: _seconds(latest), fuzz: _seconds(spread), hard: _seconds(limit)}


def to_text(section: Section, depth: int = 0) -> str:
    """A section as ``swanctl.conf`` has it."""
    pad = "  " * depth
    lines = []
    for key, value in section.items():
        match value:
            case str():
                lines.append(f"{pad}{key} = {value}")
            case list():
                lines.append(f"{pad}{key} = {', '.join(value)}")
            case dict():
                lines.append(f"{pad}{key} {{\n{to_text(value, depth + 1)}\n{pad}}}")
    return "\n".join(lines)

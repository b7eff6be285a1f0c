"""A tunnel's options in samepath's words: algorithms, lifetimes, dead peer detection, who begins.

What a description leaves out is AWS's default ("Tunnel options" of the Site-to-Site VPN User Guide),
not samepath's: AWS's end is what it is. The customer gateway configuration does not help with
algorithms: it names the lowest of AWS's list, whatever else is in that.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from itertools import product

from samepath.aws.inventory import Algorithms, TunnelOptions
from samepath.aws.tunnels import KnownTunnel
from samepath.model import limits
from samepath.model.topology import Crypto, Dpd, DpdAction, IkeProposal, StartupAction

ENCRYPTION = ("AES128", "AES256", "AES128-GCM-16", "AES256-GCM-16")
INTEGRITY = ("SHA1", "SHA2-256", "SHA2-384", "SHA2-512")
LEAST_DPD_TIMEOUT = timedelta(seconds=30)
"""AWS's own limit."""


def tells_algorithms(tunnel: KnownTunnel) -> bool:
    """Whether somebody told which algorithms AWS admits in both phases."""
    options = tunnel.options or TunnelOptions()
    return all(
        bool(phase.encryption and phase.integrity and phase.groups)
        for phase in (options.phase1, options.phase2)
    )


def unknown_algorithms(tunnel: KnownTunnel) -> tuple[str, ...]:
    """The algorithms of a tunnel's options that samepath has no word for."""
    options = tunnel.options or TunnelOptions()
    return tuple(
        dict.fromkeys(
            word
            for phase in (options.phase1, options.phase2)
            for words, known in (
                (phase.encryption, limits.ENCRYPTION),
                (phase.integrity, limits.INTEGRITY),
            )
            for word in words
            if word not in known
        )
    )


def crypto_of(tunnel: KnownTunnel) -> Crypto:
    """What AWS's end admits in both phases, the lowest first: it takes the first that fits."""
    options = tunnel.options or TunnelOptions()
    usual = Crypto()
    configured = tunnel.configured
    return Crypto(
        ike=_ike(options.phase1),
        esp=_esp(options.phase2),
        ike_lifetime=options.phase1.lifetime
        or (configured and configured.ike.lifetime)
        or usual.ike_lifetime,
        esp_lifetime=options.phase2.lifetime
        or (configured and configured.ipsec.lifetime)
        or usual.esp_lifetime,
        rekey_margin=options.rekey_margin or usual.rekey_margin,
        rekey_fuzz_percent=usual.rekey_fuzz_percent
        if options.rekey_fuzz_percent is None
        else options.rekey_fuzz_percent,
        replay_window=options.replay_window or usual.replay_window,
    )


def _ike(admitted: Algorithms) -> tuple[IkeProposal, ...]:
    return tuple(
        dict.fromkeys(
            IkeProposal(encryption=encryption, integrity=integrity, group=group)
            for encryption, integrity, group in product(
                _known(admitted.encryption or ENCRYPTION, limits.ENCRYPTION),
                _known(admitted.integrity or INTEGRITY, limits.INTEGRITY),
                sorted(admitted.groups or limits.IKE_GROUPS),
            )
        )
    )


def _esp(admitted: Algorithms) -> tuple[IkeProposal, ...]:
    return tuple(
        dict.fromkeys(
            IkeProposal(
                encryption=encryption,
                integrity=None if limits.is_aead(encryption) else integrity,
                group=group,
            )
            for encryption, integrity, group in product(
                _known(admitted.encryption or ENCRYPTION, limits.ENCRYPTION),
                _known(admitted.integrity or INTEGRITY, limits.INTEGRITY),
                sorted(admitted.groups or limits.ESP_GROUPS),
            )
        )
    )


def _known(words: Iterable[str], spelling: dict[str, str]) -> list[str]:
    return [spelling[word] for word in words if word in spelling]


def dpd_of(tunnel: KnownTunnel) -> Dpd:
    """AWS's dead peer detection: ``DpdTimeoutSeconds`` is the silence after which a peer is dead.

    The XML's ``interval`` times ``retries`` is no help: it is 30 s whatever that option says.
    """
    usual = Dpd()
    options = tunnel.options or TunnelOptions()
    timeout = options.dpd_timeout or usual.timeout
    action = {one.value: one for one in DpdAction}.get(options.dpd_action or "", usual.action)
    return Dpd(delay=usual.delay, timeout=max(timeout, LEAST_DPD_TIMEOUT), action=action)


def startup_of(tunnel: KnownTunnel) -> StartupAction:
    """Whether AWS begins."""
    told = tunnel.options.startup if tunnel.options is not None else None
    return StartupAction.START if told == StartupAction.START.value else StartupAction.ADD

"""Whether a tunnel comes up, and whether it survives its first rekey: both ends' IPsec compared.

AWS's end admits lists (its tunnel options); the device's has what its file says. What the file does
not hold is not guessed. Sources: RFC 7296, 1.2 and 2.8 (the first ESP of IKEv2 has no key exchange
of its own, later ones do), RFC 2409, 5.5 (IKEv1 has its PFS group in the first quick mode already),
and AWS's requirements for a customer gateway device (main mode, tunnel mode, ESP).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import Enum
from ipaddress import IPv4Address

from samepath.aws.understood import UnderstoodTunnel
from samepath.device.reading.secret import Secret
from samepath.device.reading.source import Place, Said
from samepath.device.reading.tunnels import Ike
from samepath.device.reading.tunnels import Tunnel as DeviceTunnel
from samepath.device.writing.customer import placeholder
from samepath.model import limits
from samepath.model.suites import share_a_suite, spell_suites
from samepath.model.topology import IkeProposal, StartupAction, Tunnel

_MOST_SUITES = 3
_MORE = "the platform's own besides those of the file"
_VERSIONS = (1, 2)
_WITHHELD = tuple(
    Secret(text)
    for text in (
        *("redacted", "REDACTED", "removed", "<removed>", "<secret>", "hidden", "*", "*****"),
        *map(placeholder, range(1, limits.TUNNELS + 1)),
    )
)
"""What people write where a key stood, and we where one goes; two of these are no common key."""


class Answer(Enum):
    """Whether it is so."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True, slots=True)
class Reason:
    """Why an answer is what it is; ``advice`` is what mends a no."""

    answer: Answer
    what: str
    place: Place | None = None
    advice: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Handshake:
    """The answers for one tunnel, each with what speaks against it or leaves it open."""

    comes_up: Answer
    survives: Answer
    """Its first rekey."""
    reasons: tuple[Reason, ...] = ()
    """Those of the first answer."""
    rekeying: tuple[Reason, ...] = ()
    """Those of the second answer alone."""
    notes: tuple[str, ...] = ()
    """What differs and hinders nothing."""


def handshake(
    tunnel: Tunnel, told: UnderstoodTunnel, own: DeviceTunnel | None, *, unread: bool = False
) -> Handshake:
    """What becomes of a tunnel whose two ends are these.

    ``unread`` says that a line of the device that was not understood could change it.
    """
    if own is None:
        return _open("its IPsec is not in this file")
    reasons = tuple(_against(tunnel, told, own))
    rekeying = tuple(_against_rekey(tunnel, own))
    if unread:
        doubt = Reason(answer=Answer.UNKNOWN, what="a line of its IPsec was not understood")
        reasons = (*(_doubted(one) for one in reasons), doubt)
        rekeying = tuple(_doubted(one) for one in rekeying)
    comes_up = _worst(reasons)
    return Handshake(
        comes_up=comes_up,
        survives=Answer.NO if comes_up is Answer.NO else _worst((*reasons, *rekeying)),
        reasons=reasons,
        rekeying=rekeying,
        notes=tuple(_notes(tunnel, own)),
    )


def _open(why: str) -> Handshake:
    reason = Reason(answer=Answer.UNKNOWN, what=why)
    return Handshake(comes_up=Answer.UNKNOWN, survives=Answer.UNKNOWN, reasons=(reason,))


def _doubted(reason: Reason) -> Reason:
    return replace(reason, answer=Answer.UNKNOWN)


def _worst(reasons: Iterable[Reason]) -> Answer:
    answers = {reason.answer for reason in reasons}
    return next((one for one in (Answer.NO, Answer.UNKNOWN) if one in answers), Answer.YES)


def _no(what: str, place: Place | None, advice: str) -> Reason:
    return Reason(answer=Answer.NO, what=what, place=place, advice=advice)


def _unknown(what: str, place: Place | None = None) -> Reason:
    return Reason(answer=Answer.UNKNOWN, what=what, place=place)


# ------------------------------------------------------------------------------- coming up


def _against(tunnel: Tunnel, told: UnderstoodTunnel, own: DeviceTunnel) -> Iterator[Reason]:
    yield from _addresses(tunnel, told, own)
    yield from _start(tunnel, told, own)
    if own.shutdown is not None and own.shutdown.value:
        yield _no(f"{own.interface} is shut down", own.shutdown.place, "take it up")
    if own.protection is None:
        yield _no(
            f"{own.interface} has no IPsec, and AWS takes nothing else",
            own.place,
            "protect the tunnel",
        )
        return
    if own.ike is None:
        yield _unknown("its IKE is not in this file", own.protection.place)
    else:
        yield from _ike(tunnel, told, own.ike)
    if own.esp is None:
        yield _unknown("its ESP is not in this file", own.protection.place)
        return
    proposals = own.esp.proposals
    if not proposals:
        yield _unknown("its ESP proposals are the platform's own", own.protection.place)
        return
    if not _meet(tunnel.crypto.esp, _values(proposals), groups=False):
        if own.esp.more:
            yield _unknown(f"its ESP proposals are {_MORE}", proposals[0].place)
            return
        yield _no(
            f"no common ESP proposal: AWS admits {_spelt(tunnel.crypto.esp)}, the device "
            f"{_spelt(_values(proposals))}",
            proposals[0].place,
            f"take one of AWS's, such as {_spelt(tunnel.crypto.esp[-1:])}",
        )
    elif _has_group_at_once(own):
        yield from _groups(tunnel, own)


def _addresses(tunnel: Tunnel, told: UnderstoodTunnel, own: DeviceTunnel) -> Iterator[Reason]:
    destination = own.destination
    if not told.outside_told:
        yield _unknown("AWS's outside address is not told")
    elif destination is None or isinstance(destination.value, str):
        what = "does not say" if destination is None else f"is {destination.value}"
        yield _unknown(f"where {own.interface} leads {what}", own.place)
    elif destination.value != tunnel.outside:
        yield _no(
            f"{own.interface} leads to {destination.value}, and AWS's end is {tunnel.outside}",
            destination.place,
            f"let it lead to {tunnel.outside}",
        )
    inside = own.inside
    if inside is not None and inside.value.ip != tunnel.customer_inside.ip:
        yield _no(
            f"its inside address is {inside.value.ip}, and AWS has given it "
            f"{tunnel.customer_inside.ip}",
            inside.place,
            f"give {own.interface} {tunnel.customer_inside}",
        )


def _start(tunnel: Tunnel, told: UnderstoodTunnel, own: DeviceTunnel) -> Iterator[Reason]:
    """One of the two ends has to begin."""
    starts = own.starts
    if starts is None or starts.value or tunnel.startup is StartupAction.START:
        return
    if not told.startup_told:
        yield _unknown("the device waits for AWS, which is not told to start", starts.place)
        return
    yield _no(
        "nobody starts it: the device waits for AWS, and AWS for the device",
        starts.place,
        "let the device start it, or give the tunnel the startup action start",
    )


def _ike(tunnel: Tunnel, told: UnderstoodTunnel, ike: Ike) -> Iterator[Reason]:
    version = ike.version
    if version is None or version.value not in _VERSIONS:
        if len(told.ike_versions) == 1:
            what = (
                f"it does not say its version of IKE, and AWS speaks {told.ike_versions[0]} alone"
            )
            yield _unknown(what, None if version is None else version.place)
    elif told.ike_versions and _named(version) not in told.ike_versions:
        yield _no(
            f"the device speaks {_named(version)}, and AWS {' or '.join(told.ike_versions)} alone",
            version.place,
            f"let it speak {told.ike_versions[-1]}, or admit {_named(version)} in the tunnel's "
            "options",
        )
    if not ike.proposals:
        yield _unknown("its IKE proposals are the platform's own")
    elif _meet(tunnel.crypto.ike, _values(ike.proposals), groups=True):
        pass
    elif ike.more:
        yield _unknown(f"its IKE proposals are {_MORE}", ike.proposals[0].place)
    else:
        yield _no(
            f"no common IKE proposal: AWS admits {_spelt(tunnel.crypto.ike)}, the device "
            f"{_spelt(_values(ike.proposals))}",
            ike.proposals[0].place,
            f"take one of AWS's, such as {_spelt(tunnel.crypto.ike[-1:])}",
        )
    if told.outside_told:
        yield from _identity(tunnel, ike)
    yield from _key(told, ike)


def _named(version: Said[int]) -> str:
    return f"ikev{version.value}"


def _identity(tunnel: Tunnel, ike: Ike) -> Iterator[Reason]:
    """AWS's end names itself by its outside address."""
    expected = ike.remote_identity
    if expected is None or expected.value in {"%any", "0.0.0.0"}:  # noqa: S104 - no socket
        return
    try:
        address = IPv4Address(expected.value)
    except ValueError:
        yield _unknown(f"it expects {expected.value} of AWS, which is {tunnel.outside}")
        return
    if address != tunnel.outside:
        yield _no(
            f"it expects the identity {address}, and AWS's end is {tunnel.outside}",
            expected.place,
            f"let it expect {tunnel.outside}",
        )


def _key(told: UnderstoodTunnel, ike: Ike) -> Iterator[Reason]:
    own = ike.secret
    if own is None:
        yield _unknown("no pre-shared key of it is in this file")
        return
    theirs = None if told.key is None else Secret(told.key.reveal())
    withheld = own.value in _WITHHELD or theirs is None or theirs in _WITHHELD
    if withheld:
        yield _unknown("whether the pre-shared keys agree is not to be seen", own.place)
    elif own.value != theirs:
        yield _no(
            "the two pre-shared keys are not the same",
            own.place,
            "take the key of the tunnel's options",
        )


# -------------------------------------------------------------------------------- rekeying


def _against_rekey(tunnel: Tunnel, own: DeviceTunnel) -> Iterator[Reason]:
    if not _has_group_at_once(own):
        yield from _groups(tunnel, own)


def _has_group_at_once(own: DeviceTunnel) -> bool:
    version = None if own.ike is None else own.ike.version
    return version is not None and version.value == 1


def _groups(tunnel: Tunnel, own: DeviceTunnel) -> Iterator[Reason]:
    """The two ends have an ESP suite in common, but for its PFS group."""
    if own.ike is None or own.esp is None or not own.esp.proposals:
        return
    suites = _values(own.esp.proposals)
    if _meet(tunnel.crypto.esp, suites, groups=True) or not _meet(
        tunnel.crypto.esp, suites, groups=False
    ):
        return
    if own.esp.more:
        yield _unknown(f"its PFS groups are {_MORE}", own.esp.proposals[0].place)
        return
    groups = ", ".join(_group_words(suites)) or "none"
    theirs = [*_group_words(tunnel.crypto.esp)]
    first = " (with IKEv1 it does not even come up)" if own.ike.version is None else ""
    yield _no(
        f"no common PFS group: AWS admits {', '.join(theirs)}, the device {groups}{first}",
        own.esp.proposals[0].place,
        f"take a group of AWS's, such as {theirs[-1]}",
    )


def _group_words(suites: Iterable[IkeProposal]) -> Iterable[str]:
    return dict.fromkeys(str(one.group) for one in suites if one.group is not None)


def _notes(tunnel: Tunnel, own: DeviceTunnel) -> Iterator[str]:
    for what, said, theirs in (
        ("IKE", own.ike and own.ike.lifetime, tunnel.crypto.ike_lifetime),
        ("ESP", own.esp and own.esp.lifetime, tunnel.crypto.esp_lifetime),
    ):
        seconds = int(theirs.total_seconds())
        if said and said.value != seconds:
            who = "the device" if said.value < seconds else "AWS"
            yield (
                f"the {what} lifetimes are {said.value} s and, at AWS, {seconds} s: {who} rekeys "
                "first"
            )


# ---------------------------------------------------------------------------------- suites


def _values(said: Iterable[Said[IkeProposal]]) -> tuple[IkeProposal, ...]:
    return tuple(one.value for one in said)


def _meet(aws: Iterable[IkeProposal], device: Iterable[IkeProposal], *, groups: bool) -> bool:
    """Whether the two ends share a suite, with its group or without."""
    return share_a_suite(
        (_plain(one, groups=groups) for one in aws),
        (_plain(one, groups=groups) for one in device),
    )


def _plain(suite: IkeProposal, *, groups: bool) -> IkeProposal:
    """A suite as far as it decides: an AEAD's hash is its PRF, and files may leave that out."""
    return IkeProposal(
        encryption=suite.encryption,
        integrity=None if limits.is_aead(suite.encryption) else suite.integrity,
        group=suite.group if groups else None,
    )


def _spelt(suites: Iterable[IkeProposal]) -> str:
    suites = tuple(suites)
    more = len(suites) - _MOST_SUITES
    return spell_suites(suites[:_MOST_SUITES]) + (f" and {more} more" if more > 0 else "")

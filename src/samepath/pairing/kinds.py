"""Kinds of findings on two ends that do not go together."""

from __future__ import annotations

from samepath.routing.findings import Severity
from samepath.routing.findings.finding import Kind

ASN_DIFFERS = Kind(
    code="asn-differs",
    severity=Severity.ERROR,
    means="the two ends of a session are configured with different AS numbers",
    because="Each end says its AS number when it opens the session, and the other one ends it where "
    "it expects another (RFC 4271, 6.2: Bad Peer AS). The tunnel is up and carries nothing. AWS's "
    "number of the device is that of the customer gateway, and cannot be changed there.",
    advice="Configure the number of the other end. If AWS has a wrong one for the device, say it to "
    "AWS alone (`local-as`), or make a new customer gateway.",
)
SESSION_CLOSED = Kind(
    code="session-closed",
    severity=Severity.WARNING,
    means="the device has the neighbour of a tunnel, and no session with it",
    because="The neighbour is shut down, has no IPv4 unicast family, stands at an address that "
    "is not AWS's, or has a password: a connection of AWS's has none for BGP (no tunnel option "
    "holds one), and packets of which one end alone signs are dropped (RFC 2385). The other tunnel carries everything, and nobody takes over: where packets are "
    "lost for it, it is an error.",
    advice="Let both tunnels have a session.",
)
NO_NEIGHBOUR = Kind(
    code="tunnel-without-neighbour",
    severity=Severity.WARNING,
    means="AWS has a tunnel for which the device has no neighbour, or no route where routes are "
    "static",
    because="A connection has two tunnels so that one takes over when AWS replaces the other's "
    "endpoint. A device that uses one of them is cut off then, and where packets are "
    "lost for it, it is an error.",
    advice="Configure the other tunnel, too. If another device has it, name that one as well.",
)
UNDEFINED_POLICY = Kind(
    code="undefined-policy",
    severity=Severity.ERROR,
    means="the device applies a policy to a tunnel's session that its configuration does not hold, "
    "and refuses every route",
    because="A name with a slip of the pen is no error to the device. FRR takes a route map that is "
    "not there for one that denies everything: the session is up, and nothing is exchanged in that "
    "direction.",
    advice="Correct the name, or write the policy.",
)
OTHER_NEIGHBOUR = Kind(
    code="neighbour-elsewhere",
    severity=Severity.NOTE,
    means="neighbours of the device are no tunnels of this VPN",
    because="Their routes are not in the prediction. They may win over AWS's for a destination, and "
    "may be announced to AWS.",
    advice="If one of them is a tunnel to AWS, describe its connection, too.",
)
TUNNEL_FAILS = Kind(
    code="tunnel-fails",
    severity=Severity.ERROR,
    means="a tunnel does not come up: its two ends agree on no proposal, key or address",
    because="IKE tells the reason neither to the device nor to AWS in words that help: "
    "NO_PROPOSAL_CHOSEN and AUTHENTICATION_FAILED are all that is said (RFC 7296, 3.10.1).",
    advice="Give both ends one in common; AWS's are the tunnel's options.",
)
REKEY_FAILS = Kind(
    code="rekey-fails",
    severity=Severity.ERROR,
    means="a tunnel comes up, and does not survive its first rekey: the two ends have no common "
    "PFS group",
    because="With IKEv2 the keys of the first ESP come from IKE itself, without an exchange of their "
    "own (RFC 7296, 1.2); the next ones do. The tunnel works until then, up to an hour, and "
    "breaks again and again.",
    advice="Give both ends one PFS group in common.",
)
DOWN_NOW = Kind(
    code="tunnel-down-now",
    severity=Severity.WARNING,
    means="AWS's telemetry has a tunnel down, or up without a route by BGP",
    because="The prediction begins with all up, as the configurations mean it. This tunnel is not: "
    "what is said of the failure of the other one is what happens next. AWS told it when it was "
    "asked, which may be long ago where its answer was saved.",
    advice="Find out why, and take it up before anything else fails or is changed. Where the answer "
    "is old, ask AWS again.",
)
NOT_UNDERSTOOD = Kind(
    code="not-understood",
    severity=Severity.WARNING,
    means="something in a device's configuration was not understood, and could change the verdict",
    because="It is taken as if it were not there. What is predicted holds if it changes nothing of "
    "that.",
    advice="Look at the line, or let `--observed` show what the device does.",
)
BFD_ALONE = Kind(
    code="bfd-alone",
    severity=Severity.NOTE,
    means="the device has BFD on a session with AWS, which has none on a VPN",
    because="A BFD session has two ends. Where AWS's does not answer, BFD never comes up, and the "
    "hold time decides how soon a failure is noticed.",
    advice="Count on the hold time.",
)

KINDS = (
    ASN_DIFFERS,
    TUNNEL_FAILS,
    REKEY_FAILS,
    UNDEFINED_POLICY,
    SESSION_CLOSED,
    NO_NEIGHBOUR,
    DOWN_NOW,
    NOT_UNDERSTOOD,
    OTHER_NEIGHBOUR,
    BFD_ALONE,
)

"""What a connection's mode makes of its active tunnel, in the words of routing policy.

``follow`` mirrors: the gateway announces a lower MED on its active tunnel, and the customer gateway
announces its site with the lower MED on the tunnel that it chooses itself, so each end's choice is
the other's. That depends on what it hears, and is no policy. ``pinned`` fixes the customer's side:
local preference on import, AS_PATH prepending on export.
"""

from __future__ import annotations

from dataclasses import replace

from samepath.model.policy import Changes, Disposition, Policy, Term
from samepath.model.topology import Connection, Mode, Policies

ACTIVE_MED = 100
STANDBY_MED = 200
"""What a virtual private gateway has been seen to announce on its two tunnels; no AWS page
promises the numbers."""
PINNED_LOCAL_PREFERENCE = 200
PINNED_PREPENDS = 3


def pinning(connection: Connection, *, preferred: bool) -> tuple[int | None, int]:
    """What a pinned customer gateway sets on a tunnel: the local preference, and the prepends.

    ``preferred`` says whether it is the tunnel that is to carry traffic. ``follow`` sets neither.
    """
    if connection.mode is not Mode.PINNED:
        return None, 0
    return (PINNED_LOCAL_PREFERENCE, 0) if preferred else (None, PINNED_PREPENDS)


def customer_policies(connection: Connection, number: int, active: int) -> Policies:
    """The policies of a customer gateway's end of a tunnel: the mode's first, then its own.

    ``active`` is the number of the tunnel that is to carry traffic when both can.
    """
    preference, prepend = pinning(connection, preferred=number == active)
    imports, exports = Changes(local_preference=preference), Changes(prepend=prepend)
    own = connection.tunnels[number - 1].customer_policy
    return replace(own, imports=_first(imports, own.imports), exports=_first(exports, own.exports))


def _first(changes: Changes, policy: Policy) -> Policy:
    if changes == Changes():
        return policy
    return Policy(terms=(Term(changes=changes, disposition=Disposition.NEXT), *policy.terms))

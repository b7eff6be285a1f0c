"""What a connection's mode makes of its active tunnel, in the words of routing policy.

``follow`` mirrors: the gateway announces a lower MED on its active tunnel, and the customer gateway
announces its site with the lower MED on the tunnel that it chooses itself, so each end's choice is
the other's. That depends on what it hears, and is no policy. ``pinned`` fixes the customer's side:
local preference on import, AS_PATH prepending on export.
"""

from __future__ import annotations

from samepath.model.policy import Changes, Disposition, Policy, Term
from samepath.model.topology import Connection, Mode, Policies

ACTIVE_MED = 100
STANDBY_MED = 200
"""What a virtual private gateway has been seen to announce on its two tunnels; no AWS page
promises the numbers."""
PINNED_LOCAL_PREFERENCE = 200
PINNED_PREPENDS = 3


def customer_policies(connection: Connection, number: int, active: int) -> Policies:
    """The policies of a customer gateway's end of a tunnel: the mode's first, then its own.

    ``active`` is the number of the tunnel that is to carry traffic when both can.
    """
    imports = exports = Changes()
    if connection.mode is Mode.PINNED:
        if number == active:
            imports = Changes(local_preference=PINNED_LOCAL_PREFERENCE)
        else:
            exports = Changes(prepend=PINNED_PREPENDS)
    own = connection.tunnels[number - 1].customer_policy
    return Policies(imports=_first(imports, own.imports), exports=_first(exports, own.exports))


def _first(changes: Changes, policy: Policy) -> Policy:
    if changes == Changes():
        return policy
    return Policy(terms=(Term(changes=changes, disposition=Disposition.NEXT), *policy.terms))

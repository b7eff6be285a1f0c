"""A customer gateway's own ``swanctl.conf``, as whoever runs the device would write it.

What AWS's sample of a strongSwan customer gateway (``aws-samples/vpn-gateway-strongswan``) says in
``ipsec.conf``, in the words of ``swanctl.conf``: ``auto=start`` is ``start_action = start``, and
``dpdaction=restart`` and ``closeaction=restart`` are ``dpd_action`` and ``close_action``. With
``keyingtries = 0`` a start that gets no answer is tried for ever, which the sample leaves out; one
that is *refused* is not tried again (``docs/lab-notes/0013-swanctl-customer.md``).

The keys stand in a file of their own, which this one includes.
"""

from __future__ import annotations

from collections.abc import Iterable

from samepath.device.swanctl.connection import Section, to_text

_HEAD = "# A customer gateway's own: its strongSwan loads this once, when it starts."


def swanctl_conf(name: str, section: Section, secrets: str) -> str:
    """The file with the one connection ``name``; the file ``secrets`` has its key."""
    return f"{_HEAD}\n{to_text({'connections': {name: section}})}\ninclude {secrets}\n"


def secrets_conf(name: str, identities: Iterable[str], secret: str) -> str:
    """The file with the pre-shared key ``secret`` of the connection ``name``: it *is* a secret.

    AWS's rule for a key (letters, digits, ``.`` and ``_``) leaves nothing to be escaped.
    """
    owners = {f"id-{number}": who for number, who in enumerate(identities, start=1)}
    return to_text({"secrets": {f"ike-{name}": {**owners, "secret": f'"{secret}"'}}}) + "\n"

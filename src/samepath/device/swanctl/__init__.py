"""strongSwan: a connection as the tree that ``swanctl.conf`` and VICI share, and charon's files.

Secrets are never part of a connection.
"""

from samepath.device.swanctl.connection import Section, connection_section, starts_ike, to_text
from samepath.device.swanctl.daemon import CHARON_TUN, strongswan_conf
from samepath.device.swanctl.file import secrets_conf, swanctl_conf

__all__ = [
    "CHARON_TUN",
    "Section",
    "connection_section",
    "secrets_conf",
    "starts_ike",
    "strongswan_conf",
    "swanctl_conf",
    "to_text",
]

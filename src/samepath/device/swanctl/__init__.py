"""strongSwan: a connection as the tree that ``swanctl.conf`` and VICI share, and charon's own file.

Secrets are never part of a rendered tree.
"""

from samepath.device.swanctl.connection import Section, connection_section, starts_ike, to_text
from samepath.device.swanctl.daemon import strongswan_conf

__all__ = ["Section", "connection_section", "starts_ike", "strongswan_conf", "to_text"]

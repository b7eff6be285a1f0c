"""systemd-networkd: the XFRM interfaces of a machine whose tunnels are strongSwan's.

It must not hold: routes, which are the routing daemon's affair.
"""

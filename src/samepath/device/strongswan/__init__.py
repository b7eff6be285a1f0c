"""strongSwan: reading ``ipsec.conf`` with ``ipsec.secrets``, and ``swanctl.conf``.

strongSwan is no routing platform: its files stand beside those of the daemon that routes, and give
the tunnels of the same device. What is written for it is in :mod:`samepath.device.swanctl`.
Text only.
"""

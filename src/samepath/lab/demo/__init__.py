"""The demonstration: what two tunnels do for a session, and what an asymmetric path does to it.

:mod:`scene` is what is told and measured of each step. :mod:`failover` cuts a tunnel and mends it;
:mod:`asymmetry` shows both directions on tunnels of their own before a firewall, and the same after
the repair. What is reported is counted from packets.
"""

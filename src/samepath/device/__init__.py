"""Configurations of devices and daemons, one folder a platform.

Text becomes a vendor's model and then our policy, and our policy becomes text. BIRD, FRR and
strongSwan are three of the platforms; whoever runs them gets their text from here.

This package must not hold: files, sockets or daemons.
"""

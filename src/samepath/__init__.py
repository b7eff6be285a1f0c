"""samepath: a highly available site-to-site VPN that keeps both directions of a flow on one tunnel.

One model of a VPN, and what is done with it: see ``docs/design/layers.md`` for the packages and for
which of them may import which.

This package itself must not hold: code. Importing it loads nothing.
"""

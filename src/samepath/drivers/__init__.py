"""The Linux end: links, namespaces and routes, nftables, charon, BIRD, FRR, processes, files.

A driver takes rendered text and values, does what it is told, and returns observations. Its errors
are few, and each says whose fault it is.

This package must not hold: any decision. It knows no topology, no plan and no daemon's
configuration language; what to change is decided in ``control``, and what a file says in
``device``.
"""

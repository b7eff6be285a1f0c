"""From intent to change, without touching anything.

``control`` compiles a :class:`~samepath.model.topology.Topology` into the set of Linux objects that
carry it, and turns the difference between that set and what was observed into an ordered plan. It
is the only authority that decides what to change: ``lab``, ``connect`` and ``serve`` all come here.

It must not hold: I/O, clocks, randomness, or knowledge of how a step is carried out.
"""

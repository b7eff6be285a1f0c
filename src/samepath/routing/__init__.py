"""The brain: which tunnel each direction takes in every failure state, and why.

A :class:`~samepath.routing.network.Network` is a VPN as its routers see it: speakers, sessions,
policies, originations. From it come the routes of every router, at a fixed point; the rule that
decided at each hop; and, where the answer depends on something that no input holds, every outcome
with the assumption behind it.

It must not hold: input or output of any kind, clocks, randomness, or text of any device. A fact
about a platform stands here once, as data, with how sure it is.
"""

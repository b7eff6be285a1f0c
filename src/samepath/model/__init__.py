"""What a site-to-site VPN *is*: values, intent and policy.

This package holds the :class:`~samepath.model.topology.Topology` (what somebody wants, whatever
source it was read from), the routing-policy language, the grammar that names every element, and
the reader of the topology file.

It must not hold: input or output of any kind, clocks, randomness, Linux names, or anything that
knows how a wish is carried out. It imports nothing else of samepath.
"""

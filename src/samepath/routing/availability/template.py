"""A file of figures to edit: assumptions that have no source, and say so.

They serve to compare designs. None is made from what AWS or anybody promises.
"""

from __future__ import annotations

TEMPLATE = """\
# Figures for samepath availability. Every figure here is ASSUMED: none has a source, none is a
# measurement, and your components are not these. Put yours in their place, and take "assumed" away
# where you have. A kind that you delete counts as if it never failed, and the answer says so.
#
# mtbf: how long it works between two failures; mttr: how long it is down, until traffic runs again;
#   or availability: 99.9% instead of mtbf (then mttr is needed only to count switches).
# beta: which share of the failures hits all that stand in for each other (0: none, 1: all).
# units: so many stand in for each other inside one, as in a cluster; takeover: how long that takes.
# maintenance: planned work on one unit.
# Times: 150ms, 30s, 20m, 8h, 90d, 2w, 5y.
#
# AWS's 99.95% is no figure for any line here: below that monthly uptime of one connection AWS pays
# a service credit. It promises money, and says nothing of a tunnel's endpoint.
figures: 1
# switching: 10s   # the gap of every change that no drill has measured

tunnel_endpoint:   # the gateway's end of one tunnel, and the path that it has for itself
  assumed: true
  mtbf: 180d
  mttr: 15m
  beta: 10%        # of all tunnels of the gateway
  maintenance: {per_year: 4, lasts: 10m}
gateway:           # what all tunnels of a gateway share
  assumed: true
  mtbf: 5y
  mttr: 1h
outside_path:      # the ISP of a customer gateway
  assumed: true
  mtbf: 90d
  mttr: 2h
  beta: 10%        # of two customer gateways; 1 where both have one ISP
  units: 1
customer_gateway:  # the device with its software
  assumed: true
  mtbf: 3y
  mttr: 6h
  beta: 10%
  units: 1         # 2 in a cluster
  # takeover: 3s
  maintenance: {per_year: 4, lasts: 15m}
customer_lan:      # its leg in the site
  assumed: true
  mtbf: 5y
  mttr: 2h
  beta: 10%
  units: 1
power:             # what feeds it
  assumed: true
  mtbf: 2y
  mttr: 2h
  beta: 50%        # 1 where both have one feed
  units: 1
configuration:     # a mistake in its configuration, until it is mended
  assumed: true
  mtbf: 1y
  mttr: 1h
  beta: 50%        # how many of them are made on both
"""

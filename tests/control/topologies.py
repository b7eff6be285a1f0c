"""Small topologies for the tests of what is decided, written as a user writes them."""

from __future__ import annotations

from collections.abc import Mapping

from samepath.model.document import parse
from samepath.model.topology import Topology

HEAD = """\
samepath: 1
vpcs:
  cloud: {cidr: 10.0.0.0/16}
customer_gateways:
  dc: {address: 198.51.100.1}
  branch: {address: 198.51.100.2, asn: 65001}
sites:
  office: {networks: [192.168.10.0/24], customer_gateways: [dc]}
  shop: {networks: [192.168.20.0/24], customer_gateways: [branch]}
connections:
"""


def topology(connections: Mapping[str, str], *, dc: str = "") -> Topology:
    """A topology with these connections, each given as the keys after ``customer_gateway``.

    The first connection is the data centre's, the second the branch's. ``dc`` are more keys of the
    data centre's customer gateway.
    """
    gateways = ("dc", "branch")
    lines = [
        f"  {name}: {{customer_gateway: {gateway}{', ' if keys else ''}{keys}}}\n"
        for gateway, (name, keys) in zip(gateways, connections.items(), strict=False)
    ]
    text = HEAD + "".join(lines)
    if len(lines) == 1:
        text = "".join(line for line in text.splitlines(keepends=True) if "branch" not in line)
    if dc:
        text = text.replace("198.51.100.1}", f"198.51.100.1, {dc}}}")
    return parse(text, filename="test.yaml").topology

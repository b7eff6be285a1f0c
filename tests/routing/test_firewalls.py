"""Firewalls: which devices share their sessions."""

from __future__ import annotations

from samepath.model.document import parse
from samepath.routing.firewalls import clusters_of


def test_who_shares_sessions_with_one_of_a_cluster_shares_them_with_all_of_it() -> None:
    """The third site joins what the first and the second one have joined."""
    pairs = {"s1": "fw2, fw3", "s2": "fw4, fw5", "s3": "fw3, fw4"}
    sites = "\n".join(
        f"  {name}: {{networks: [192.168.{number}.0/24], customer_gateways: [{devices}], "
        "state_sync: true}"
        for number, (name, devices) in enumerate(pairs.items())
    )
    devices = [f"fw{number}" for number in range(1, 6)]
    customers = "\n".join(f"  {name}: {{address: 198.51.100.{name[2:]}}}" for name in devices)
    connections = "\n".join(f"  to-{name}: {{customer_gateway: {name}}}" for name in devices)
    it = parse(
        "samepath: 1\nvpcs: {cloud: {cidr: 10.0.0.0/16}}\n"
        f"customer_gateways:\n{customers}\nsites:\n{sites}\n"
        "  s4: {networks: [192.168.9.0/24], customer_gateways: [fw1]}\n"
        f"connections:\n{connections}\n"
    ).topology
    assert clusters_of(it) == {f"cgw:fw{number}": "cgw:fw2" for number in range(2, 6)}

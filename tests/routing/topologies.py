"""Topology files that more than one test of the prediction begins with."""

from __future__ import annotations

TWO_GATEWAYS = """\
samepath: 1
vpcs: {cloud: {cidr: 10.0.0.0/16}}
customer_gateways:
  fw1: {address: 198.51.100.1, asn: 65000, firewall: device}
  fw2: {address: 198.51.100.2, asn: 65000, firewall: device}
sites: {office: {networks: [192.168.10.0/24], customer_gateways: [fw1, fw2]}}
connections:
  one: {customer_gateway: fw1}
  two: {customer_gateway: fw2}
"""
CLOUDHUB = """\
samepath: 1
vpcs: {cloud: {cidr: 10.0.0.0/16}}
customer_gateways:
  one: {address: 198.51.100.1, asn: 65001}
  two: {address: 198.51.100.2, asn: 65002}
sites:
  north: {networks: [172.16.1.0/24, 172.16.2.0/24], customer_gateways: [one]}
  south: {networks: [172.16.3.0/24], customer_gateways: [two]}
connections:
  k1: {customer_gateway: one}
  k2: {customer_gateway: two}
"""
RING = """\
samepath: 1
vpcs: {red: {cidr: 10.0.0.0/16}, blue: {cidr: 10.1.0.0/16}}
gateways: {g1: {vpc: red}, g2: {vpc: blue, asn: 64513}}
customer_gateways:
  one: {address: 198.51.100.1, asn: 65001}
  two: {address: 198.51.100.2, asn: 65002}
sites:
  north: {networks: [172.16.1.0/24], customer_gateways: [one]}
  south: {networks: [172.16.3.0/24], customer_gateways: [two]}
connections:
  k1: {gateway: g1, customer_gateway: one}
  k2: {gateway: g1, customer_gateway: two}
  k3: {gateway: g2, customer_gateway: one}
  k4: {gateway: g2, customer_gateway: two}
"""

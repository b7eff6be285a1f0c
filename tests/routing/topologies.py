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

"""Worlds of namespaces around a VPN: hosts, an internet between them, faults, probes, stories.

A lab is the node's agent with its intent from a file: it makes nothing by itself, but adds objects
to those that ``control`` wants, and lets ``node`` reconcile them all.

This package must not hold: anything that a gateway outside a lab would need, and, in what measures,
anything that knows what was predicted.
"""

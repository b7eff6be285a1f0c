"""Measuring loss honestly, between two network namespaces.

A :class:`ProbePair` puts a station into each of two namespaces. Each station sends numbered UDP
packets to the other on an absolute schedule and notes every arrival, so that each direction is
measured on its own, and a packet that was *lost* is told from one that came *late*, came *twice*,
came *out of order*, was *not sent* (the machine was too busy, or its kernel refused), or was thrown
away by the receiver's own *overflowing* socket buffer. A :class:`FlowPair` opens TCP connections and
UDP flows from either side, keeps them, and asks later whether they still carry.

It must not hold anything that knows what is predicted or configured: what measures imports nothing
of ``routing``, ``control``, ``device``, ``drivers`` or ``node``.
"""

from samepath.lab.probe.flows import Answer, Flow, FlowPair
from samepath.lab.probe.pair import ProbePair
from samepath.lab.probe.process import HostRef, ProbeFailed
from samepath.lab.probe.report import Bin, DirectionReport, PairReport, Run
from samepath.lab.probe.transfer import Transfer, transfer

__all__ = [
    "Answer",
    "Bin",
    "DirectionReport",
    "Flow",
    "FlowPair",
    "HostRef",
    "PairReport",
    "ProbeFailed",
    "ProbePair",
    "Run",
    "Transfer",
    "transfer",
]

"""The brain: which tunnel each direction takes in every failure state, and why.

:func:`check` judges a topology; its :class:`Report` has the verdict in one sentence, the findings,
and for each pair of networks in each failure state every outcome with what it rests on:

>>> from samepath.model.document import parse
>>> from samepath.routing import check
>>> report = check(parse('''
... samepath: 1
... vpcs: {cloud: {cidr: 10.0.0.0/16}}
... customer_gateways: {dc: {address: 198.51.100.1, firewall: interface}}
... sites: {office: {networks: [192.168.10.0/24]}}
... connections:
...   seoul:
...     tunnels:
...       - policy: {customer: {export: [{set: {prepend: 3}}]}}
...       - {}
... ''').topology)
>>> print(report.sentence)  # doctest: +ELLIPSIS
with all up packets are DROPPED; of ... failure states ... DROP packets...
>>> for finding in report.findings:
...     print(finding.severity.value, finding.code, finding.place)
error asymmetric-drop cgw:dc
error open-flows-hang cgw:dc
warning prepend-only cgw:dc
>>> now = report.states[0]
>>> print(now.pair, now.state.name, [verdict.value for verdict in now.verdicts])
10.0.0.0/16 - 192.168.10.0/24 all up ['asymmetric_dropped']
>>> print(now.outcomes[0].result.ways.tunnels)
('seoul/tunnel2/bgp', 'seoul/tunnel1/bgp')

Other states than all up and each single failure are given to :func:`check` as
:class:`FailureState` values. The parts have their own modules: a
:class:`~samepath.routing.network.Network` is a VPN as its routers see it (speakers, sessions,
policies, originations); from it come the routes of every router, at a fixed point; the rule that
decided at each hop; and, where the answer depends on something that no input holds, every outcome
with the assumption behind it.

It must not hold: input or output of any kind, clocks, randomness, or text of any device. A fact
about a platform stands here once, as data, with how sure it is.
"""

from samepath.routing.findings import Finding, Severity
from samepath.routing.report import Report, check
from samepath.routing.states import ALL_UP, Condition, FailureState, single_states
from samepath.routing.verdict import Judgement, Pair, PairInState, Transition, Verdict

__all__ = [
    "ALL_UP",
    "Condition",
    "FailureState",
    "Finding",
    "Judgement",
    "Pair",
    "PairInState",
    "Report",
    "Severity",
    "Transition",
    "Verdict",
    "check",
    "single_states",
]

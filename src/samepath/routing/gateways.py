"""AWS's gateways as routers: what AWS documents of their choice, and what has to be asked.

Sources: the VPN user guide ("route priority") and the transit gateway guide ("how transit gateways
work"). That ORIGIN is compared, what a virtual private gateway takes for a missing MED, and which of
equal routes it uses, is said nowhere. Which tunnel AWS favours by its own MED is no matter of
choosing: it is an attribute of what AWS announces.
"""

from __future__ import annotations

from samepath.routing.distances import distances
from samepath.routing.route import Source
from samepath.routing.rules import AsPaths, Multipath, Platform, Rules
from samepath.routing.steps import Step, Sureness, comparisons

_AWS_ORDER = (Step.AS_PATH_LENGTH, Step.ORIGIN, Step.MED)

AWS_VGW = Rules(
    platform=Platform.AWS_VGW,
    title="AWS virtual private gateway",
    order=comparisons(Sureness.DOCUMENTED, *_AWS_ORDER, ORIGIN=Sureness.UNDOCUMENTED),
    distances=distances(
        {Source.CONNECTED: 0, Source.LOCAL: 0, Source.STATIC: 1, Source.EBGP: 2},
        Sureness.DOCUMENTED,
        one_table=True,
    ),
    missing_med=None,
    deterministic_med=True,
    sureness=Sureness.DOCUMENTED,
    surenesses=(
        ("missing_med", Sureness.UNDOCUMENTED),
        ("deterministic_med", Sureness.GENERAL_KNOWLEDGE),
    ),
    notes=(
        "One tunnel carries a prefix, across all connections of the gateway.",
        "Its distances are ranks: AWS documents an order (the VPC, static, BGP), no numbers.",
    ),
)
AWS_TGW = Rules(
    platform=Platform.AWS_TGW,
    title="AWS transit gateway",
    order=comparisons(
        Sureness.DOCUMENTED,
        *_AWS_ORDER,
        Step.EBGP_OVER_IBGP,
        Step.MULTIPATH,
        ORIGIN=Sureness.UNDOCUMENTED,
    ),
    distances=distances(
        {Source.CONNECTED: 0, Source.STATIC: 1, Source.LOCAL: 2, Source.EBGP: 3, Source.IBGP: 3},
        Sureness.DOCUMENTED,
        one_table=True,
    ),
    missing_med=100,
    deterministic_med=True,
    multipath=Multipath(ebgp=None, ebgp_paths=AsPaths.SAME_NEIGHBOUR),
    sureness=Sureness.DOCUMENTED,
    surenesses=(("deterministic_med", Sureness.GENERAL_KNOWLEDGE),),
    notes=(
        "ECMP is on by default (`VpnEcmpSupport`), for BGP routes with AS paths of one length from one neighbour AS.",
        "Its distances are ranks: AWS documents an order (static, VPC, VPN), no numbers.",
    ),
)

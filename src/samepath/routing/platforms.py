"""The platforms: for each, its order of comparison, its defaults, and what each rests on.

Read in source: FRR ``bgpd/bgp_route.c`` (``bgp_path_info_cmp``, ``bgp_best_selection``,
``bgp_static_update``, ``subgroup_announce_check``), ``bgpd/bgp_updgrp_adv.c``
(``subgroup_default_originate``) and ``bgpd/bgp_mpath.c`` (``maximum-paths`` falls back to the
compiled limit), and compared with FRR 8.4.4 as it runs (``docs/lab-notes``); Quagga's
``bgp_info_cmp``; the distances of both (``ZEBRA_*_DISTANCE_DEFAULT``); BIRD 2
``proto/bgp/attrs.c`` (``bgp_rte_better``, ``bgp_rte_mergable``, ``bgp_rte_recalculate``),
``nest/rt-table.c`` and ``nest/route.h``. FRR's manual prefers the higher neighbour address at the
end; its source, and Quagga's, the lower one, and the source runs.

Read in documentation: Cisco ("BGP best path selection algorithm"), Juniper ("understanding BGP path
selection"), Fortinet (technical tips 195932 and 295291), Palo Alto Networks (knowledge base, "BGP
best path selection process"). MikroTik documents the order for release 6; that release 7 has kept
it is general knowledge.

Seen in printed tables, of the MED that a router's own connected network has: IOS, 0 at an eBGP
neighbour that hears it (``show ip bgp``; it is blank of what came from farther away); ASA, 0 in its
own table (``show bgp``); FortiOS, blank in its own (``get router info bgp network``); Junos, none at
a neighbour (``show route protocol bgp``, where what came of OSPF has its metric).
"""

from __future__ import annotations

from dataclasses import replace

from samepath.routing.distances import distances
from samepath.routing.gateways import AWS_TGW, AWS_VGW
from samepath.routing.route import Source
from samepath.routing.rules import AsPaths, Multipath, Platform, Rules, Scan, SentMed
from samepath.routing.steps import Step, Sureness, comparisons

_DOCUMENTED = Sureness.DOCUMENTED
_SOURCE = Sureness.SOURCE
_OBSERVED = Sureness.OBSERVED
_KNOWN = Sureness.GENERAL_KNOWLEDGE
_UNDOCUMENTED = Sureness.UNDOCUMENTED

_IOS_ORDER = (
    Step.WEIGHT,
    Step.LOCAL_PREFERENCE,
    Step.LOCAL_ORIGIN,
    Step.AS_PATH_LENGTH,
    Step.ORIGIN,
    Step.MED,
    Step.EBGP_OVER_IBGP,
    Step.IGP_METRIC,
    Step.MULTIPATH,
    Step.OLDEST,
    Step.ROUTER_ID,
    Step.CLUSTER_LENGTH,
    Step.PEER_ADDRESS,
)
_FRR_ORDER = tuple(Step.SELECTED if one is Step.OLDEST else one for one in _IOS_ORDER)

_CISCO = {
    Source.CONNECTED: 0,
    Source.STATIC: 1,
    Source.LOCAL: 200,
    Source.EBGP: 20,
    Source.IBGP: 200,
    Source.OSPF: 110,
    Source.OSPF_EXTERNAL: 110,
}
_CISCO_DISTANCES = distances(_CISCO, _KNOWN)
_FRR_DISTANCES = distances(_CISCO, _SOURCE)

BIRD = Rules(
    platform=Platform.BIRD,
    title="BIRD 2",
    order=comparisons(
        _SOURCE,
        Step.LOCAL_PREFERENCE,
        Step.AS_PATH_LENGTH,
        Step.ORIGIN,
        Step.MED,
        Step.EBGP_OVER_IBGP,
        Step.IGP_METRIC,
        Step.MULTIPATH,
        Step.OLDEST,
        Step.ROUTER_ID,
        Step.CLUSTER_LENGTH,
        Step.PEER_ADDRESS,
    ),
    distances=distances(
        {
            Source.CONNECTED: 240,
            Source.STATIC: 200,
            Source.LOCAL: 200,
            Source.EBGP: 100,
            Source.IBGP: 100,
            Source.OSPF: 150,
            Source.OSPF_EXTERNAL: 150,
        },
        _SOURCE,
        higher_wins=True,
        one_table=True,
        weighed_from=100,
    ),
    empty_path_is_own_as=True,
    scan=Scan.ARRIVAL,
    compares_news_only=True,
    compare_router_id=True,
    sent_med=SentMed.NONE,
    checks_every_cluster=False,
    keeps_own_back=False,
    multipath=Multipath(ebgp_paths=AsPaths.SAME_LENGTH, ibgp_paths=AsPaths.SAME_LENGTH),
    needs_policy=True,
    sureness=_SOURCE,
    notes=(
        "Age is compared only after `prefer older on`.",
        "Where MED is compared between some routes only, the one in use may stay though another beats it.",
        "Multipath is the kernel protocol's `merge paths on`, with 16 next hops by default.",
        "It has no routes of its own in BGP: what it announces is static, direct or kernel.",
        "It has no weight: one that a policy sets is rendered as a preference of 100 and the weight.",
        "Its own AS counts as the neighbour AS of an empty path, also where it has been prepended.",
        "A MED leaves the AS only where the export filter of the session sets it.",
        "A reflector refuses what it has reflected before on the sessions to its clients only.",
        "NO_EXPORT and NO_ADVERTISE hold for what it has heard, not for what is its own.",
    ),
)
FRR = Rules(
    platform=Platform.FRR,
    title="FRR",
    order=comparisons(_SOURCE, *_FRR_ORDER),
    distances=_FRR_DISTANCES,
    scan=Scan.NEWEST_FIRST,
    multipath=Multipath(
        ebgp=256, ibgp=256, ebgp_paths=AsPaths.SAME_PEER, static=True, beyond_med=True
    ),
    local_med=0,
    default_needs_route=True,
    sent_med=SentMed.OF_ROUTER,
    sends_back=True,
    changes_reflected=False,
    needs_policy=True,
    sureness=_SOURCE,
    notes=(
        "Multipath is on up to the compiled limit; 256 is that of Debian's package.",
        "The profile `datacenter` has deterministic MED; the default profile, `traditional`, not.",
        "Releases that keep the routes of a prefix sorted compare them as they arrive.",
        "A reflector's export map keeps routes back, and changes none, unless the configuration says so.",
        "A route of its own has its metric as its MED (0 if connected or static), and is announced so.",
        "A route goes back to the neighbour that it came from, too, unless that is `solo`.",
        "Where the selected route has gone, age is not compared: the router id decides.",
        "`default-originate route-map` is there while the table holds a route whose prefix the map permits.",
    ),
)
QUAGGA = Rules(
    platform=Platform.QUAGGA,
    title="Quagga",
    order=comparisons(_SOURCE, *_FRR_ORDER),
    distances=_FRR_DISTANCES,
    scan=Scan.NEWEST_FIRST,
    multipath=Multipath(ebgp_paths=AsPaths.SAME_PEER, static=True, beyond_med=True),
    local_med=0,
    sent_med=SentMed.OF_ROUTER,
    changes_reflected=False,
    sureness=_DOCUMENTED,
    surenesses=(
        ("multipath", _OBSERVED),
        ("local_med", _KNOWN),
        ("missing_med", _SOURCE),
        ("local_preference", _KNOWN),
        ("local_weight", _KNOWN),
        ("scan", _KNOWN),
        ("needs_policy", _KNOWN),
    ),
)
VYOS = replace(
    FRR,
    platform=Platform.VYOS,
    title="VyOS 1.4 and later",
    needs_policy=False,
    surenesses=(("multipath", _OBSERVED), ("needs_policy", _KNOWN)),
    notes=("It runs FRR, and turns its demand for a policy off.",),
)
CISCO_IOS = Rules(
    platform=Platform.CISCO_IOS,
    title="Cisco IOS and IOS-XE",
    order=comparisons(_DOCUMENTED, *_IOS_ORDER),
    distances=_CISCO_DISTANCES,
    scan=Scan.NEWEST_FIRST,
    multipath=Multipath(static=True),
    local_med=0,
    sureness=_KNOWN,
    surenesses=(
        ("local_preference", _DOCUMENTED),
        ("local_med", _OBSERVED),
        ("deterministic_med", _DOCUMENTED),
        ("scan", _DOCUMENTED),
    ),
)
CISCO_ASA = Rules(
    platform=Platform.CISCO_ASA,
    title="Cisco ASA",
    order=comparisons(_KNOWN, *_IOS_ORDER),
    distances=_CISCO_DISTANCES,
    scan=Scan.NEWEST_FIRST,
    multipath=Multipath(static=True),
    local_med=0,
    sureness=_KNOWN,
    surenesses=(
        ("local_preference", _DOCUMENTED),
        ("local_med", _OBSERVED),
        ("always_compare_med", _DOCUMENTED),
        ("compare_router_id", _DOCUMENTED),
    ),
)
JUNOS = Rules(
    platform=Platform.JUNOS,
    title="Junos",
    order=comparisons(
        _DOCUMENTED,
        Step.LOCAL_PREFERENCE,
        Step.AS_PATH_LENGTH,
        Step.ORIGIN,
        Step.MED,
        Step.EBGP_OVER_IBGP,
        Step.IGP_METRIC,
        Step.MULTIPATH,
        Step.SELECTED,
        Step.ROUTER_ID,
        Step.CLUSTER_LENGTH,
        Step.PEER_ADDRESS,
        MULTIPATH=_KNOWN,
    ),
    distances=distances(
        {
            Source.CONNECTED: 0,
            Source.STATIC: 5,
            Source.LOCAL: 130,
            Source.EBGP: 170,
            Source.IBGP: 170,
            Source.OSPF: 10,
            Source.OSPF_EXTERNAL: 150,
        },
        _KNOWN,
        one_table=True,
    ),
    deterministic_med=True,
    multipath=Multipath(
        ebgp_paths=AsPaths.SAME_NEIGHBOUR, ibgp_paths=AsPaths.SAME_NEIGHBOUR, static=True
    ),
    sureness=_KNOWN,
    surenesses=(
        ("local_med", _OBSERVED),
        ("missing_med", _DOCUMENTED),
        ("always_compare_med", _DOCUMENTED),
        ("deterministic_med", _DOCUMENTED),
        ("compare_router_id", _DOCUMENTED),
    ),
    notes=(
        "Multipath takes `multipath` in the group and a load-balancing `forwarding-table export`.",
        "A route that it originates is an aggregate or a generated one; others are exported.",
    ),
)
FORTIOS = Rules(
    platform=Platform.FORTIOS,
    title="FortiOS",
    order=comparisons(
        _DOCUMENTED,
        *(one for one in _IOS_ORDER if one is not Step.CLUSTER_LENGTH),
        MULTIPATH=_KNOWN,
    ),
    distances=distances(
        {**_CISCO, Source.STATIC: 10},
        _KNOWN,
        surer={Source.STATIC: _OBSERVED},
    ),
    multipath=Multipath(static=True),
    sureness=_KNOWN,
    surenesses=(
        ("local_med", _OBSERVED),
        ("missing_med", _DOCUMENTED),
        ("local_weight", _DOCUMENTED),
        ("scan", _UNDOCUMENTED),
    ),
    notes=(
        "Equal static routes need an equal `priority` too.",
        "From 7.4.8 and 7.6.3 on, a redistributed route meets a heard one by distance, not weight.",
    ),
)
PAN_OS = Rules(
    platform=Platform.PAN_OS,
    title="PAN-OS",
    order=comparisons(
        _DOCUMENTED,
        Step.WEIGHT,
        Step.LOCAL_PREFERENCE,
        Step.LOCAL_ORIGIN,
        Step.AS_PATH_LENGTH,
        Step.ORIGIN,
        Step.MED,
        Step.EBGP_OVER_IBGP,
        Step.IGP_METRIC,
        Step.MULTIPATH,
        Step.ROUTER_ID,
        Step.PEER_ADDRESS,
        MULTIPATH=_KNOWN,
        PEER_ADDRESS=_KNOWN,
    ),
    distances=distances({**_CISCO, Source.STATIC: 10, Source.OSPF: 30}, _KNOWN),
    deterministic_med=True,
    sureness=_KNOWN,
)
ROUTEROS = Rules(
    platform=Platform.ROUTEROS,
    title="RouterOS 7",
    order=comparisons(
        _KNOWN,
        Step.WEIGHT,
        Step.LOCAL_PREFERENCE,
        Step.AS_PATH_LENGTH,
        Step.LOCAL_ORIGIN,
        Step.ORIGIN,
        Step.MED,
        Step.EBGP_OVER_IBGP,
        Step.ROUTER_ID,
        Step.CLUSTER_LENGTH,
        Step.PEER_ADDRESS,
    ),
    distances=_CISCO_DISTANCES,
    scan=Scan.ARRIVAL,
    multipath=Multipath(static=True),
    sureness=_KNOWN,
    notes=("The order is the one that MikroTik documents for release 6.",),
)

PLATFORMS: dict[Platform, Rules] = {
    rules.platform: rules
    for rules in (
        AWS_VGW,
        AWS_TGW,
        BIRD,
        FRR,
        QUAGGA,
        VYOS,
        CISCO_IOS,
        CISCO_ASA,
        JUNOS,
        FORTIOS,
        PAN_OS,
        ROUTEROS,
    )
}

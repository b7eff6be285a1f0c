"""Random topologies of several gateways, customer gateways, sites and connections."""

from __future__ import annotations

import json
from dataclasses import replace
from ipaddress import IPv4Network

from hypothesis import strategies as st
from tests.routing.generated import clusters, connection_of
from tests.routing.test_verdict_properties import CUSTOMER_ONLY, EITHER_END, conditions

from samepath.model.document import parse
from samepath.model.topology import Topology

VPCS = ("10.0.0.0/16", "172.20.0.0/16", "192.169.0.0/16")
NETWORKS = tuple(f"{block}.0/24" for block in ("172.16.1", "172.16.2", "192.168.10", "192.168.20"))
OVER_EACH_OTHER = ("10.0.0.0/8", "10.0.4.0/24", "172.16.0.0/12", "192.168.10.0/25", "10.0.0.0/16")

_FEW_CHANGES = st.fixed_dictionaries(
    {}, optional={"med": st.integers(0, 1), "prepend": st.integers(1, 2)}
)


def _terms(changes: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    return st.lists(
        st.fixed_dictionaries(
            {"then": st.sampled_from(["accept", "accept", "next", "reject"])},
            optional={"match": conditions, "set": changes},
        ),
        max_size=2,
    )


def _end(changes: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    terms = _terms(changes)
    return st.fixed_dictionaries({}, optional={"import": terms, "export": terms})


_policies = st.fixed_dictionaries(
    {},
    optional={
        "customer": _end(
            st.one_of(
                _FEW_CHANGES, st.fixed_dictionaries({}, optional={**EITHER_END, **CUSTOMER_ONLY})
            )
        ),
        "gateway": _end(st.one_of(_FEW_CHANGES, st.fixed_dictionaries({}, optional=EITHER_END))),
    },
)
_tunnels = st.fixed_dictionaries({}, optional={"policy": _policies})
_connections = st.fixed_dictionaries(
    {"routing": st.sampled_from(["bgp", "bgp", "bgp", "static"])},
    optional={
        "tunnels": st.lists(_tunnels, min_size=2, max_size=2),
        "mode": st.sampled_from(["plain", "pinned"]),
        "active": st.sampled_from([1, 2]),
        "preemption": st.sampled_from(["auto", "manual"]),
    },
)
_customers = st.fixed_dictionaries(
    {"asn": st.sampled_from([65000, 65000, 65001, 65002])},
    optional={
        "firewall": st.sampled_from(["stateless", "device", "zone", "interface"]),
        "platform": st.sampled_from(["bird", "frr"]),
        "requires_policy": st.just(value=False),
        "cluster": clusters,
    },
)


_kinds: st.SearchStrategy[dict[str, object]] = st.sampled_from(
    [{}, {"kind": "transit"}, {"kind": "transit", "ecmp": False}]
)


@st.composite
def _together(
    draw: st.DrawFn, names: list[str], *, one_as: bool, keeping: list[str]
) -> dict[str, object]:
    """What a site says of its customer gateways where it has several.

    ``keeping`` are those that may leave a next hop as it is.
    """
    if len(names) < 2:
        return {}
    first_hop: st.SearchStrategy[dict[str, object]] = st.one_of(
        st.fixed_dictionaries({"first_hop": st.sampled_from(names)}),
        st.fixed_dictionaries(
            {
                "vrrp": st.fixed_dictionaries(
                    {},
                    optional={
                        "priorities": st.just({names[0]: 7}),
                        "preempt": st.booleans(),
                        "tracks": st.sampled_from(["nothing", "tunnels"]),
                    },
                )
            }
        ),
        st.just({}),
    )
    shared: dict[str, object] = {"state_sync": draw(st.booleans())}
    if one_as and draw(st.booleans()):
        shared["ibgp"] = True
        if kept := [one for one in keeping if draw(st.booleans())]:
            shared["keeps_next_hop"] = kept
    return {**draw(first_hop), **shared}


@st.composite
def fleets(
    draw: st.DrawFn,
    *,
    gateways: int = 2,
    customers: int = 3,
    more: int = 2,
    transit: bool = False,
) -> Topology:
    """One to so many gateways and customer gateways, and connections between them.

    Each customer gateway has a connection, and there are up to ``more`` others, so that rings and
    customers of several gateways occur. Two customer gateways may share a site, and networks may
    lie over each other, which no file may hold. ``transit``: some gateways are transit gateways, which
    leave so much open that few of them fill a minute.
    """
    vgws = [f"vgw{i}" for i in range(draw(st.integers(1, gateways)))]
    names = draw(st.permutations(["b", "a", "a-b"]))[: draw(st.integers(1, customers))]
    ends = [(draw(st.sampled_from(vgws)), name) for name in names]
    ends += draw(st.lists(st.tuples(st.sampled_from(vgws), st.sampled_from(names)), max_size=more))
    shared = len(names) > 1 and draw(st.booleans())
    behind = [names[:2], *([one] for one in names[2:])] if shared else [[one] for one in names]
    networks = draw(st.permutations(NETWORKS))
    labels = draw(st.permutations(["k", "a", "a-k", "z", "m"]))
    devices = {
        name: {"address": f"198.51.100.{9 - i}", **draw(_customers)} for i, name in enumerate(names)
    }
    document = {
        "samepath": 1,
        "vpcs": {f"vpc{i}": {"cidr": VPCS[i]} for i in range(len(vgws))},
        "gateways": {
            name: {
                "vpc": f"vpc{i}",
                "asn": draw(st.sampled_from([64512, 64513])),
                **(draw(_kinds) if transit else {}),
            }
            for i, name in enumerate(vgws)
        },
        "customer_gateways": devices,
        "sites": {
            f"site{i}": {
                "networks": networks[i : i + 1] + (networks[3:] if i == 0 else []),
                "customer_gateways": draw(st.permutations(some)),
                **draw(
                    _together(
                        some,
                        one_as=len({devices[one]["asn"] for one in some}) == 1,
                        keeping=[one for one in some if devices[one].get("platform") == "frr"],
                    )
                ),
            }
            for i, some in enumerate(behind)
        },
        "connections": {
            label: {
                "gateway": gateway,
                **connection_of(customer, devices[customer], draw(_connections)),
            }
            for label, (gateway, customer) in zip(labels, ends, strict=False)
        },
    }
    it = parse(json.dumps(document)).topology
    return _over_each_other(draw, it) if draw(st.integers(0, 3)) == 0 else it


def _over_each_other(draw: st.DrawFn, it: Topology) -> Topology:
    name = draw(st.sampled_from(sorted(it.sites)))
    network = IPv4Network(draw(st.sampled_from(OVER_EACH_OTHER)))
    site = replace(it.sites[name], networks=(*it.sites[name].networks[:1], network))
    return replace(it, sites={**it.sites, name: site})

"""Random topologies: one or two connections, one or two customer gateways, policies at all ends."""

from __future__ import annotations

from collections.abc import Mapping

from hypothesis import strategies as st

Document = dict[str, object]

SITES = ["192.168.10.0/24", "192.168.20.0/24"]
EITHER_END = {
    "med": st.integers(0, 300),
    "prepend": st.integers(1, 4),
    "add_communities": st.lists(st.sampled_from(["65000:1", "65000:2"]), min_size=1, max_size=2),
}
CUSTOMER_ONLY = {"local_preference": st.integers(50, 300), "weight": st.integers(0, 9)}
conditions = st.fixed_dictionaries(
    {},
    optional={
        "prefixes": st.lists(
            st.sampled_from(["10.0.0.0/16", *SITES, "0.0.0.0/0 le 32", "192.168.0.0/16 ge 17"]),
            min_size=1,
            max_size=2,
        ),
        "communities": st.lists(st.sampled_from(["65000:1", "65000:2"]), min_size=1, max_size=2),
    },
)


def policies(changes: Mapping[str, st.SearchStrategy[object]]) -> st.SearchStrategy[object]:
    """Policies of one end, which may set these."""
    terms = st.fixed_dictionaries(
        {"then": st.sampled_from(["accept", "accept", "next", "reject"])},
        optional={"match": conditions, "set": st.fixed_dictionaries({}, optional=dict(changes))},
    )
    return st.fixed_dictionaries(
        {}, optional={"import": st.lists(terms, max_size=2), "export": st.lists(terms, max_size=2)}
    )


tunnels = st.lists(
    st.fixed_dictionaries(
        {},
        optional={
            "policy": st.fixed_dictionaries(
                {},
                optional={
                    "customer": policies({**EITHER_END, **CUSTOMER_ONLY}),
                    "gateway": policies(EITHER_END),
                },
            )
        },
    ),
    min_size=2,
    max_size=2,
)
connections = st.fixed_dictionaries(
    {"routing": st.sampled_from(["bgp", "bgp", "bgp", "static"])},
    optional={
        "tunnels": tunnels,
        "tunnel_defaults": st.fixed_dictionaries(
            {}, optional={"policy": st.fixed_dictionaries({"customer": policies(CUSTOMER_ONLY)})}
        ),
        "mode": st.sampled_from(["plain", "pinned"]),
        "active": st.sampled_from([1, 2]),
        "probe_inside": st.just(value=True),
        "preemption": st.sampled_from(["auto", "manual"]),
    },
)
clusters = st.fixed_dictionaries({"state_sync": st.booleans()})
customers = st.fixed_dictionaries(
    {},
    optional={
        "firewall": st.sampled_from(["stateless", "device", "zone", "interface"]),
        "platform": st.sampled_from(["bird", "frr"]),
        "requires_policy": st.just(value=False),
        "cluster": clusters,
    },
)
any_customers = st.fixed_dictionaries(
    {"platform": st.sampled_from(["cisco-ios", "cisco-asa", "fortios", "pan-os", "junos"])}
)
"""Customer gateways whose firewall does what their platform does by itself."""
kinds = st.sampled_from(["virtual-private", "transit"])

shared = st.fixed_dictionaries(
    {},
    optional={
        "vrrp": st.fixed_dictionaries(
            {}, optional={"tracks": st.sampled_from(["nothing", "tunnels"])}
        ),
        "ibgp": st.booleans(),
        "state_sync": st.booleans(),
    },
)
"""What the customer gateways of one site have in common."""


@st.composite
def documents(draw: st.DrawFn, *, count: int) -> Document:
    """A topology file's content, with so many connections; of one there is more variety.

    What more kinds leave open, two connections would ask too often.
    """
    if count == 1:
        kind, customer = draw(kinds), st.one_of(customers, any_customers)
    else:
        kind, customer = "virtual-private", customers
    devices = draw(st.integers(1, count))
    names = [f"fw{number}" for number in range(1, devices + 1)]
    office = draw(st.permutations(names))
    fleet = {
        name: {"address": f"198.51.100.{number}", **draw(customer)}
        for number, name in enumerate(names, start=1)
    }
    return {
        "samepath": 1,
        "vpcs": {"cloud": {"cidr": "10.0.0.0/16"}},
        "gateways": {"gw": {"kind": kind}},
        "customer_gateways": fleet,
        "sites": {
            "office": {
                "networks": SITES[: draw(st.integers(1, 2))],
                "customer_gateways": office,
                **(draw(shared) if devices > 1 else {}),
            }
        },
        "connections": {
            f"k{number}": connection_of(name, fleet[name], draw(connections))
            for number in range(count)
            for name in (names[number % devices],)
        },
    }


def connection_of(name: str, device: Mapping[str, object], drawn: Mapping[str, object]) -> Document:
    """A connection of a customer gateway, without what no cluster's may have."""
    kept = {
        key: value
        for key, value in drawn.items()
        if not ("cluster" in device and key == "preemption")
    }
    return {"customer_gateway": name, **kept}

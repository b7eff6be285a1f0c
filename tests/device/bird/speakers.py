"""Speakers for the tests of BIRD's rendering: written down, and generated."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from ipaddress import IPv4Address, IPv4Network

from hypothesis import strategies as st

from samepath.device.bird.speakers import (
    Endpoint,
    Router,
    RouterLink,
    customer,
    endpoint,
    router,
)
from samepath.device.customer import Customer, CustomerTunnel, Neighbour, StaticTunnel
from samepath.model.policy import Changes, Conditions, Disposition, Policy, PrefixMatch, Term
from samepath.model.topology import Bfd, BgpTimers

WITHOUT_BFD = BgpTimers(hold=timedelta(seconds=30), keepalive=timedelta(seconds=10), bfd=None)
EXPORTS = Policy(
    terms=(
        Term(
            conditions=Conditions(
                prefixes=(
                    PrefixMatch(prefix=IPv4Network("10.0.0.0/8"), minimum=16, maximum=24),
                    PrefixMatch(prefix=IPv4Network("0.0.0.0/0"), minimum=0, maximum=0),
                )
            ),
            changes=Changes(med=50, prepend=2),
            disposition=Disposition.NEXT,
        ),
        Term(disposition=Disposition.REJECT),
    )
)
IMPORTS = Policy(
    terms=(
        Term(
            conditions=Conditions(communities=("65000:1", "64512:7224")),
            changes=Changes(local_preference=200, weight=10, add_communities=("65000:2",)),
        ),
    )
)

ENDPOINT = Endpoint(
    router_id=IPv4Address("192.0.0.1"),
    asn=64512,
    router=IPv4Address("192.0.0.0"),
    router_local=IPv4Address("192.0.0.1"),
    tunnel="seoul-t1",
    local=IPv4Address("169.254.10.1"),
    customer=IPv4Address("169.254.10.2"),
    customer_asn=65000,
    active=True,
    timers=BgpTimers(),
)
ROUTER = Router(
    router_id=IPv4Address("192.0.0.250"),
    asn=64512,
    vpc=IPv4Network("10.0.0.0/16"),
    vpc_hop=IPv4Address("192.0.0.255"),
    links=tuple(
        RouterLink(
            name=f"seoul-{number}",
            local=IPv4Address(f"192.0.0.{2 * number - 2}"),
            endpoint=IPv4Address(f"192.0.0.{2 * number - 1}"),
        )
        for number in (1, 2)
    ),
)
TUNNEL = CustomerTunnel(
    name="seoul-1",
    device="seoul-t1",
    local=IPv4Address("169.254.10.2"),
    gateway=IPv4Address("169.254.10.1"),
    gateway_asn=64512,
    timers=BgpTimers(),
)
NEIGHBOUR = Neighbour(
    name="neighbour-fw2",
    device="office-lan",
    local=IPv4Address("192.168.10.1"),
    address=IPv4Address("192.168.10.2"),
)
CUSTOMER = Customer(
    router_id=IPv4Address("198.51.100.1"),
    asn=65000,
    networks=(IPv4Network("192.168.10.0/24"), IPv4Network("192.168.12.0/30")),
    tunnels=(),
)

# ------------------------------------------------------------------------------------- generated

numbers_32 = st.integers(0, 2**32 - 1)
asns = st.integers(1, 2**32 - 2)
addresses = st.integers(int(IPv4Address("1.0.0.1")), int(IPv4Address("126.0.0.0"))).map(IPv4Address)
networks = st.builds(
    lambda address, length: IPv4Network((address, length), strict=False),
    addresses,
    st.integers(8, 32),
)
communities = st.builds("{}:{}".format, st.integers(0, 65535), st.integers(0, 65535))


@st.composite
def prefix_matches(draw: st.DrawFn) -> PrefixMatch:
    prefix = draw(networks)
    low = draw(st.integers(prefix.prefixlen, 32))
    return PrefixMatch(prefix=prefix, minimum=low, maximum=draw(st.integers(low, 32)))


def few(inner: st.SearchStrategy[object]) -> st.SearchStrategy[tuple[object, ...]]:
    return st.lists(inner, max_size=3).map(tuple)


changes = st.builds(
    Changes,
    local_preference=st.none() | numbers_32,
    weight=st.none() | st.integers(0, 65435),
    med=st.none() | numbers_32,
    prepend=st.integers(0, 10),
    add_communities=few(communities),
)
terms = st.builds(
    Term,
    conditions=st.builds(Conditions, prefixes=few(prefix_matches()), communities=few(communities)),
    changes=changes,
    disposition=st.sampled_from(Disposition),
)
policies = st.builds(Policy, terms=few(terms))
timers = st.builds(
    BgpTimers,
    hold=st.integers(3, 65535).map(lambda n: timedelta(seconds=n)),
    keepalive=st.just(timedelta(seconds=1)),
    bfd=st.none()
    | st.builds(
        Bfd,
        interval=st.integers(10, 1000).map(lambda n: timedelta(milliseconds=n)),
        multiplier=st.integers(2, 255),
    ),
)
statics = st.none() | st.builds(StaticTunnel, networks=few(networks), usable=st.booleans())
names = st.from_regex(r"[a-z][a-z0-9-]{0,20}", fullmatch=True)
devices = st.from_regex(r"[a-z][a-z0-9-]{0,14}", fullmatch=True)

endpoints = st.builds(
    Endpoint,
    router_id=addresses,
    asn=asns,
    router=addresses,
    router_local=addresses,
    tunnel=devices,
    local=addresses,
    customer=addresses,
    customer_asn=asns,
    active=st.booleans(),
    timers=timers,
    imports=policies,
    exports=policies,
    static=statics,
)
links = st.builds(RouterLink, name=names, local=addresses, endpoint=addresses)
routers = st.builds(
    Router,
    router_id=addresses,
    asn=asns,
    vpc=networks,
    vpc_hop=addresses,
    links=st.lists(links, max_size=3, unique_by=lambda link: link.name).map(tuple),
)
tunnels = st.builds(
    CustomerTunnel,
    name=names,
    device=devices,
    local=addresses,
    gateway=addresses,
    gateway_asn=asns,
    timers=timers,
    med=st.none() | numbers_32,
    local_preference=st.none() | numbers_32,
    prepend=st.integers(0, 10),
    preferred=st.booleans(),
    imports=policies,
    exports=policies,
    static=statics,
)
neighbours = st.builds(Neighbour, name=names, device=devices, local=addresses, address=addresses)
customers = st.builds(
    Customer,
    router_id=addresses,
    asn=asns,
    networks=st.lists(networks, max_size=3, unique=True).map(tuple),
    tunnels=st.lists(tunnels, max_size=3, unique_by=lambda tunnel: tunnel.name).map(tuple),
    neighbours=st.lists(neighbours, max_size=2, unique_by=lambda one: one.name)
    .map(lambda some: [replace(one, name=f"neighbour-{one.name}") for one in some])
    .map(tuple),
)
texts: st.SearchStrategy[str] = st.one_of(
    endpoints.map(endpoint), routers.map(router), customers.map(customer)
)
"""Any configuration that we can render."""

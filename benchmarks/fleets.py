"""Fleets of connections, built in memory: many gateways, each with up to ten customers."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network

from samepath.model.policy import Changes, Conditions, Disposition, Policy, PrefixMatch, Term
from samepath.model.topology import (
    Connection,
    CustomerGateway,
    Gateway,
    Mode,
    Platform,
    Policies,
    Preemption,
    Routing,
    SessionBinding,
    Site,
    Topology,
    Tunnel,
    Vpc,
    unpinned,
)
from samepath.model.unknown import SecretRef, SecretSource

SIZES = (1, 2, 1, 4, 10, 1, 3, 10, 1, 7)
"""How many connections a gateway has, gateway by gateway, and again."""
BLOCK = int(IPv4Address("172.16.0.0"))
"""Sites have networks of 256 addresses from here on; those of one gateway follow one another."""
OUTSIDE, CUSTOMERS = int(IPv4Address("11.0.0.0")), int(IPv4Address("12.0.0.0"))
INSIDE = int(IPv4Address("169.254.8.0"))


def _policies(kind: int, number: int) -> Policies:
    """The policies of a customer gateway's end, each kind's own; new values every time."""
    match kind % 6:
        case 1:
            changes = Changes(local_preference=200) if number == 1 else Changes(prepend=2)
            end = Policy(terms=(Term(changes=changes),))
            return Policies(imports=end) if number == 1 else Policies(exports=end)
        case 2:
            private = PrefixMatch(prefix=IPv4Network("10.0.0.0/8"), minimum=8, maximum=24)
            accept = Term(conditions=Conditions(prefixes=(private,)))
            rest = Term(disposition=Disposition.REJECT)
            return Policies(imports=Policy(terms=(accept, rest)))
        case 3:
            site = PrefixMatch(prefix=IPv4Network("172.16.0.0/12"), minimum=12, maximum=24)
            changes = Changes(med=50 * number, add_communities=("65000:1",))
            term = Term(conditions=Conditions(prefixes=(site,)), changes=changes)
            return Policies(exports=Policy(terms=(term,)))
        case _:
            return Policies()


def _tunnel(connection: int, at_gateway: int, number: int) -> Tunnel:
    inside = INSIDE + 8 * ((at_gateway * 31 + connection) % 4096 // 16 * 16 + at_gateway)
    secret = SecretRef(source=SecretSource.GENERATED, locator=f"k{connection}/tunnel{number}")
    return Tunnel(
        number=number,
        outside=IPv4Address(OUTSIDE + 2 * connection + number),
        inside=IPv4Network((inside + 4 * (number - 1), 30)),
        gateway_secret=secret,
        customer_secret=secret,
        customer_policy=_policies(connection // 2 + at_gateway, number),
    )


PLATFORMS = list(Platform)


def _connection(number: int, at_gateway: int, gateway: str, kind: int) -> Connection:
    name = f"k{number}"
    return Connection(
        name=name,
        gateway=gateway,
        customer_gateway=f"c{number}",
        tunnels=tuple(_tunnel(number, at_gateway, one) for one in (1, 2)),
        routing=Routing.STATIC if kind % 5 == 4 else Routing.BGP,
        mode=Mode.PINNED if kind % 3 == 2 else unpinned(PLATFORMS[kind % len(PLATFORMS)]),
        active=1 + kind % 2,
        preemption=Preemption.MANUAL if kind % 7 == 6 else Preemption.AUTO,
    )


def fleet(connections: int, networks: int) -> Topology:
    """So many connections, with so many networks behind each."""
    bindings = list(SessionBinding)
    it = Topology(
        name="fleet", vpcs={}, gateways={}, customer_gateways={}, sites={}, connections={}
    )
    vpcs, gateways, customers = dict(it.vpcs), dict(it.gateways), dict(it.customer_gateways)
    sites, joins = dict(it.sites), dict(it.connections)
    number = 0
    while number < connections:
        index = len(gateways)
        gateway = f"g{index}"
        cidr = IPv4Network((int(IPv4Address("10.0.0.0")) + (index % 256 << 16), 16))
        vpcs[gateway] = Vpc(name=gateway, cidr=cidr, subnets={}, hosts={})
        gateways[gateway] = Gateway(name=gateway, vpc=gateway, asn=64512)
        for at_gateway in range(min(SIZES[index % len(SIZES)], connections - number)):
            kind = (number * 7 + index) % 30
            customer = f"c{number}"
            customers[customer] = CustomerGateway(
                name=customer,
                address=IPv4Address(CUSTOMERS + number),
                asn=65000 if kind % 2 else 4200000000 + number,
                platform=PLATFORMS[kind % len(PLATFORMS)],
                binding=bindings[kind % len(bindings)],
            )
            first = BLOCK + (at_gateway * networks << 8)
            sites[customer] = Site(
                name=customer,
                networks=tuple(IPv4Network((first + (i << 8), 24)) for i in range(networks)),
                customer_gateways=(customer,),
                hosts={},
            )
            joins[f"k{number}"] = _connection(number, at_gateway, gateway, kind)
            number += 1
    return replace(
        it,
        vpcs=vpcs,
        gateways=gateways,
        customer_gateways=customers,
        sites=sites,
        connections=joins,
    )

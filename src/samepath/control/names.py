"""Linux names of a world's objects.

Namespaces are named for people (``sp-demo-gw-vgw`` in ``ip netns``). Interfaces have 15 characters
at most (``IFNAMSIZ``), so a long name is cut and given a hash of the whole, which keeps it unique
and stable.

A customer gateway may be two machines. What the second has is called after it (``cgw2-dc``); the
first has the names of one that is alone.
"""

from __future__ import annotations

from base64 import b32encode
from hashlib import blake2s

INTERFACE_LIMIT = 15
HASH_LENGTH = 6
"""Characters of base 32, so 30 bits: among a thousand cut names one meets another once in 2000."""
PREFIX = "sp"


def short(name: str, suffix: str = "", limit: int = INTERFACE_LIMIT) -> str:
    """``name`` + ``suffix`` in at most ``limit`` characters, unlike for unlike names."""
    if len(name) + len(suffix) <= limit:
        return name + suffix
    digest = b32encode(blake2s(name.encode()).digest()).decode().lower()[:HASH_LENGTH]
    return name[: limit - len(suffix) - HASH_LENGTH] + digest + suffix


class Names:
    """The names of one world: its own, its directory's, and its namespaces'."""

    def __init__(self, world: str, directory: str) -> None:
        self.world = world
        self.directory = directory

    @property
    def prefix(self) -> str:
        """What every namespace of this world starts with, and none of another world.

        World names hold single hyphens only inside, so the double one ends the name.
        """
        return f"{PREFIX}-{self.world}--"

    def _of(self, *parts: str) -> str:
        return self.prefix + "-".join(parts)

    def internet(self) -> str:
        """The lab's internet: the router between all outside addresses."""
        return self._of("internet")

    def endpoint_outside(self, connection: str, number: int) -> str:
        """Where an endpoint's IKE daemon and outside address live."""
        return self._of("ep", connection, str(number), "out")

    def endpoint_inside(self, connection: str, number: int) -> str:
        """Where an endpoint's TUN device and BGP speaker live."""
        return self._of("ep", connection, str(number), "in")

    def gateway(self, gateway: str) -> str:
        """The gateway's router."""
        return self._of("gw", gateway)

    def vpc(self, vpc: str) -> str:
        """The VPC's router and its subnets' bridges."""
        return self._of("vpc", vpc)

    def customer_edge(self, customer_gateway: str) -> str:
        """Where the customer gateway's outside address lives, and the translation to its IKE.

        Those of a cluster live in its routers, which VRRP gives the address and their LAN's at once.
        """
        return self._of("edge", customer_gateway)

    def customer_outside(self, connection: str, number: int, member: int = 1) -> str:
        """Where the customer's IKE daemon of one tunnel lives."""
        return self._of(_of_member("ike", member), connection, str(number))

    def customer(self, customer_gateway: str, member: int = 1) -> str:
        """The customer gateway's router: all its tunnels' inside ends and its LAN leg."""
        return self._of(_of_member("cgw", member), customer_gateway)

    def outside_switch(self, customer_gateway: str) -> str:
        """What joins a cluster's machines to the internet."""
        return self._of("wan", customer_gateway)

    def site(self, site: str) -> str:
        """The site network's switch."""
        return self._of("site", site)

    def host(self, host: str) -> str:
        """A named host."""
        return self._of("host", host)


def _of_member(family: str, member: int) -> str:
    return family if member == 1 else f"{family}{member}"


def lan_device(site: str) -> str:
    """A customer gateway's interface in a site."""
    return short(site, "-lan")


def tunnel_device(connection: str, number: int) -> str:
    """The inside interface of a tunnel, on both ends: ``seoul-t1``."""
    return short(connection, f"-t{number}")


def endpoint_port(connection: str, number: int) -> str:
    """The gateway router's interface towards an endpoint: ``seoul-e1``."""
    return short(connection, f"-e{number}")


def ike_port(connection: str, number: int) -> str:
    """A cluster's interface towards its IKE daemon of a tunnel: ``seoul-i1``."""
    return short(connection, f"-i{number}")


def charon_of_endpoint(connection: str, number: int) -> str:
    """The name of the gateway's IKE daemon of a tunnel, as the supervisor knows it."""
    return f"charon-ep-{connection}-{number}"


def charon_of_customer(connection: str, number: int, member: int = 1) -> str:
    """The name of the customer's IKE daemon of a tunnel."""
    return f"charon-{_of_member('cgw', member)}-{connection}-{number}"


def bird_of_endpoint(connection: str, number: int) -> str:
    """The name of an endpoint's BGP speaker."""
    return f"bird-ep-{connection}-{number}"


def bird_of_gateway(gateway: str) -> str:
    """The name of the gateway router's BIRD."""
    return f"bird-gw-{gateway}"


def bird_of_customer(customer_gateway: str, member: int = 1) -> str:
    """The name of the customer gateway's BIRD."""
    return f"bird-{_of_member('cgw', member)}-{customer_gateway}"


def frr_of_customer(customer_gateway: str) -> str:
    """The name of the customer gateway's FRR, which is several daemons, and of its directory."""
    return f"frr-cgw-{customer_gateway}"


def frr_daemon(frr: str, program: str) -> str:
    """The name of one daemon of an FRR."""
    return f"{frr}-{program}"


def keepalived_of_customer(customer_gateway: str, member: int = 1) -> str:
    """The name of the customer gateway's VRRP daemon."""
    return f"keepalived-{_of_member('cgw', member)}-{customer_gateway}"


def tracker_of_customer(customer_gateway: str) -> str:
    """The name of what tells the VRRP daemon whether a tunnel has a route."""
    return f"tracker-cgw-{customer_gateway}"


def starter_of_customer(customer_gateway: str, member: int) -> str:
    """The name of what starts the tunnels of a cluster's machine when it has become active."""
    return f"starter-{_of_member('cgw', member)}-{customer_gateway}"


def conntrackd_of_customer(customer_gateway: str, member: int) -> str:
    """The name of what shares the sessions of a cluster's machine."""
    return f"conntrackd-{_of_member('cgw', member)}-{customer_gateway}"


def ike_name(connection: str, number: int) -> str:
    """The name of a tunnel's IKE connection and of its CHILD_SA in both charons."""
    return f"{connection}-{number}"

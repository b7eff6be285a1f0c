"""What every writer has to keep, told once: its lines are read again, and come to what was meant."""

from __future__ import annotations

from dataclasses import dataclass, replace
from ipaddress import IPv4Address, IPv4Interface, IPv4Network

import pytest
from hypothesis import strategies as st

from samepath.device.readers import read
from samepath.device.reading.configuration import Bgp, DeviceConfiguration, Neighbour
from samepath.device.reading.policies import AppliedPolicy
from samepath.device.reading.source import Source
from samepath.device.writers import writer
from samepath.device.writing.customer import CustomerToWrite, TunnelToWrite
from samepath.device.writing.patch import Edit, NotWritable, Patch
from samepath.model.change import Direction
from samepath.model.policy import Changes, Conditions, Disposition, Policy, PrefixMatch, Term
from samepath.model.policy_form import normal
from samepath.model.secret import Secret
from samepath.model.topology import SECOND, STRONG_ESP, STRONG_IKE, IkeProposal, Platform
from samepath.routing.policy import apply
from samepath.routing.route import Route
from samepath.routing.route import Source as RouteSource

_PREFIXES = tuple(map(IPv4Network, ("10.0.0.0/16", "192.168.10.0/24", "0.0.0.0/0")))


def _match(prefix: IPv4Network, more: int, longest: int) -> PrefixMatch:
    least = min(32, prefix.prefixlen + more)
    return PrefixMatch(prefix=prefix, minimum=least, maximum=min(32, least + longest))


conditions = st.builds(
    Conditions,
    prefixes=st.lists(
        st.builds(_match, st.sampled_from(_PREFIXES), st.integers(0, 4), st.integers(0, 8)),
        max_size=2,
    ).map(tuple),
    communities=st.lists(st.sampled_from(("65000:1", "65000:2")), max_size=2, unique=True).map(
        tuple
    ),
)


def policies(direction: Direction, *, goes_on: bool = True) -> st.SearchStrategy[Policy]:
    """Policies that a device may have in a direction; ``goes_on``: with terms that do."""
    imports = direction is Direction.IMPORT
    changes = st.builds(
        Changes,
        local_preference=st.sampled_from((None, 50, 200)) if imports else st.none(),
        med=st.sampled_from((None, 0, 100)),
        prepend=st.integers(0, 3),
        add_communities=st.lists(st.sampled_from(("65000:1", "65000:9")), max_size=1).map(tuple),
    )
    dispositions = [Disposition.ACCEPT, Disposition.REJECT, *([Disposition.NEXT] * goes_on)]
    terms = st.builds(
        Term, conditions=conditions, changes=changes, disposition=st.sampled_from(dispositions)
    )
    return st.lists(terms, max_size=4).map(lambda found: Policy(terms=tuple(found)))


def customer(
    *,
    imports: tuple[Policy, Policy] = (Policy(), Policy()),
    exports: tuple[Policy, Policy] = (Policy(), Policy()),
    bgp: bool = True,
) -> CustomerToWrite:
    """A device with two tunnels to AWS, and keys of its own."""
    return CustomerToWrite(
        name="fw1",
        asn=65000,
        gateway_asn=64512,
        address=IPv4Address("203.0.113.10"),
        identity=IPv4Address("203.0.113.10"),
        vpc=(IPv4Network("10.0.0.0/16"),),
        networks=(IPv4Network("192.168.10.0/24"),),
        tunnels=tuple(
            TunnelToWrite(
                number=number,
                label=f"vpn-0abc tunnel {number}",
                outside=IPv4Address(f"198.51.100.{number}"),
                inside=IPv4Interface(f"169.254.{number}.2/30"),
                gateway_inside=IPv4Address(f"169.254.{number}.1"),
                ike_version=2,
                ike=STRONG_IKE[0],
                ike_lifetime=28800 * SECOND,
                esp=STRONG_ESP[0],
                esp_lifetime=3600 * SECOND,
                dpd_delay=10 * SECOND,
                dpd_retries=3,
                key=Secret(f"a.key.of.tunnel_{number}"),
                imports=imports[number - 1],
                exports=exports[number - 1],
            )
            for number in (1, 2)
        ),
        bgp=bgp,
        mtu=1438,
        mss=1398,
    )


def older(it: CustomerToWrite) -> CustomerToWrite:
    """A device behind a NAT, with IKEv1, older suites without PFS, and keys that are not known."""
    ike = IkeProposal(encryption="aes256", integrity="sha256", group=14)
    esp = replace(ike, group=None)
    return replace(
        it,
        address=IPv4Address("10.9.0.2"),
        tunnels=tuple(
            replace(one, key=None, ike_version=1, ike=ike, esp=esp) for one in it.tunnels
        ),
    )


def neighbour_of(device: DeviceConfiguration, address: str) -> tuple[Bgp, Neighbour]:
    """A neighbour of a device, with its speaker."""
    return next(
        (bgp, one) for bgp in device.bgps for one in bgp.neighbours if str(one.address) == address
    )


def policy_of(neighbour: Neighbour, direction: Direction) -> AppliedPolicy | None:
    """What a neighbour has in a direction."""
    return neighbour.imports if direction is Direction.IMPORT else neighbour.exports


def effect(
    device: DeviceConfiguration,
) -> dict[tuple[str | None, str, Direction], Policy | None]:
    """The policy of every neighbour in both directions, in normal form; None: it has none."""
    return {
        (bgp.vrf, str(one.address), direction): None if found is None else normal(found.policy)
        for bgp in device.bgps
        for one in bgp.neighbours
        for direction in Direction
        for found in (policy_of(one, direction),)
    }


def unplaced(device: DeviceConfiguration) -> object:
    """What a device does, whatever lines say so: a patch and its revert leave no trace in it."""
    return (
        effect(device),
        [
            (
                bgp.asn.value,
                bgp.vrf,
                [one.prefix for one in bgp.networks],
                [one.source for one in bgp.redistributions],
                bgp.knobs,
            )
            for bgp in device.bgps
        ],
        [(one.prefix, one.next_hop, one.interface, one.distance) for one in device.static_routes],
        [one.interface for one in device.tunnels],
        len(device.support.doubts()),
    )


def holds(
    platform: Platform,
    sources: tuple[Source, ...],
    address: str,
    direction: Direction,
    after: Policy,
) -> Patch:
    """Amend a device, and see that the lines do what is meant, and nothing else, and go back."""
    it = writer(platform).load()
    before = read(sources, platform)
    bgp, neighbour = neighbour_of(before, address)
    patch = it.amend(
        Edit(
            configuration=before,
            sources=sources,
            bgp=bgp,
            neighbour=neighbour,
            direction=direction,
            after=after,
        )
    )
    changed = it.after(sources, patch.lines)
    then = read(changed, platform)
    wanted = {**effect(before), (bgp.vrf, address, direction): normal(after)}
    found = effect(then)
    if found[bgp.vrf, address, direction] is None and normal(after) == normal(Policy()):
        wanted[bgp.vrf, address, direction] = None
    assert found == wanted, "\n".join(patch.lines)
    assert len(then.support.doubts()) <= len(before.support.doubts()), then.support.doubts()
    reverted = read(it.after(changed, patch.reverts), platform)
    assert unplaced(reverted) == unplaced(before), "\n".join(patch.reverts)
    return patch


def holds_twice(
    platform: Platform,
    sources: tuple[Source, ...],
    address: str,
    asked: tuple[Direction, Policy, Policy],
) -> None:
    """Amend a device one time after another: the second edit meets what the first has left."""
    direction, first, then = asked
    patch = holds(platform, sources, address, direction, first)
    holds(platform, writer(platform).load().after(sources, patch.lines), address, direction, then)


def now(
    platform: Platform, sources: tuple[Source, ...], address: str, direction: Direction
) -> Policy:
    """The policy that a neighbour has; one without a policy lets everything pass."""
    _, neighbour = neighbour_of(read(sources, platform), address)
    found = policy_of(neighbour, direction)
    return Policy() if found is None else found.policy


def every(changes: Changes) -> Term:
    """A change for every route, which goes on."""
    return Term(changes=changes, disposition=Disposition.NEXT)


def in_front(policy: Policy, changes: Changes) -> Policy:
    """A policy with a change for every route before all of it, as a repair has it."""
    first = every(changes) if policy.terms else Term(changes=changes)
    return Policy(terms=(first, *policy.terms))


def with_term(policy: Policy, place: int, changes: Changes) -> Policy:
    """A policy whose term at a place makes other changes."""
    terms = list(policy.terms)
    terms[place] = replace(terms[place], changes=changes)
    return Policy(terms=tuple(terms))


@dataclass(frozen=True)
class OneFile:
    """Devices of a platform, each told by the text of its one file."""

    platform: Platform
    name: str

    def files(self, text: str) -> tuple[Source, ...]:
        """The file with a text."""
        return (Source(name=self.name, text=text),)

    def terms(self, text: str, address: str, direction: Direction) -> tuple[Term, ...]:
        """The policy that a neighbour has."""
        return now(self.platform, self.files(text), address, direction).terms

    def amended(self, text: str, address: str, direction: Direction, *wanted: Term) -> Patch:
        """Amend a device so that a neighbour has these terms."""
        after = Policy(terms=wanted)
        return holds(self.platform, self.files(text), address, direction, after)

    def with_all(self, text: str, address: str, direction: Direction, changes: Changes) -> Patch:
        """A change for every route of a neighbour, in front of what there is."""
        there = self.terms(text, address, direction)
        return self.amended(text, address, direction, every(changes), *there)


def announced(device: DeviceConfiguration, bgp: Bgp) -> set[IPv4Network]:
    """What a speaker may announce of its own: networks that it names, or static routes."""
    named = {one.prefix for one in bgp.networks}
    if any(one.source.startswith("static") for one in bgp.redistributions):
        named |= {one.prefix for one in device.static_routes}
    return named


def reads_back(platform: Platform, it: CustomerToWrite) -> DeviceConfiguration:
    """Write a whole customer gateway, and see that it is read as what it was meant to be."""
    files = writer(platform).load().customer(it)
    sources = tuple(Source(name=one.name, text=one.text) for one in files)
    device = read(sources, platform)
    assert not device.support.doubts(), device.support.doubts()
    for tunnel in it.tunnels:
        own = next(
            one for one in device.tunnels if one.inside and one.inside.value == tunnel.inside
        )
        assert own.destination is not None
        assert own.destination.value == tunnel.outside
        if not it.bgp:
            continue
        bgp, neighbour = neighbour_of(device, str(tunnel.gateway_inside))
        assert bgp.asn.value == it.asn
        assert announced(device, bgp) == set(it.networks)
        assert neighbour.imports is not None
        assert normal(neighbour.imports.policy) == normal(tunnel.imports)
        assert neighbour.exports is not None
        for network in it.networks:
            # Nothing else is there to be announced, and some platforms say so in the policy.
            route = Route(prefix=network, source=RouteSource.LOCAL, session="")
            heard = apply(neighbour.exports.policy, route, it.asn).route
            assert heard == apply(tunnel.exports, route, it.asn).route
    return device


def text_of(platform: Platform, it: CustomerToWrite) -> str:
    """The one file of a whole customer gateway."""
    (file,) = writer(platform).load().customer(it)
    return file.text


def refuses_ike_without_a_group(platform: Platform) -> None:
    """See that a gateway is not written whose first tunnel has no group for IKE."""
    it = customer()
    first, *others = it.tunnels
    odd = replace(first, ike=replace(first.ike, group=None))
    with pytest.raises(NotWritable, match="tunnel 1: IKE needs a Diffie-Hellman group"):
        text_of(platform, replace(it, tunnels=(odd, *others)))


def keeps_keys_out_of_reprs(platform: Platform) -> None:
    """See that keys are in the file, and in no ``repr``."""
    it = customer()
    assert "a.key.of.tunnel_1" in text_of(platform, it)
    assert "a.key.of" not in repr((it, writer(platform).load().customer(it)))

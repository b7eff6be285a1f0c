"""What holds for every configuration of FRR: what was rendered is read, and any text is.

A policy is compared by what it does to routes. It may be written otherwise than it was rendered.
"""

from __future__ import annotations

import string
from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network

from hypothesis import given
from hypothesis import strategies as st
from tests.device.bird import speakers as made

from samepath.device.customer import Customer, CustomerTunnel
from samepath.device.frr.customer import customer
from samepath.device.frr.reading import reader
from samepath.device.reading.configuration import Bgp, DeviceConfiguration
from samepath.device.reading.policies import AppliedPolicy
from samepath.device.reading.source import Source
from samepath.model.policy import Changes, Disposition, Policy, PrefixMatch, Term
from samepath.routing.policy import apply
from samepath.routing.route import Route
from samepath.routing.route import Source as Origin


def read(*texts: str | None) -> DeviceConfiguration:
    return reader.read(
        Source(name=f"{number}.conf", text=text)
        for number, text in enumerate(texts, start=1)
        if text is not None
    )


def expected(changes: Changes, policy: Policy) -> Policy:
    """What a direction of a session is told to do: its mode's changes, then its policy."""
    mode = (Term(changes=changes, disposition=Disposition.NEXT),)
    return Policy(terms=(*mode, *policy.terms))


def near(policy: Policy) -> st.SearchStrategy[Route]:
    """Routes that the conditions of a policy speak of, or nearly."""
    terms = policy.terms
    matches = [one for term in terms for one in term.conditions.prefixes]
    communities = [one for term in terms for one in term.conditions.communities]
    prefixes = st.sampled_from(matches).flatmap(_within) if matches else st.nothing()
    return st.builds(
        Route,
        prefix=prefixes | made.networks,
        source=st.just(Origin.EBGP),
        session=st.just("x"),
        communities=st.frozensets(st.sampled_from([*communities, "1:1"]), max_size=3),
    )


@st.composite
def _within(draw: st.DrawFn, match: PrefixMatch) -> IPv4Network:
    length = draw(st.integers(max(match.minimum - 1, 0), min(match.maximum + 1, 32)))
    return IPv4Network((match.prefix.network_address, length), strict=False)


def same(told: Policy, found: AppliedPolicy | None, route: Route, asn: int) -> None:
    """Assert that a policy does to a route what it was told to."""
    assert found is not None
    applied = apply(found.policy, route, asn)

    assert applied.route == apply(told, route, asn).route
    assert not any(term.opaque for term in found.policy.terms)


def distinct(it: Customer) -> bool:
    """Whether each session is with another address, as it is in a VPN."""
    addresses = [*(one.gateway for one in it.tunnels), *(one.address for one in it.neighbours)]
    return len(addresses) == len(set(addresses))


customers = made.customers.filter(distinct)


@given(it=customers, data=st.data())
def test_what_is_rendered_is_read(it: Customer, data: st.DataObject) -> None:
    texts = customer(it)
    found = read(texts.bgpd, texts.staticd)
    (bgp,) = found.bgps

    assert found.support.doubts() == ()
    assert (bgp.asn.value, bgp.router_id and bgp.router_id.value) == (it.asn, it.router_id)
    assert {one.prefix for one in bgp.networks} == set(it.networks)
    assert bgp.knobs.requires_policy is not None
    assert bgp.knobs.requires_policy.value is it.requires_policy
    sessions = [one for one in it.tunnels if one.static is None]
    assert len(bgp.neighbours) == len(sessions) + len(it.neighbours)
    for tunnel in sessions:
        _same_session(bgp, tunnel, it.asn, data)
    routes = [(one.prefix, one.interface) for one in found.static_routes]
    told = [
        (network, one.device)
        for one in it.tunnels
        if one.static is not None and one.static.usable
        for network in one.static.networks
    ]
    assert set(routes) == set(told)


def _same_session(bgp: Bgp, tunnel: CustomerTunnel, asn: int, data: st.DataObject) -> None:
    (session,) = (one for one in bgp.neighbours if one.address == tunnel.gateway)
    timers = tunnel.timers

    assert session.remote_as is not None
    assert session.remote_as.value == tunnel.gateway_asn
    assert session.hold is not None
    assert session.hold.value == timers.hold.total_seconds()
    assert session.update_source is not None
    assert session.update_source.value == str(tunnel.local)
    assert (session.bfd is not None) is (timers.bfd is not None)
    for changes, policy, read_policy in (
        (Changes(local_preference=tunnel.local_preference), tunnel.imports, session.imports),
        (Changes(med=tunnel.med, prepend=tunnel.prepend), tunnel.exports, session.exports),
    ):
        if read_policy is None:
            assert (changes, policy.terms) == (Changes(), ())
        else:
            same(expected(changes, policy), read_policy, data.draw(near(policy)), asn)


@given(it=customers, name=st.text(string.ascii_letters + string.digits, min_size=8, max_size=8))
def test_other_names_of_maps_are_the_same_policies(it: Customer, name: str) -> None:
    text = customer(it).bgpd
    maps = {one.name for one in _policies(read(text))}
    renamed = text
    for number, each in enumerate(sorted(maps, key=len, reverse=True)):
        renamed = renamed.replace(each, f"{name}-{number}-{name}")

    before, after = (_sense(read(one)) for one in (text, renamed))
    assert before == after


@given(it=customers, keys=st.lists(st.integers(0, 99), min_size=200, max_size=200))
def test_the_order_of_the_stanzas_means_nothing(it: Customer, keys: list[int]) -> None:
    stanzas = _stanzas(customer(it).bgpd)
    shuffled = [one for _, one in sorted(zip(keys, stanzas, strict=False), key=lambda one: one[0])]
    shuffled += stanzas[len(keys) :]

    assert _sense(read("".join(stanzas))) == _sense(read("".join(shuffled)))


@given(it=customers, by=st.integers(1, 2**24))
def test_other_addresses_are_read_as_other_addresses(it: Customer, by: int) -> None:
    moved = replace(
        it,
        tunnels=tuple(replace(one, gateway=_moved(one.gateway, by)) for one in it.tunnels),
        neighbours=tuple(replace(one, address=_moved(one.address, by)) for one in it.neighbours),
    )
    before, after = (read(customer(one).bgpd).bgps[0].neighbours for one in (it, moved))

    addresses = [one.address for one in before]
    assert [_moved(one, by) for one in addresses if isinstance(one, IPv4Address)] == [
        one.address for one in after
    ]


def _moved(address: IPv4Address, by: int) -> IPv4Address:
    return IPv4Address((int(address) + by) % 2**31 + 2**24)


def _policies(found: DeviceConfiguration) -> list[AppliedPolicy]:
    sessions = [one for bgp in found.bgps for one in bgp.neighbours]
    return [each for one in sessions for each in (one.imports, one.exports) if each is not None]


def _sense(found: DeviceConfiguration) -> object:
    """A configuration without its names and places."""
    (bgp,) = found.bgps
    sessions = {
        str(one.address): (
            one.remote_as and one.remote_as.value,
            one.imports and one.imports.policy,
            one.exports and one.exports.policy,
        )
        for one in bgp.neighbours
    }
    counts = found.support.counts()
    return bgp.asn.value, sessions, {one.prefix for one in bgp.networks}, counts


def _stanzas(text: str) -> list[str]:
    """The blocks of a configuration that stand beside each other."""
    found: list[str] = []
    for line in text.splitlines(keepends=True):
        if line.startswith((" ", "exit")) and found:
            found[-1] += line
        else:
            found.append(line)
    return found


_WORDS = (
    *("router", "bgp", "neighbor", "10.0.0.1", "remote-as", "65000", "no", "route-map", "M", "in"),
    *("out", "permit", "deny", "10", "match", "ip", "address", "prefix-list", "set", "community"),
    *("address-family", "ipv4", "unicast", "exit", "network", "10.0.0.0/8", "mask", "255.0.0.0"),
    *("aggregate-address", "redistribute", "peer-group", "route", "vrf", "interface", "le", "24"),
    *("seq", "5", "on-match", "next", "goto", "continue", "!", "as-path", "access-list", "any"),
    *("default-originate", "timers", "maximum-paths", "\t", " ", "  ", "65536:1", "exact-match"),
)
texts = st.lists(st.lists(st.sampled_from(_WORDS), max_size=8).map(" ".join), max_size=30).map(
    "\n".join
)


@given(text=texts | st.text(max_size=300))
def test_any_text_can_be_read(text: str) -> None:
    found = read(text)
    counted = sum(found.support.counts().values()) + found.support.outside
    lines = [line.split() for line in text.split("\n")]

    assert counted == len([words for words in lines if words and words[0][0] not in "!#"])


@given(text=texts)
def test_the_readers_of_frr_and_quagga_agree_on_what_is_there(text: str) -> None:
    other = reader.read_quagga([Source(name="1.conf", text=text)])

    assert [len(one.neighbours) for one in read(text).bgps] == [
        len(one.neighbours) for one in other.bgps
    ]

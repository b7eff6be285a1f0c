"""What holds for every configuration of FortiOS: what was written is read, and any text is."""

from __future__ import annotations

import string
from collections.abc import Iterator
from dataclasses import dataclass, replace
from ipaddress import IPv4Address

from hypothesis import given
from hypothesis import strategies as st
from tests.device.bird import speakers as made
from tests.device.frr.reading.test_laws import near, same

from samepath.device.fortios import reader
from samepath.device.reading.configuration import DeviceConfiguration
from samepath.device.reading.source import Source
from samepath.model.policy import Disposition, Policy, PrefixMatch, Term

ASN = 65000


@dataclass(frozen=True, kw_only=True, slots=True)
class Session:
    """A neighbour with its two policies."""

    address: IPv4Address
    asn: int
    imports: Policy
    exports: Policy


def _ends(policy: Policy) -> Policy:
    """A policy without what FortiOS cannot say: a rule that goes on to the next."""
    kept = tuple(
        replace(term, disposition=Disposition.ACCEPT)
        if term.disposition is Disposition.NEXT
        else term
        for term in policy.terms
    )
    return Policy(terms=kept)


policies = made.policies.map(_ends)
sessions = st.lists(
    st.builds(
        Session,
        address=made.addresses,
        asn=st.integers(1, 64999),
        imports=policies,
        exports=policies,
    ),
    max_size=3,
    unique_by=lambda one: one.address,
).map(tuple)


def render(told: tuple[Session, ...], *, suffix: str = "") -> list[str]:
    """The blocks of a configuration, each of which could stand anywhere."""
    blocks: list[str] = []
    neighbours = ""
    for number, one in enumerate(told):
        for way, policy in (("in", one.imports), ("out", one.exports)):
            blocks += _map(f"{way}-{number}{suffix}", policy)
        neighbours += (
            f"edit {one.address}\nset remote-as {one.asn}\n"
            f'set route-map-in "in-{number}{suffix}"\nset route-map-out "out-{number}{suffix}"\n'
            "next\n"
        )
    speaker = f"config router bgp\nset as {ASN}\n"
    return [*blocks, f"{speaker}end\n", f"{speaker}config neighbor\n{neighbours}end\nend\n"]


def _map(name: str, policy: Policy) -> Iterator[str]:
    rules: list[str] = []
    for number, term in enumerate((*policy.terms, Term()), start=1):
        text = "set action deny\n" if term.disposition is Disposition.REJECT else ""
        listed = f"{name}.{number}"
        if term.conditions.prefixes:
            text += f'set match-ip-address "{listed}"\n'
            yield _entry("prefix-list", listed, [_prefix(one) for one in term.conditions.prefixes])
        if term.conditions.communities:
            text += f'set match-community "{listed}"\n'
            members = [f'set match "{one}"\n' for one in term.conditions.communities]
            yield _entry("community-list", listed, members)
        rules.append(text + _sets(term))
    yield _entry("route-map", name, rules)


def _prefix(match: PrefixMatch) -> str:
    network = match.prefix
    return (
        f"set prefix {network.network_address} {network.netmask}\n"
        f"set ge {match.minimum}\nset le {match.maximum}\n"
    )


def _sets(term: Term) -> str:
    changes, text = term.changes, ""
    if changes.local_preference is not None:
        text += f"set set-local-preference {changes.local_preference}\n"
    if changes.med is not None:
        text += f"set set-metric {changes.med}\n"
    if changes.weight is not None:
        text += f"set set-weight {changes.weight}\n"
    if changes.prepend:
        text += f'set set-aspath "{" ".join([str(ASN)] * changes.prepend)}"\n'
    if changes.add_communities:
        added = " ".join(f'"{one}"' for one in changes.add_communities)
        text += f"set set-community {added}\nset set-community-additive enable\n"
    return text


def _entry(kind: str, name: str, rules: list[str]) -> str:
    each = "".join(f"edit {number}\n{rule}next\n" for number, rule in enumerate(rules, start=1))
    return f'config router {kind}\nedit "{name}"\nconfig rule\n{each}end\nnext\nend\n'


def read(text: str) -> DeviceConfiguration:
    return reader.read([Source(name="fg.conf", text=text)])


def sense(found: DeviceConfiguration) -> tuple[object, object]:
    """A configuration without its names and places."""
    told = {
        str(one.address): (
            one.remote_as and one.remote_as.value,
            one.imports and one.imports.policy,
            one.exports and one.exports.policy,
        )
        for bgp in found.bgps
        for one in bgp.neighbours
    }
    return told, found.support.counts()


def _without_own(policy: Policy) -> Policy:
    """A policy as a neighbour of another AS meets it."""
    return Policy(
        terms=tuple(
            replace(term, changes=replace(term.changes, local_preference=None, weight=None))
            for term in policy.terms
        )
    )


@given(told=sessions, data=st.data())
def test_what_is_written_is_read(told: tuple[Session, ...], data: st.DataObject) -> None:
    found = read("".join(render(told)))
    by_address = {one.address: one for bgp in found.bgps for one in bgp.neighbours}

    assert found.support.doubts() == ()
    assert by_address.keys() == {one.address for one in told}
    for one in told:
        neighbour = by_address[one.address]
        assert neighbour.remote_as is not None
        assert neighbour.remote_as.value == one.asn
        same(one.imports, neighbour.imports, data.draw(near(one.imports)), ASN)
        same(_without_own(one.exports), neighbour.exports, data.draw(near(one.exports)), ASN)


@given(told=sessions, data=st.data())
def test_the_order_of_the_blocks_means_nothing(
    told: tuple[Session, ...], data: st.DataObject
) -> None:
    blocks = render(told)
    shuffled = data.draw(st.permutations(blocks))

    assert sense(read("".join(blocks))) == sense(read("".join(shuffled)))


@given(told=sessions, name=st.text(string.ascii_letters, min_size=3, max_size=8))
def test_other_names_are_the_same_policies(told: tuple[Session, ...], name: str) -> None:
    before, after = (read("".join(render(told, suffix=one))) for one in ("", f"-{name}"))

    assert sense(before) == sense(after)


@given(told=sessions, by=st.integers(1, 2**24))
def test_other_addresses_are_other_neighbours(told: tuple[Session, ...], by: int) -> None:
    moved = tuple(replace(one, address=IPv4Address(int(one.address) + by)) for one in told)
    found = read("".join(render(moved)))

    assert {one.address for bgp in found.bgps for one in bgp.neighbours} == {
        one.address for one in moved
    }


@given(told=sessions, spaces=st.lists(st.sampled_from(["", " ", "\t", "    "]), min_size=1))
def test_indentation_means_nothing(told: tuple[Session, ...], spaces: list[str]) -> None:
    text = "".join(render(told))
    lines = text.splitlines()
    indented = "\n".join(
        f"{spaces[number % len(spaces)]}{line} " for number, line in enumerate(lines)
    )

    assert sense(read(text)) == sense(read(indented))


@given(told=sessions)
def test_a_domain_holds_the_same_as_a_device_without_domains(told: tuple[Session, ...]) -> None:
    text = "".join(render(told))
    inner = read(f"config vdom\nedit one\n{text}next\nend\n")

    assert {one.vrf for one in inner.bgps} == {"one"}
    assert sense(inner)[0] == sense(read(text))[0]


_WORDS = (
    *("config", "edit", "set", "unset", "append", "next", "end", "abort", "delete", "purge"),
    *("rename", "clone", "to", "move", "show", "router", "bgp", "neighbor", "10.0.0.1", "as"),
    *("65000", "remote-as", "route-map", "rule", "route-map-in", "M", "1", "prefix-list", "prefix"),
    *("10.0.0.0", "255.0.0.0", "any", "ge", "le", "8", "static", "dst", "device", "gateway"),
    *("vdom", "global", "root", "system", "interface", "vpn", "ipsec", "phase1-interface", '"'),
    *("phase2-interface", "proposal", "aes256-sha256", "dhgrp", "14", "phase1name", "enable", "'"),
    *(
        "disable",
        "ip",
        "remote-ip",
        "zone",
        "settings",
        "asymroute",
        "ospf",
        "area",
        "\\",
        "#",
        "!",
    ),
    *(
        "set-aspath",
        "match-ip-address",
        "network",
        "redistribute",
        "connected",
        "firewall",
        "policy",
    ),
)
texts = st.lists(st.lists(st.sampled_from(_WORDS), max_size=6).map(" ".join), max_size=40).map(
    "\n".join
)


@given(text=texts | st.text(max_size=300))
def test_any_text_can_be_read(text: str) -> None:
    found = read(text)
    counted = sum(found.support.counts().values()) + found.support.outside
    written = [words for line in text.split("\n") if (words := line.split())]
    remarks = [words for words in written if words[0].startswith("#")]

    assert len(written) - len(remarks) <= counted <= len(written)
    assert len({one.place for one in found.support.remarks}) == len(found.support.remarks)


@given(texts=st.lists(texts, max_size=3))
def test_a_file_that_is_cut_off_does_not_reach_into_the_next(texts: list[str]) -> None:
    whole = "config router static\nedit 1\nset device x\nnext\nend\n"
    sources = [Source(name=f"{number}", text=text) for number, text in enumerate(texts)]
    found = reader.read([*sources, Source(name="last", text=whole)])

    assert "x" in {one.interface for one in found.static_routes}

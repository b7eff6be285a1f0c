"""What holds for every configuration of Junos: both forms say the same, and any text is read."""

from __future__ import annotations

import string
from dataclasses import replace
from ipaddress import IPv4Address

from hypothesis import given
from hypothesis import strategies as st
from tests.device.fortios.test_laws import Session, sessions
from tests.device.frr.reading.test_laws import near, same

from samepath.device.junos import reader
from samepath.device.reading.configuration import DeviceConfiguration
from samepath.device.reading.source import Source
from samepath.model.policy import Disposition, Policy

ASN = 65000
Paths = list[tuple[str, ...]]


def paths(told: tuple[Session, ...], suffix: str = "") -> Paths:
    """The statements of a configuration."""
    found: Paths = [("routing-options", "autonomous-system", str(ASN))]
    for number, one in enumerate(told):
        neighbour = ("protocols", "bgp", "group", "g", "neighbor", str(one.address))
        found.append((*neighbour, "peer-as", str(one.asn)))
        name = f"in-{number}{suffix}"
        found.append((*neighbour, "import", name))
        found += _policy(name, one.imports)
    return found


def _policy(name: str, policy: Policy) -> Paths:
    statement = ("policy-options", "policy-statement", name)
    found: Paths = [(*statement, "term", "last", "then", "accept")] if not policy.terms else []
    for number, term in enumerate(policy.terms):
        own = (*statement, "term", f"t{number}")
        listed = f"{name}.{number}"
        for at, match in enumerate(term.conditions.prefixes):
            lengths = f"/{match.minimum}-/{match.maximum}"
            words = ("route-filter", str(match.prefix), "prefix-length-range", lengths)
            found += [(*own, "from", *words)] if at == 0 else []
        for at, community in enumerate(term.conditions.communities):
            found.append((*own, "from", "community", f"{listed}.{at}"))
            found.append(("policy-options", "community", f"{listed}.{at}", "members", community))
        changes = term.changes
        if changes.local_preference is not None:
            found.append((*own, "then", "local-preference", str(changes.local_preference)))
        if changes.med is not None:
            found.append((*own, "then", "metric", str(changes.med)))
        if changes.prepend:
            text = " ".join([str(ASN)] * changes.prepend)
            found.append((*own, "then", "as-path-prepend", text))
        for at, community in enumerate(changes.add_communities):
            found.append((*own, "then", "community", "add", f"{listed}+{at}"))
            found.append(("policy-options", "community", f"{listed}+{at}", "members", community))
        end = "reject" if term.disposition is Disposition.REJECT else "accept"
        found.append((*own, "then", end))
    return found


def _expected(policy: Policy) -> Policy:
    """The policy with what :func:`_policy` writes of it: one prefix a term, and no weight."""
    terms = []
    for term in policy.terms:
        conditions = replace(term.conditions, prefixes=term.conditions.prefixes[:1])
        changes = replace(term.changes, weight=None)
        terms.append(replace(term, conditions=conditions, changes=changes))
    return Policy(terms=tuple(terms))


def _word(word: str) -> str:
    return f'"{word}"' if " " in word else word


def keys(found: Paths) -> str:
    return "".join(f"set {' '.join(map(_word, path))}\n" for path in found)


def braces(found: Paths) -> str:
    """The same with a pair of braces for each word but the last two."""
    tree: dict[str, object] = {}
    for path in found:
        node = tree
        for word in path[:-1]:
            node = node.setdefault(word, {})  # type: ignore[assignment]
        node.setdefault(path[-1], {})
    return "".join(_braces(tree, ""))


def _braces(tree: dict[str, object], before: str) -> list[str]:
    lines: list[str] = []
    for word, below in tree.items():
        if below:
            assert isinstance(below, dict)
            lines += [
                f"{before}{_word(word)} {{\n",
                *_braces(below, f"{before}  "),
                f"{before}}}\n",
            ]
        else:
            lines.append(f"{before}{_word(word)};\n")
    return lines


def read(text: str) -> DeviceConfiguration:
    return reader.read([Source(name="srx", text=text)])


def sense(found: DeviceConfiguration) -> object:
    """A configuration without its names and places."""
    return {
        str(one.address): (
            one.remote_as and one.remote_as.value,
            one.imports and one.imports.policy,
        )
        for bgp in found.bgps
        for one in bgp.neighbours
    }


@given(told=sessions, data=st.data())
def test_what_is_written_is_read(told: tuple[Session, ...], data: st.DataObject) -> None:
    found = read(keys(paths(told)))
    by_address = {one.address: one for bgp in found.bgps for one in bgp.neighbours}

    assert found.support.doubts() == ()
    assert by_address.keys() == {one.address for one in told}
    for one in told:
        policy = _expected(one.imports)
        same(policy, by_address[one.address].imports, data.draw(near(policy)), ASN)


@given(told=sessions)
def test_both_forms_say_the_same(told: tuple[Session, ...]) -> None:
    written = paths(told)
    one, other = read(keys(written)), read(braces(written))

    assert sense(one) == sense(other)
    assert other.support.doubts() == ()


@given(told=sessions, data=st.data())
def test_the_order_of_other_statements_means_nothing(
    told: tuple[Session, ...], data: st.DataObject
) -> None:
    written = paths(told)
    ordered = [one for one in written if one[1] == "policy-statement"]
    others = [one for one in written if one[1] != "policy-statement"]
    shuffled = [*data.draw(st.permutations(others)), *ordered]

    assert sense(read(keys(written))) == sense(read(keys(shuffled)))


@given(told=sessions, name=st.text(string.ascii_letters, min_size=3, max_size=8))
def test_other_names_are_the_same_policies(told: tuple[Session, ...], name: str) -> None:
    assert sense(read(keys(paths(told)))) == sense(read(keys(paths(told, f"-{name}"))))


@given(told=sessions, by=st.integers(1, 2**24))
def test_other_addresses_are_other_neighbours(told: tuple[Session, ...], by: int) -> None:
    moved = tuple(replace(one, address=IPv4Address(int(one.address) + by)) for one in told)
    found = read(keys(paths(moved)))

    assert {one.address for bgp in found.bgps for one in bgp.neighbours} == {
        one.address for one in moved
    }


@given(told=sessions, cut=st.integers(0, 6))
def test_a_routing_instance_holds_the_same(told: tuple[Session, ...], cut: int) -> None:
    written = paths(told)
    own = {"protocols", "routing-options"}
    inner = [("routing-instances", f"i{cut}", *one) if one[0] in own else one for one in written]

    assert sense(read(keys(inner))) == sense(read(keys(written)))


_WORDS = (
    *("set", "delete", "deactivate", "activate", "edit", "top", "up", "insert", "protocols", "bgp"),
    *("group", "g", "neighbor", "10.0.0.1", "peer-as", "65000", "import", "export", "P", "{", "}"),
    *(";", "[", "]", '"', "/*", "*/", "#", "inactive:", "replace:", "delete:", "policy-options"),
    *("policy-statement", "term", "a", "from", "then", "accept", "route-filter", "10.0.0.0/8"),
    *("exact", "upto", "/16", "prefix-length-range", "/8-/9", "community", "members", "1:1"),
    *("groups", "<*>", "apply-groups", "G", "interfaces", "st0", "unit", "1", "family", "inet"),
    *("address", "10.0.0.1/24", "routing-options", "static", "route", "next-hop", "discard"),
    *("security", "ike", "ipsec", "vpn", "gateway", "proposal", "routing-instances", "multipath"),
)
texts = st.lists(st.lists(st.sampled_from(_WORDS), max_size=9).map(" ".join), max_size=40).map(
    "\n".join
)


@given(text=texts | st.text(max_size=300))
def test_any_text_can_be_read(text: str) -> None:
    found = read(text)
    counted = sum(found.support.counts().values()) + found.support.outside
    written = [line for line in text.split("\n") if line.split()]

    assert counted <= len(written)
    if not any(sign in text for sign in ('"', "#", "/*")):
        assert counted == len(written)
    assert len({one.place for one in found.support.remarks}) == len(found.support.remarks)

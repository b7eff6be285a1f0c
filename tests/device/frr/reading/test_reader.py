"""FRR and Quagga, read: golden files, and what is easily got wrong."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path

import pytest
from tests.device import told

from samepath.device.frr.reading import reader
from samepath.device.reading.configuration import Appears, Bgp, DeviceConfiguration, Neighbour
from samepath.device.reading.policies import AppliedPolicy
from samepath.device.reading.source import Source
from samepath.device.reading.support import BOTH_WAYS, Part, State
from samepath.model.policy import Changes, Disposition, PrefixMatch

GOLDEN = Path(__file__).parent / "golden"
SESSION = "router bgp 65000\n neighbor 10.0.0.1 remote-as 65001\n"


def read(*texts: str) -> DeviceConfiguration:
    return reader.read(
        Source(name=f"{number}.conf", text=text) for number, text in enumerate(texts, start=1)
    )


def bgp(*texts: str) -> Bgp:
    (found,) = read(*texts).bgps
    return found


def neighbour(text: str) -> Neighbour:
    (found,) = bgp(text).neighbours
    return found


def imports(text: str) -> AppliedPolicy:
    found = neighbour(SESSION + " neighbor 10.0.0.1 route-map M in\n" + text).imports
    assert found is not None
    return found


def doubts(text: str) -> list[tuple[int, State]]:
    return told.doubts(read(text))


@pytest.mark.parametrize("name", ["two-tunnels", "mistakes"])
def test_what_is_understood(name: str) -> None:
    file = GOLDEN / f"{name}.conf"
    found = reader.read([Source(name=file.name, text=file.read_text())])

    told.check(found, file.name, GOLDEN / f"{name}.txt")


def test_every_line_of_a_configuration_has_one_state() -> None:
    text = (GOLDEN / "mistakes.conf").read_text()
    found = read(text)
    written = [
        number
        for number, line in enumerate(text.splitlines(), start=1)
        if line.strip() and line.split()[0][0] not in "!#"
    ]

    assert sum(found.support.counts().values()) + found.support.outside == len(written)
    placed = [one.place.line for one in found.support.remarks]
    assert len(placed) == len(set(placed))


def test_indentation_means_nothing() -> None:
    flat = (GOLDEN / "two-tunnels.conf").read_text()
    flat = "\n".join(line.strip() for line in flat.splitlines())
    indented = "\n".join(f"{' ' * (len(line) % 5)}{line}" for line in flat.splitlines())

    assert read(flat).bgps == read(indented).bgps
    assert read(flat).bgps == read((GOLDEN / "two-tunnels.conf").read_text()).bgps


def test_a_map_may_stand_after_its_use_and_in_another_file() -> None:
    text = SESSION + " neighbor 10.0.0.1 route-map M in\n"
    found = bgp(text, "route-map M permit 10\n set weight 7\n").neighbours[0].imports

    assert found is not None
    assert found.policy.terms[0].changes == Changes(weight=7)
    assert found.clauses[0].place.file == "2.conf"


def test_the_files_of_the_daemons_make_one_device() -> None:
    found = read(
        SESSION, "interface lo\n ip address 172.20.255.1/32\n", "ip route 0.0.0.0/0 10.9.9.9"
    )

    assert [one.name for one in found.interfaces] == ["lo"]
    assert found.static_routes[0].place.file == "3.conf"


def test_what_no_clause_matches_is_rejected() -> None:
    found = imports(
        "route-map M permit 10\n match ip address prefix-list P\nip prefix-list P permit 10.0.0.0/8"
    )

    assert [term.disposition for term in found.policy.terms] == [
        Disposition.ACCEPT,
        Disposition.REJECT,
    ]


P_AND_Q = "ip prefix-list P permit 10.0.0.0/8\nip prefix-list Q permit 11.0.0.0/8\n"
GOES_ON = "route-map M permit 10\n match ip address prefix-list P\n set weight 1\n on-match next\n"


def test_what_goes_on_and_meets_no_later_clause_is_rejected() -> None:
    later = "route-map M permit 20\n match ip address prefix-list Q\n"
    found = imports(GOES_ON + later + P_AND_Q)

    assert [term.disposition for term in found.policy.terms] == [
        *(Disposition.NEXT, Disposition.ACCEPT, Disposition.REJECT)
    ]


def test_what_the_last_clause_sends_on_is_accepted() -> None:
    found = imports(GOES_ON + P_AND_Q)
    conditions = [term.conditions.prefixes[:1] for term in found.policy.terms]

    assert [term.disposition for term in found.policy.terms] == [
        *(Disposition.NEXT, Disposition.ACCEPT, Disposition.REJECT)
    ]
    assert conditions[0] == conditions[1]


def test_a_prefix_list_that_denies_first() -> None:
    found = imports(
        "route-map M permit 10\n match ip address prefix-list P\n"
        "ip prefix-list P seq 10 permit 10.0.0.0/8 le 9\nip prefix-list P seq 5 deny 10.0.0.0/9\n"
    )

    assert set(found.policy.terms[0].conditions.prefixes) == {
        PrefixMatch(prefix=IPv4Network("10.0.0.0/8"), minimum=8, maximum=8),
        PrefixMatch(prefix=IPv4Network("10.128.0.0/9"), minimum=9, maximum=9),
    }


@pytest.mark.parametrize(
    ("line", "parts"),
    [
        ("neighbor 10.0.0.1 route-map NONE in", frozenset()),
        ("neighbor 10.0.0.1 prefix-list NONE in", BOTH_WAYS),
    ],
)
def test_a_map_or_list_that_is_not_there_lets_nothing_pass(
    line: str, parts: frozenset[Part]
) -> None:
    found = read(f"{SESSION} {line}\n")
    taken = found.bgps[0].neighbours[0].imports

    assert taken is not None
    assert not taken.defined
    assert [term.disposition for term in taken.policy.terms] == [Disposition.REJECT]
    (remark,) = found.support.doubts()
    assert remark.mark.state is State.CONTRADICTORY
    assert remark.mark.parts == parts
    assert taken.refuses_as_undefined is (not parts)


def test_a_group_gives_what_its_member_does_not_say() -> None:
    found = neighbour(
        "router bgp 65000\n neighbor G peer-group\n neighbor G remote-as 65001\n"
        " neighbor G weight 5\n neighbor G timers 10 30\n"
        " neighbor 10.0.0.1 peer-group G\n neighbor 10.0.0.1 weight 9\n"
    )

    assert found.group == "G"
    assert found.remote_as is not None
    assert (found.remote_as.value, found.remote_as.place.line) == (65001, 3)
    assert found.weight is not None
    assert found.weight.value == 9
    assert found.hold is not None
    assert found.hold.value == 30


def test_no_takes_back() -> None:
    found = neighbour(f"{SESSION} neighbor 10.0.0.1 weight 5\n no neighbor 10.0.0.1 weight 5\n")

    assert found.weight is None


def test_a_member_takes_the_groups_again_when_its_own_is_taken_back() -> None:
    found = neighbour(
        "router bgp 65000\n neighbor G peer-group\n neighbor G remote-as 65001\n"
        " neighbor G weight 7\n neighbor 10.0.0.1 peer-group G\n"
        " neighbor 10.0.0.1 weight 9\n no neighbor 10.0.0.1 weight 9\n"
    )

    assert found.weight is not None
    assert found.weight.value == 7


MAP = (
    "ip prefix-list P seq 5 permit 10.0.0.0/8\n"
    "bgp community-list standard C seq 5 permit 65000:1\n"
    "route-map M permit 10\n match ip address prefix-list P\n match community C\n"
    " set local-preference 200\n set metric 5\n set weight 7\n"
    " set as-path prepend 65000 65000\n set community 65000:9 additive\n on-match next\n"
    "route-map M permit 20\n"
)


@pytest.mark.parametrize(
    ("line", "left"),
    [
        ("no set local-preference 200", Changes(med=5, weight=7, prepend=2)),
        ("no set metric 5", Changes(local_preference=200, weight=7, prepend=2)),
        ("no set weight 7", Changes(local_preference=200, med=5, prepend=2)),
        ("no set as-path prepend", Changes(local_preference=200, med=5, weight=7)),
    ],
)
def test_what_a_clause_sets_is_taken_back(line: str, left: Changes) -> None:
    text = f"{MAP}route-map M permit 10\n {line}\n"

    assert imports(text).policy.terms[0].changes == replace(left, add_communities=("65000:9",))
    assert doubts(SESSION + text) == []


def test_communities_and_a_going_on_are_taken_back() -> None:
    text = f"{MAP}route-map M permit 10\n no set community 65000:9 additive\n no on-match next\n"
    first = imports(text).policy.terms[0]

    assert first.changes.add_communities == ()
    assert first.disposition is Disposition.ACCEPT


def test_a_clause_a_map_and_a_list_are_taken_away() -> None:
    assert len(imports(f"{MAP}no route-map M permit 10\n").policy.terms) == 1
    assert not imports(f"{MAP}no route-map M\n").defined
    assert not imports("route-map M permit 10\nno route-map M permit 10\n").defined
    without = imports(f"{MAP}no ip prefix-list P\n")
    assert [one.conditions.prefixes for one in without.policy.terms] == [()]
    assert doubts(f"{MAP}no bgp community-list standard C\n") == []


@pytest.mark.parametrize("line", ["no route-map N", "no ip prefix-list N"])
def test_what_is_not_there_may_be_taken_away(line: str) -> None:
    assert doubts(f"{line}\n") == []


@pytest.mark.parametrize(
    "line", ["no bgp community-list standard N", "route-map M", "ip prefix-list P"]
)
def test_frr_rejects_half_of_it(line: str) -> None:
    assert len(doubts(f"{line}\n")) == 1


def test_what_is_typed_afterwards_takes_a_place_on_purpose() -> None:
    before = Source(
        name="frr.conf",
        text=f"{SESSION} neighbor 10.0.0.1 route-map M in\nroute-map M permit 10\nend\n",
    )
    lines = "router bgp 65000\n neighbor 10.0.0.1 route-map N in\nroute-map N permit 10\n"
    found = reader.read([before, Source(name="typed", text=lines, typed=True)])

    assert told.doubts(found) == []
    assert found.bgps[0].neighbours[0].imports is not None
    assert found.bgps[0].neighbours[0].imports.name == "N"


def test_a_family_that_no_neighbour_has_by_itself() -> None:
    silent = " no bgp default ipv4-unicast\n neighbor 10.0.0.1 remote-as 65001\n"
    first = neighbour(f"router bgp 65000\n{silent}")
    active = neighbour(f"router bgp 65000\n{silent} neighbor 10.0.0.1 activate\n")

    assert (first.activated, active.activated) == (False, True)
    assert not neighbour(f"{SESSION} no neighbor 10.0.0.1 activate\n").activated


@pytest.mark.parametrize(
    ("head", "appears", "requires"),
    [
        ("", Appears.WHILE_ROUTED, None),
        ("frr version 7.3\n", Appears.ALWAYS, False),
        ("frr version 8.4.4\n", Appears.WHILE_ROUTED, None),
        ("frr defaults datacenter\n", Appears.WHILE_ROUTED, False),
    ],
)
def test_the_profile_and_the_release_decide_defaults(
    head: str, appears: Appears, *, requires: bool | None
) -> None:
    found = bgp(f"{head}{SESSION} network 10.1.0.0/16\n")

    assert found.networks[0].appears is appears
    assert (found.knobs.requires_policy and found.knobs.requires_policy.value) is requires


def test_what_is_said_counts_for_more_than_the_profile() -> None:
    text = f"frr defaults datacenter\n{SESSION} bgp ebgp-requires-policy\n no bgp network import-check\n"
    found = bgp(f"{text} network 10.1.0.0/16\n")

    assert found.knobs.requires_policy is not None
    assert found.knobs.requires_policy.value is True
    assert found.networks[0].appears is Appears.ALWAYS


@pytest.mark.parametrize(
    ("line", "prefix"),
    [
        ("network 10.1.0.0 mask 255.255.0.0", "10.1.0.0/16"),
        ("network 10.1.2.3/16", "10.1.0.0/16"),
        ("network 10.0.0.0", "10.0.0.0/8"),
        ("network 172.16.0.0", "172.16.0.0/16"),
        ("network 192.168.1.0", "192.168.1.0/24"),
        ("network 0.0.0.0", "0.0.0.0/0"),
    ],
)
def test_a_network_in_its_forms(line: str, prefix: str) -> None:
    assert str(bgp(f"{SESSION} {line}\n").networks[0].prefix) == prefix


def test_a_speaker_of_another_table() -> None:
    found = read(f"{SESSION}router bgp 65000 vrf blue\n neighbor 10.0.0.5 remote-as 65002\n")

    assert [one.vrf for one in found.bgps] == [None, "blue"]
    assert [len(one.neighbours) for one in found.bgps] == [1, 1]


def test_static_routes() -> None:
    found = read(
        "ip route 10.0.0.0/8 Null0 250\nip route 10.1.0.0 255.255.0.0 10.9.9.9 tun0 5 tag 7\n"
        "vrf blue\n ip route 10.2.0.0/16 tun1\nexit-vrf\nip route 10.3.0.0/16 10.9.9.9\n"
        "no ip route 10.3.0.0/16 10.9.9.9\n"
    ).static_routes

    assert [(str(one.prefix), one.drops, one.distance) for one in found] == [
        ("10.0.0.0/8", True, 250),
        ("10.1.0.0/16", False, 5),
        ("10.2.0.0/16", False, None),
    ]
    assert (found[1].next_hop, found[1].interface, found[1].tag) == (
        IPv4Address("10.9.9.9"),
        "tun0",
        7,
    )
    assert (found[2].interface, found[2].vrf) == ("tun1", "blue")


def test_what_nothing_uses_changes_nothing() -> None:
    assert (
        doubts(
            "route-map X permit 10\n set origin igp\n match tag 5\nip prefix-list Y permit 10.0.0.0/8\n"
        )
        == []
    )


def test_a_secret_is_nowhere() -> None:
    text = (GOLDEN / "mistakes.conf").read_text()

    assert "plantedkey42" in text
    assert "plantedkey42" not in repr(read(text))


def test_quagga_wants_no_policy_and_no_route() -> None:
    found = reader.read_quagga([Source(name="q", text=f"{SESSION} network 10.0.0.0/16\n")])

    assert found.bgps[0].networks[0].appears is Appears.ALWAYS

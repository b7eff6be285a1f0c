"""IOS, read: golden files, and what is easily got wrong."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Address
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.device import told

from samepath.cli.device.lines import lines
from samepath.device.cisco_ios import reader
from samepath.device.cisco_ios.interfaces import interface_name
from samepath.device.reading.configuration import DeviceConfiguration, Neighbour
from samepath.device.reading.secret import HIDDEN, Secret
from samepath.device.reading.source import Source
from samepath.device.reading.support import State
from samepath.device.reading.tunnels import Tunnel
from samepath.model.policy import Changes, Disposition
from samepath.model.topology import IkeProposal, ReversePath

GOLDEN = Path(__file__).parent / "golden"
WHOLE = (GOLDEN / "two-tunnels.cfg").read_text()
SCRIPT = (GOLDEN / "script.cfg").read_text()
SESSION = "router bgp 65000\n neighbor 10.0.0.1 remote-as 65001\n"


def read(text: str) -> DeviceConfiguration:
    return reader.read([Source(name="r1.cfg", text=text)])


def neighbour(text: str) -> Neighbour:
    (found,) = read(text).bgps[0].neighbours
    return found


def tunnel(text: str, number: int = 0) -> Tunnel:
    return read(text).tunnels[number]


@pytest.mark.parametrize("name", ["two-tunnels", "script"])
def test_what_is_understood(name: str) -> None:
    file = GOLDEN / f"{name}.cfg"
    found = reader.read([Source(name=file.name, text=file.read_text())])

    told.check(found, file.name, GOLDEN / f"{name}.txt")


def test_two_blocks_of_a_speaker_are_one() -> None:
    (bgp,) = read(SCRIPT).bgps

    assert [str(one.address) for one in bgp.neighbours] == ["169.254.111.1", "169.254.112.1"]
    assert [str(one.prefix) for one in bgp.networks] == ["0.0.0.0/0"]


def test_indentation_means_nothing() -> None:
    flat = "\n".join(line.strip() for line in SCRIPT.splitlines())

    assert _without_places(read(flat)) == _without_places(read(SCRIPT))


@pytest.mark.parametrize(
    ("whole", "short"),
    [
        (" neighbor ", " nei "),
        ("remote-as", "remote"),
        ("ip address", "ip addr"),
        ("tunnel destination", "tu dest"),
        ("tunnel source", "tun so"),
        ("set local-preference", "se local-pref"),
        ("interface GigabitEthernet", "int Gi"),
        ("description", "desc"),
        ("crypto ipsec profile", "crypto ips prof"),
    ],
)
def test_an_abbreviated_word_is_the_word(whole: str, short: str) -> None:
    assert _without_places(read(WHOLE.replace(whole, short))) == _without_places(read(WHOLE))


def test_a_word_that_is_misspelt_is_rejected() -> None:
    found = read(f"{SESSION} address-family ipv4\n  maximum-paths eigbp 4\n")
    (remark,) = found.support.doubts()

    assert found.bgps[0].knobs.maximum_paths is None
    assert remark.mark.state is State.UNKNOWN
    assert "did it mean `eibgp`" in remark.mark.reason


def test_a_prefix_with_a_length_is_no_network_of_ios() -> None:
    found = read(f"{SESSION} network 10.0.0.0/8\n")

    assert found.bgps[0].networks == ()
    assert [one.mark.state for one in found.support.doubts()] == [State.UNKNOWN]


def test_a_remark_is_no_configuration() -> None:
    found = neighbour(f"{SESSION}! neighbor 10.0.0.1 weight 5\n !neighbor 10.0.0.1 shutdown\n")

    assert (found.weight, found.shutdown) == (None, None)


def test_lists_of_one_condition_are_alternatives() -> None:
    text = (
        f"{SESSION} neighbor 10.0.0.1 route-map M in\nroute-map M permit 10\n"
        " match ip address prefix-list A B\n match ip address prefix-list C\n"
        "ip prefix-list A permit 10.0.0.0/8\nip prefix-list B permit 11.0.0.0/8\n"
        "ip prefix-list C permit 12.0.0.0/8\n"
    )
    found = neighbour(text).imports

    assert found is not None
    assert [str(one.prefix) for one in found.policy.terms[0].conditions.prefixes] == [
        *("10.0.0.0/8", "11.0.0.0/8", "12.0.0.0/8")
    ]


def test_a_clause_after_a_continue_sees_the_route_as_it_came() -> None:
    text = (
        f"{SESSION} neighbor 10.0.0.1 route-map M in\nroute-map M permit 10\n"
        " set community 65000:1 additive\n continue\nroute-map M permit 20\n"
        " match community ONE\nip community-list standard ONE permit 65000:1\n"
    )
    found = neighbour(text).imports

    assert found is not None
    assert found.policy.terms[1].opaque != ()


def test_what_is_not_there_is_not_relied_upon() -> None:
    found = neighbour(f"{SESSION} neighbor 10.0.0.1 route-map NONE in\n").imports

    assert found is not None
    assert not found.defined
    assert found.policy.terms[0].opaque != ()
    assert found.policy.terms[0].disposition is Disposition.ACCEPT


def test_a_speaker_of_a_table() -> None:
    found = read(
        f"{SESSION} address-family ipv4 vrf BLUE\n  neighbor 10.1.0.1 remote-as 65002\n"
        "  neighbor 10.1.0.1 activate\n exit-address-family\n neighbor 10.0.0.1 weight 5\n"
    ).bgps

    assert [(one.vrf, len(one.neighbours)) for one in found] == [(None, 1), ("BLUE", 1)]
    weight = found[0].neighbours[0].weight
    assert weight is not None
    assert weight.value == 5


def test_the_tunnel_with_ikev2() -> None:
    found = tunnel(WHOLE)

    assert found.interface == "Tunnel11"
    assert found.destination is not None
    assert found.destination.value == IPv4Address("198.51.100.11")
    assert found.inside is not None
    assert str(found.inside.value) == "169.254.111.2/30"
    assert found.ike is not None
    assert found.esp is not None
    suite = IkeProposal(encryption="aes256gcm16", integrity="sha384", group=20)
    assert [one.value for one in found.ike.proposals] == [suite]
    assert [one.value for one in found.esp.proposals] == [replace(suite, integrity=None)]
    assert found.esp.replay_window is not None
    assert found.esp.replay_window.value == 1024


def test_each_tunnel_has_its_own_key() -> None:
    secrets = [
        one.ike.secret.value
        for text in (WHOLE, SCRIPT)
        for one in read(text).tunnels
        if one.ike is not None and one.ike.secret is not None
    ]

    first, encrypted, *others = secrets
    assert first == Secret("plantedkey41")
    assert encrypted == HIDDEN, "nobody can compare it"
    assert others == [Secret("plantedkey43"), Secret("plantedkey44")]


@pytest.mark.parametrize(
    ("line", "secret"),
    [
        ("key plantedkey45 address 198.51.100.11", Secret("plantedkey45")),
        ("key 0 plantedkey45 address 198.51.100.11", Secret("plantedkey45")),
        ("key 6 plantedkey45 address 198.51.100.11", HIDDEN),
        ("key plantedkey45 address 198.51.100.0 255.255.255.0 no-xauth", Secret("plantedkey45")),
        ("key plantedkey45 address 198.51.99.0 255.255.255.0", None),
    ],
)
def test_a_key_that_holds_everywhere(line: str, secret: Secret | None) -> None:
    text = (
        f"crypto isakmp {line}\ncrypto ipsec profile P\n set pfs group14\ninterface Tunnel1\n"
        " tunnel destination 198.51.100.11\n tunnel protection ipsec profile P\n"
    )
    ike = tunnel(text).ike

    assert ike is not None
    assert (ike.secret and ike.secret.value) == secret


@pytest.mark.parametrize("text", [WHOLE, SCRIPT])
def test_no_secret_is_shown(text: str) -> None:
    found = read(text)
    shown = "".join(line.plain for line in lines(found, "x"))
    remarks = "".join(one.text for one in found.support.remarks)

    assert "plantedkey" in text
    assert "plantedkey" not in repr(found) + shown + remarks


def test_zones_and_the_check_of_sources() -> None:
    found = read(WHOLE)
    zones = {one.name: one.zone and one.zone.value for one in found.interfaces}

    assert found.zones == ("LAN", "CLOUD")
    assert (zones["Tunnel11"], zones["Tunnel12"]) == ("CLOUD", "CLOUD")
    (checked,) = (one for one in found.interfaces if one.reverse_path is not None)
    assert checked.reverse_path is not None
    assert checked.reverse_path.value is ReversePath.LOOSE


def test_bfd_has_the_intervals_of_its_interface() -> None:
    first, second = read(WHOLE).bgps[0].neighbours

    assert first.bfd is not None
    assert first.bfd.value is not None
    assert first.bfd.value.interval.total_seconds() == 0.3
    assert second.bfd is None


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("Gi0/1", "GigabitEthernet0/1"),
        ("gi 0/1.100", "GigabitEthernet0/1.100"),
        ("Tu1", "Tunnel1"),
        ("Te1/1/1", "TenGigabitEthernet1/1/1"),
        ("Null0", "Null0"),
        ("odd", "odd"),
    ],
)
def test_an_interface_has_one_name(words: str, name: str) -> None:
    assert interface_name(words) == name


@given(data=st.data())
def test_other_addresses_and_names_are_read_as_others(data: st.DataObject) -> None:
    first, third = data.draw(st.tuples(st.integers(1, 223), st.integers(0, 255)))
    name = data.draw(st.from_regex(r"[A-Z][A-Z0-9_]{2,12}", fullmatch=True))
    text = WHOLE.replace("169.254.111.", f"{first}.7.{third}.").replace("FROM-1", f"{name}-Q")
    (one, _) = read(text).bgps[0].neighbours

    assert str(one.address) == f"{first}.7.{third}.1"
    before = read(WHOLE).bgps[0].neighbours[0].imports
    assert one.imports is not None
    assert before is not None
    assert (one.imports.name, one.imports.policy) == (f"{name}-Q", before.policy)


_LINES = [line for line in (WHOLE + SCRIPT).splitlines() if not line.startswith("banner")]


@given(some=st.lists(st.sampled_from(_LINES) | st.text(max_size=40), max_size=60))
def test_any_lines_can_be_read(some: list[str]) -> None:
    found = read("\n".join(some))

    placed = [one.place.line for one in found.support.remarks]
    assert placed == sorted(set(placed))
    for line in lines(found, "x"):
        assert "plantedkey" not in line.plain


def _without_places(found: DeviceConfiguration) -> object:
    """A configuration as it is shown, without the lines' numbers and their doubts."""
    shown = [line.plain.rsplit("  ", 1)[0] for line in lines(found, "x")]
    return shown[1 : shown.index("Lines")]


MAP = (
    f"{SESSION} neighbor 10.0.0.1 route-map M in\n"
    "ip prefix-list P seq 5 permit 10.0.0.0/8\n"
    "ip community-list standard C permit 65000:1\n"
    "route-map M permit 10\n match ip address prefix-list P\n set local-preference 200\n"
    " set as-path prepend 65000 65000\n set metric 5\n continue\n"
    "route-map M permit 20\n"
)


@pytest.mark.parametrize(
    ("line", "left"),
    [
        ("no set local-preference 200", Changes(med=5, prepend=2)),
        ("no set as-path prepend 65000 65000", Changes(local_preference=200, med=5)),
        ("no set metric 5", Changes(local_preference=200, prepend=2)),
    ],
)
def test_what_a_clause_sets_is_taken_back(line: str, left: Changes) -> None:
    text = f"{MAP}route-map M permit 10\n {line}\n"
    found = neighbour(text).imports

    assert found is not None
    assert found.policy.terms[0].changes == left
    assert told.doubts(read(text)) == []


def test_going_on_is_sure_where_a_later_clause_takes_every_route() -> None:
    assert told.doubts(read(MAP)) == []
    unsure = MAP.replace("permit 20\n", "permit 20\n match ip address prefix-list P\n")
    assert [state for _, state in told.doubts(read(unsure))] == [State.NOT_MODELLED]


def test_going_on_a_clause_a_map_and_a_list_are_taken_away() -> None:
    stays = neighbour(f"{MAP}route-map M permit 10\n no continue\n").imports
    first_gone = neighbour(f"{MAP}no route-map M permit 10\n").imports
    all_gone = neighbour(f"{MAP}no route-map M\n").imports
    assert stays is not None
    assert stays.policy.terms[0].disposition is Disposition.ACCEPT
    assert first_gone is not None
    assert len(first_gone.policy.terms) == 1
    assert all_gone is not None
    assert not all_gone.defined
    assert told.doubts(read(f"{MAP}no ip community-list standard C\n")) == []

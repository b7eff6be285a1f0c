"""Junos, read: golden files, and what is easily got wrong."""

from __future__ import annotations

from datetime import timedelta
from ipaddress import IPv4Network
from pathlib import Path

import pytest
from tests.device import told

from samepath.device.junos import reader
from samepath.device.reading.configuration import DeviceConfiguration, Neighbour
from samepath.device.reading.policies import AppliedPolicy
from samepath.device.reading.secret import HIDDEN, Secret
from samepath.device.reading.source import Source
from samepath.device.reading.support import State
from samepath.model.policy import Changes, Disposition, Policy, Term
from samepath.model.topology import Bfd, IkeProposal, ReversePath, SessionBinding
from samepath.routing.policy import apply
from samepath.routing.route import Route
from samepath.routing.route import Source as Origin

HERE = Path(__file__).parent
WHOLE = HERE.parents[2] / "examples" / "devices" / "junos.conf"
MISTAKES = HERE / "golden" / "mistakes.set"
GROUP = "set protocols bgp group g"
SESSION = (
    "set routing-options autonomous-system 65000\n"
    f"{GROUP} type external\n{GROUP} peer-as 64512\n{GROUP} neighbor 10.0.0.1\n"
)
TERM = "set policy-options policy-statement P term"


def read(text: str) -> DeviceConfiguration:
    return reader.read([Source(name="srx", text=text)])


def session(text: str) -> Neighbour:
    (found,) = read(text).bgps[0].neighbours
    return found


def policy(text: str, way: str = "import") -> AppliedPolicy:
    found = session(f"{SESSION}{GROUP} {way} P\n{text}")
    applied = found.imports if way == "import" else found.exports
    assert applied is not None
    return applied


def passes(applied: AppliedPolicy, *prefixes: str) -> list[bool]:
    """Which of these routes a policy lets pass."""
    return [
        apply(
            applied.policy, Route(prefix=IPv4Network(one), source=Origin.EBGP, session="x"), 1
        ).route
        is not None
        for one in prefixes
    ]


def doubts(text: str) -> list[tuple[int, State]]:
    return told.doubts(read(text))


@pytest.mark.parametrize("file", [WHOLE, MISTAKES], ids=["whole", "mistakes"])
def test_what_is_understood(file: Path) -> None:
    found = reader.read([Source(name=file.name, text=file.read_text())])

    told.check(found, file.name, HERE / "golden" / f"{file.stem}.txt")


@pytest.mark.parametrize("file", [WHOLE, MISTAKES], ids=["whole", "mistakes"])
def test_every_line_has_one_state_or_is_outside(file: Path) -> None:
    text = file.read_text()

    told.check_every_line(read(text), text)


def test_a_key_that_is_encrypted_is_compared_with_nothing() -> None:
    keys = [one.ike and one.ike.secret for one in read(WHOLE.read_text()).tunnels]

    assert [key and key.value for key in keys] == [HIDDEN, HIDDEN]


def test_the_key_is_there_and_is_shown_nowhere() -> None:
    found = read(MISTAKES.read_text())
    (tunnel,) = found.tunnels

    assert tunnel.ike is not None
    assert tunnel.ike.secret is not None
    assert tunnel.ike.secret.value == Secret("two words")
    shown = [repr(found), *(one.text for one in found.support.remarks)]
    assert [one for one in shown if "two words" in one] == []


def test_a_neighbour_has_what_its_group_and_the_speaker_say() -> None:
    found = session(
        f"{SESSION}set protocols bgp hold-time 90\n{GROUP} import P\n{TERM} a then reject"
    )
    own = session(f"{SESSION}{GROUP} hold-time 90\n{GROUP} neighbor 10.0.0.1 hold-time 30")

    assert found.hold is not None
    assert found.hold.value == 90
    assert found.imports is not None
    assert own.hold is not None
    assert own.hold.value == 30


def test_policies_of_a_neighbour_take_the_place_of_those_of_its_group() -> None:
    found = session(
        f"{SESSION}{GROUP} import P\n{GROUP} neighbor 10.0.0.1 import Q\n{TERM} a then reject\n"
        "set policy-options policy-statement Q then accept\n"
    )

    assert found.imports is not None
    assert found.imports.name == "Q"


def test_policies_of_a_list_are_tried_one_after_the_other() -> None:
    found = session(
        f"{SESSION}{GROUP} import [ P Q ]\n{TERM} a from route-filter 10.0.0.0/8 exact\n"
        f"{TERM} a then accept\nset policy-options policy-statement Q then reject\n"
    )

    assert found.imports is not None
    assert passes(found.imports, "10.0.0.0/8", "10.0.0.0/9") == [True, False]


def test_behind_the_last_policy_everything_comes_in() -> None:
    applied = policy(f"{TERM} a from route-filter 10.0.0.0/8 exact\n{TERM} a then reject")

    assert passes(applied, "10.0.0.0/8", "10.0.0.0/9") == [False, True]


def test_behind_the_last_policy_only_routes_of_bgp_go_out() -> None:
    statics = "".join(
        f"set routing-options static route {one} discard\n"
        for one in ("10.1.0.0/16", "10.2.0.0/16")
    )
    text = (
        f"{SESSION}{statics}{GROUP} neighbor 10.0.0.1 export P\n{GROUP} neighbor 10.0.0.5\n"
        f"{TERM} a from route-filter 10.1.0.0/16 exact\n{TERM} a then accept\n"
    )
    (bgp,) = read(text).bgps
    first, second = (one.exports for one in bgp.neighbours)

    assert [str(one.prefix) for one in bgp.networks] == ["10.1.0.0/16"]
    assert first is not None
    assert second is not None
    assert passes(first, "10.1.0.0/16", "10.9.0.0/16") == [True, True]
    assert passes(second, "10.1.0.0/16", "10.9.0.0/16") == [False, True]


def test_routes_by_where_they_come_from() -> None:
    text = (
        "set routing-options static route 10.1.0.0/16 discard\n"
        "set interfaces ge-0/0/1 unit 0 family inet address 192.168.1.1/24\n"
        f"{TERM} a from protocol direct\n{TERM} a then accept\n"
        f"{TERM} b from protocol bgp\n{TERM} b then reject\n"
    )
    applied = policy(text, "export")
    networks = read(f"{SESSION}{GROUP} export P\n{text}").bgps[0].networks

    assert [str(one.prefix) for one in networks] == ["192.168.1.0/24"]
    assert passes(applied, "192.168.1.0/24", "10.9.0.0/16") == [True, False]


@pytest.mark.parametrize(
    ("how", "inside", "outside"),
    [
        ("exact", "10.0.0.0/8", "10.0.0.0/9"),
        ("longer", "10.0.0.0/9", "10.0.0.0/8"),
        ("orlonger", "10.0.0.0/8", "11.0.0.0/8"),
        ("upto /16", "10.0.0.0/16", "10.0.0.0/17"),
        ("prefix-length-range /12-/16", "10.0.0.0/12", "10.0.0.0/8"),
    ],
)
def test_the_kinds_of_a_route_filter(how: str, inside: str, outside: str) -> None:
    applied = policy(
        f"{TERM} a from route-filter 10.0.0.0/8 {how}\n{TERM} a then accept\n{TERM} b then reject"
    )

    assert passes(applied, inside, outside) == [True, False]


def test_of_route_filters_the_longest_prefix_decides_alone() -> None:
    applied = policy(
        f"{TERM} a from route-filter 10.0.0.0/8 orlonger\n"
        f"{TERM} a from route-filter 10.1.0.0/16 exact\n{TERM} a then accept\n{TERM} b then reject"
    )

    assert passes(applied, "10.2.0.0/24", "10.1.0.0/16", "10.1.2.0/24") == [True, True, False]


def test_a_term_without_an_end_goes_on_to_the_next() -> None:
    applied = policy(f"{TERM} a then metric 5\n{TERM} b then accept\n")

    assert applied.policy.terms[0] == Term(changes=Changes(med=5), disposition=Disposition.NEXT)


def test_the_term_without_a_name_stands_last() -> None:
    applied = policy(
        "set policy-options policy-statement P then reject\n"
        f"{TERM} a from route-filter 10.0.0.0/8 exact\n{TERM} a then accept\n"
    )

    assert passes(applied, "10.0.0.0/8", "10.0.0.0/9") == [True, False]


def test_local_preference_does_not_reach_a_neighbour_of_another_as() -> None:
    text = f"{TERM} a then local-preference 50\n{TERM} a then as-path-prepend 65000\n{TERM} a then accept"
    found = read(f"{SESSION}{GROUP} export P\n{text}")
    states = {one.text: one.mark.state for one in found.support.remarks}

    assert policy(text, "export").policy == Policy(terms=(Term(changes=Changes(prepend=1)),))
    assert states[f"{TERM} a then local-preference 50"] is State.IRRELEVANT


def test_what_is_inactive_is_not_there() -> None:
    keys = (
        f"{SESSION}{GROUP} neighbor 10.0.0.5\ndeactivate protocols bgp group g neighbor 10.0.0.5\n"
    )
    again = f"{keys}activate protocols bgp group g neighbor 10.0.0.5\n"
    braces = (
        "protocols { bgp { group g { peer-as 5; inactive: neighbor 10.0.0.5 { hold-time 9; } } } }"
    )

    assert [str(one.address) for one in read(keys).bgps[0].neighbours] == ["10.0.0.1"]
    assert len(read(again).bgps[0].neighbours) == 2
    assert read(braces).bgps[0].neighbours == ()


def test_what_is_deleted_is_not_there() -> None:
    text = f"{SESSION}{GROUP} neighbor 10.0.0.1 hold-time 9\ndelete protocols bgp group g neighbor 10.0.0.1\n"

    assert read(text).bgps[0].neighbours == ()
    assert doubts(text) == []


def test_edit_and_top_say_where_commands_stand() -> None:
    text = (
        "edit protocols bgp group g\nset peer-as 64512\nset neighbor 10.0.0.1\nup 2\n"
        "top set routing-options autonomous-system 65000\n"
    )

    assert session(text).remote_as is not None
    assert doubts(text) == []


def test_a_command_may_set_more_than_one_thing() -> None:
    text = f"{SESSION}{GROUP} neighbor 10.0.0.1 hold-time 30 description x\n"
    found = session(text)

    assert found.hold is not None
    assert found.description is not None
    assert doubts(text) == []


def test_words_are_short_in_commands_and_not_in_braces() -> None:
    keys = "set interfaces ge-0/0/0 unit 0 family inet addres 10.0.0.1/24\n"
    braces = "interfaces { ge-0/0/0 { unit 0 { family inet { addres 10.0.0.1/24; } } } }"

    assert [len(one.addresses) for one in read(keys).interfaces] == [1]
    assert [len(one.addresses) for one in read(braces).interfaces] == []
    assert doubts(braces) == [(1, State.UNKNOWN)]


def test_groups_give_what_a_block_does_not_say() -> None:
    common = "set groups G protocols bgp group <*> hold-time 45\nset apply-groups G\n"
    inherited = session(SESSION + common)
    own = session(f"{SESSION}{common}{GROUP} hold-time 60\n")

    assert inherited.hold is not None
    assert inherited.hold.value == 45
    assert own.hold is not None
    assert own.hold.value == 60
    assert doubts(f"{SESSION}{common}{GROUP} hold-time 60\n") == []


def test_a_group_that_nobody_applies_has_no_effect() -> None:
    found = session(f"{SESSION}set groups G protocols bgp group g hold-time 45\n")

    assert found.hold is None


@pytest.mark.parametrize(
    "asn", ["routing-options autonomous-system 65000", f"{GROUP[4:]} local-as 65000"]
)
def test_the_own_as_is_said_in_one_of_two_places(asn: str) -> None:
    text = f"set {asn}\n{GROUP} peer-as 64512\n{GROUP} neighbor 10.0.0.1\n"

    assert read(text).bgps[0].asn.value == 65000
    assert doubts(text) == []


def test_a_speaker_without_an_as_is_told() -> None:
    assert doubts(f"{GROUP} neighbor 10.0.0.1 peer-as 5\n") == [(1, State.CONTRADICTORY)]


def test_multipath_takes_a_policy_for_the_forwarding_table() -> None:
    balance = (
        "set routing-options forwarding-table export LB\n"
        "set policy-options policy-statement LB then load-balance per-packet\n"
    )
    both = read(f"{SESSION}{GROUP} multipath\n{balance}").bgps[0].knobs
    alone = read(f"{SESSION}{balance}").bgps[0].knobs

    assert both.maximum_paths is not None
    assert alone.maximum_paths is None
    assert doubts(f"{SESSION}{GROUP} multipath\n") == [(5, State.NOT_MODELLED)]
    assert doubts(f"{SESSION}{balance}") == []


def test_routing_instances_have_their_own_speakers() -> None:
    inner = SESSION.replace("set ", "set routing-instances aws ")
    route = "set routing-instances aws routing-options static route 10.0.0.0/8 next-hop 10.0.0.9\n"
    found = read(inner + route)

    assert [(one.vrf, one.asn.value) for one in found.bgps] == [("aws", 65000)]
    assert [one.vrf for one in found.static_routes] == ["aws"]


def test_bfd_and_the_checks_of_sources() -> None:
    found = read(
        f"{SESSION}{GROUP} bfd-liveness-detection minimum-interval 300\n"
        "set interfaces st0 unit 1 family inet rpf-check\n"
        "set interfaces st0 unit 2 family inet rpf-check mode loose\n"
    )
    bfd = found.bgps[0].neighbours[0].bfd

    assert bfd is not None
    assert bfd.value == Bfd(interval=timedelta(milliseconds=300), multiplier=3)
    assert [one.reverse_path and one.reverse_path.value for one in found.interfaces] == [
        ReversePath.STRICT,
        ReversePath.LOOSE,
    ]


def test_a_tunnel_has_its_proposals_and_its_zone() -> None:
    first, second = read(WHOLE.read_text()).tunnels

    assert first.ike is not None
    assert [one.value for one in first.ike.proposals] == [
        IkeProposal(encryption="aes256", integrity="sha384", group=20)
    ]
    assert first.esp is not None
    assert [one.value for one in first.esp.proposals] == [
        IkeProposal(encryption="aes256gcm16", integrity=None, group=20)
    ]
    assert first.ike.dead_peer is not None
    assert second.ike is not None
    assert second.ike.dead_peer is None
    assert [one.zone and one.zone.value for one in (first, second)] == ["aws", "aws"]


ZONED = "set security zones security-zone aws interfaces st0.1\n"
PACKET_MODE = "set security forwarding-options family {family} mode packet-based\n"


@pytest.mark.parametrize(
    ("text", "binding"),
    [
        ("", None),
        (ZONED, SessionBinding.ZONE),
        (ZONED + PACKET_MODE.format(family="mpls"), SessionBinding.STATELESS),
        (ZONED + PACKET_MODE.format(family="inet6"), SessionBinding.ZONE),
    ],
)
def test_a_device_with_zones_binds_sessions_to_them_unless_it_keeps_none(
    text: str, binding: SessionBinding | None
) -> None:
    found = read("set interfaces st0 unit 1 family inet address 169.254.10.2/30\n" + text)

    said = found.session_binding
    assert (said and said.value) is binding
    assert [*found.support.doubts()] == []


def test_static_routes_have_preferences_of_their_own() -> None:
    routes = read(WHOLE.read_text()).static_routes

    assert [(str(one.prefix), one.distance, one.drops) for one in routes] == [
        ("0.0.0.0/0", None, False),
        ("10.97.0.0/16", 210, False),
        ("10.96.0.0/16", None, True),
    ]


def test_a_file_that_is_cut_off_is_told() -> None:
    assert doubts("protocols {\n bgp {\n  hold-time 30;\n") == [
        (1, State.CONTRADICTORY),
        (2, State.CONTRADICTORY),
        (3, State.CONTRADICTORY),
    ]


def test_remarks_are_no_configuration() -> None:
    text = "/* protocols { bgp { hold-time 1; } }\n more */\n# set x\nsystem { host-name a; } # b\n"
    found = read(text)

    assert found.host_name is not None
    assert found.bgps == ()
    assert sum(found.support.counts().values()) + found.support.outside == 1


@pytest.mark.parametrize(
    "text",
    [
        "edit [ ]\nset a",
        "set [",
        "[ ] ;",
        "{\nst0\n;",
        "{\n} G\n{\nP { }\n}",
        "delete:\nset {\nfrom\n;",
        "a { b; }\ndelete: a;",
        "a { b {\nc; } }\nreplace: a { d; }",
        "top top top",
        "up 99",
    ],
)
def test_odd_texts_lose_no_line(text: str) -> None:
    found = read(text)

    assert sum(found.support.counts().values()) + found.support.outside == len(text.splitlines())


def test_a_block_that_is_replaced_has_what_is_said_last() -> None:
    text = "system { host-name a; }\nreplace: system { host-name b; }\n"
    found = read(text)

    assert found.host_name is not None
    assert found.host_name.value == "b"
    assert doubts(text) == []


VPN = (
    "set security ike policy p pre-shared-key hexadecimal 7365637265742e6b6579\n"
    "set security ike gateway g ike-policy p\n"
    "set security ipsec vpn v bind-interface st0.1\n"
    "set security ipsec vpn v ike gateway g\n"
)


def test_a_key_may_be_in_hexadecimal() -> None:
    (found,) = read(VPN).tunnels

    assert found.ike is not None
    assert found.ike.secret is not None
    assert found.ike.secret.value == Secret("secret.key")


@pytest.mark.parametrize(
    ("how", "starts"),
    [("immediately", True), ("on-traffic", True), ("responder-only", False)],
)
def test_a_vpn_may_wait_for_the_other_end(how: str, *, starts: bool) -> None:
    (found,) = read(f"{VPN}set security ipsec vpn v establish-tunnels {how}\n").tunnels

    assert found.starts is not None
    assert found.starts.value is starts


@pytest.mark.parametrize(
    "line",
    [
        f"{GROUP} family inet unicast rib-group r",
        f"{GROUP} family inet unicast\n{GROUP} family inet unicast add-path receive",
        "set routing-options static route 10.9.0.0/16 no-install",
    ],
)
def test_what_changes_the_routes_and_is_not_modelled_is_told(line: str) -> None:
    assert [state for _, state in doubts(f"{SESSION}{line}\n")] == [State.NOT_MODELLED]


@pytest.mark.parametrize(
    "delete",
    [
        "delete protocols bgp gr g neigh 10.0.0.1",
        "delete prot bgp group g neighbor 10.0.0.1",
        "delete protocols bgp gr g",
    ],
)
@pytest.mark.parametrize("set_", ["neighbor", "neigh"])
def test_the_words_of_a_deletion_may_be_short(delete: str, set_: str) -> None:
    text = f"{SESSION}{GROUP} neighbor 10.0.0.1\n".replace("neighbor", set_)

    assert [bgp.neighbours for bgp in read(f"{text}{delete}\n").bgps] in ([()], [])


@pytest.mark.parametrize("name", ["group", "g", "neigh"])
def test_names_of_a_deletion_are_whole(name: str) -> None:
    text = f"{SESSION}{GROUP} neighbor 10.0.0.1\n".replace("group g", "group gateways")

    assert len(read(f"{text}delete protocols bgp group {name}\n").bgps[0].neighbours) == 1


def test_a_term_is_moved_before_another_one() -> None:
    moved = "insert policy-options policy-statement P term b before term a\n"
    text = f"{TERM} a then accept\n{TERM} b then reject\n"

    assert passes(policy(text), "10.0.0.0/8") == [True]
    assert passes(policy(text + moved), "10.0.0.0/8") == [False]
    assert passes(policy(text + moved.replace("b before term a", "a after term b")), "10.0.0.0/8")


def test_what_is_moved_has_to_be_there() -> None:
    text = f"{TERM} a then accept\ninsert policy-options policy-statement P term a before term b\n"

    assert doubts(f"{text}insert policy-options policy-statement P\n") == [
        (2, State.UNKNOWN),
        (3, State.UNKNOWN),
    ]


def test_a_copy_is_one_of_its_own() -> None:
    copied = (
        f"{TERM} a then local-preference 50\n{TERM} a then accept\n"
        "copy policy-options policy-statement P to policy-statement Q\n"
        "set policy-options policy-statement Q term a then local-preference 70\n"
        f"{GROUP} neighbor 10.0.0.2 import Q\n"
    )
    one, other = read(f"{SESSION}{GROUP} import P\n{copied}").bgps[0].neighbours

    assert one.imports is not None
    assert other.imports is not None
    (first,), (second,) = one.imports.policy.terms, other.imports.policy.terms
    assert first.changes.local_preference == 50
    assert second.changes.local_preference == 70


@pytest.mark.parametrize("verb", ["copy", "rename"])
def test_a_name_that_is_taken_is_given_to_nothing(verb: str) -> None:
    text = f"{TERM} a then accept\n{TERM} b then accept\n"
    text += f"{verb} policy-options policy-statement P term a to term b\n"

    assert doubts(text) == [(3, State.UNKNOWN)]


def test_copies_of_copies_come_to_an_end() -> None:
    words = [f"w{number}" for number in range(60)]
    copies = [f"copy {' '.join(words[:end])} to x{end}" for end in range(59, 0, -1)]
    lines = [f"set {' '.join(words)}", *copies]

    assert (len(lines), State.NOT_MODELLED) in doubts("\n".join(lines))


def test_a_term_that_has_another_name_stays_at_its_place() -> None:
    text = (
        f"{TERM} a then accept\n{TERM} b then reject\n"
        "rename policy-options policy-statement P term a to term z\n"
    )

    assert passes(policy(text), "10.0.0.0/8") == [True]
    assert [one.label for one in policy(text).clauses] == ["z", "b"]


def test_a_value_that_is_set_again_takes_the_place_of_the_one_before() -> None:
    text = "".join(f"{TERM} a then local-preference {value}\n" for value in (50, 70, 50))
    (term,) = policy(text).policy.terms

    assert term.changes == Changes(local_preference=50)
    assert [one.mark.state for one in read(SESSION + text).support.remarks][-3:] == [
        State.IRRELEVANT
    ] * 3
    used = read(f"{SESSION}{GROUP} import P\n{text}").support.remarks
    assert [one.mark.state for one in used][-3:] == [
        State.IRRELEVANT,
        State.IRRELEVANT,
        State.UNDERSTOOD,
    ]

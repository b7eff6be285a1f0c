"""FortiOS, read: golden files, and what is easily got wrong."""

from __future__ import annotations

from datetime import timedelta
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path

import pytest
from tests.device import told

from samepath.device.fortios import reader
from samepath.device.reading.configuration import Appears, DeviceConfiguration, Neighbour
from samepath.device.reading.policies import AppliedPolicy
from samepath.device.reading.secret import HIDDEN, Secret
from samepath.device.reading.source import Source
from samepath.device.reading.support import Part, State
from samepath.model.policy import Changes, Disposition, Policy, PrefixMatch, Term
from samepath.model.topology import Bfd, IkeProposal, ReversePath, SessionBinding
from samepath.routing.policy import apply
from samepath.routing.route import Route
from samepath.routing.route import Source as Origin

HERE = Path(__file__).parent
WHOLE = HERE.parents[2] / "examples" / "devices" / "fortios.conf"
MISTAKES = HERE / "golden" / "mistakes.conf"
ENDS = "next\nend\n"


def read(text: str) -> DeviceConfiguration:
    return reader.read([Source(name="fg.conf", text=text)])


def bgp(*lines: str, neighbour: str = "set remote-as 64512") -> str:
    own = "\n".join(lines)
    return (
        f"config router bgp\nset as 65000\n{own}\nconfig neighbor\nedit 10.0.0.1\n"
        f"{neighbour}\n{ENDS}end\n"
    )


def rules(kind: str, name: str, *texts: str) -> str:
    each = "".join(f"edit {number}\n{text}\nnext\n" for number, text in enumerate(texts, start=1))
    return f'config router {kind}\nedit "{name}"\nconfig rule\n{each}end\nnext\nend\n'


def session(text: str) -> Neighbour:
    (found,) = read(text).bgps[0].neighbours
    return found


def imports(text: str) -> AppliedPolicy:
    found = session(bgp(neighbour='set remote-as 64512\nset route-map-in "M"') + text).imports
    assert found is not None
    return found


def route(prefix: str) -> Route:
    return Route(prefix=IPv4Network(prefix), source=Origin.EBGP, session="x")


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
    shown = [repr(found), *(one.text for one in found.support.remarks)]

    assert tunnel.ike is not None
    assert tunnel.ike.secret is not None
    assert tunnel.ike.secret.value == Secret("two words\nover two lines")
    assert [one for one in shown if "two words" in one] == []


def test_a_rule_without_an_action_permits_and_the_end_of_a_map_denies() -> None:
    policy = imports(rules("route-map", "M", "set set-local-preference 200")).policy
    ends = imports(
        rules("route-map", "M", 'set match-ip-address "P"')
        + rules("prefix-list", "P", "set prefix 10.0.0.0 255.0.0.0")
    ).policy

    assert policy == Policy(terms=(Term(changes=Changes(local_preference=200)),))
    assert ends.terms[-1] == Term(disposition=Disposition.REJECT)


def test_rules_are_tried_by_their_numbers() -> None:
    text = rules("route-map", "M", "set set-weight 1", "set action deny")
    swapped = text.replace("edit 1\n", "edit 9\n")

    assert imports(text).policy.terms[0].disposition is Disposition.ACCEPT
    assert imports(swapped).policy.terms[0].disposition is Disposition.REJECT


@pytest.mark.parametrize(
    ("rule", "lengths"),
    [
        ("set prefix 10.0.0.0 255.0.0.0", (8, 8)),
        ("set prefix 10.0.0.0/8", (8, 8)),
        ("set prefix 10.0.0.0 255.0.0.0\nset ge 16", (16, 32)),
        ("set prefix 10.0.0.0 255.0.0.0\nset le 24", (8, 24)),
        ("set prefix 10.0.0.0 255.0.0.0\nset ge 16\nset le 24", (16, 24)),
        ("set prefix 10.0.0.0 255.0.0.0\nset ge 16\nunset ge", (8, 8)),
    ],
)
def test_the_lengths_of_a_prefix_list(rule: str, lengths: tuple[int, int]) -> None:
    found = imports(
        rules("route-map", "M", 'set match-ip-address "P"') + rules("prefix-list", "P", rule)
    )
    (match,) = found.policy.terms[0].conditions.prefixes

    assert (match.minimum, match.maximum) == lengths


def test_an_access_list_admits_longer_prefixes_unless_it_is_exact() -> None:
    named = rules("route-map", "M", 'set match-ip-address "A"')
    wide = imports(named + rules("access-list", "A", "set prefix 10.0.0.0 255.0.0.0"))
    exact = imports(
        named + rules("access-list", "A", "set prefix 10.0.0.0 255.0.0.0\nset exact-match enable")
    )

    assert [one.maximum for one in wide.policy.terms[0].conditions.prefixes] == [32]
    assert [one.maximum for one in exact.policy.terms[0].conditions.prefixes] == [8]


def test_local_preference_does_not_reach_a_neighbour_of_another_as() -> None:
    text = bgp(neighbour='set remote-as 64512\nset route-map-out "M"')
    text += rules("route-map", "M", "set set-local-preference 50\nset set-aspath 65000")
    found = read(text)
    (exports,) = (one.exports for one in found.bgps[0].neighbours)
    states = {one.text: one.mark.state for one in found.support.remarks}

    assert exports is not None
    assert exports.policy == Policy(terms=(Term(changes=Changes(prepend=1)),))
    assert states["set set-local-preference 50"] is State.IRRELEVANT


def test_the_same_map_inbound_sets_it() -> None:
    both = 'set remote-as 64512\nset route-map-in "M"\nset route-map-out "M"'
    found = read(bgp(neighbour=both) + rules("route-map", "M", "set set-local-preference 50"))
    (one,) = found.bgps[0].neighbours

    assert one.imports is not None
    assert one.imports.policy.terms[0].changes == Changes(local_preference=50)
    assert found.support.doubts() == ()


def test_the_default_route_passes_by_the_export_map_unless_it_has_one() -> None:
    plain = session(bgp(neighbour="set remote-as 1\nset capability-default-originate enable"))
    mapped = session(
        bgp(
            neighbour="set remote-as 1\nset capability-default-originate enable\n"
            'set default-originate-routemap "M"'
        )
        + rules("route-map", "M", "set set-aspath 65000 65000")
    )

    assert plain.default_originate is not None
    assert plain.default_originate.policy is None
    assert mapped.default_originate is not None
    assert mapped.default_originate.policy is not None
    assert mapped.default_originate.policy.policy.terms[0].changes.prepend == 2


def test_a_network_is_announced_while_there_is_a_route_unless_the_check_is_off() -> None:
    network = "config network\nedit 1\nset prefix 10.0.0.0 255.0.0.0\nnext\nend"
    checked = read(bgp(network)).bgps[0].networks
    unchecked = read(bgp("set network-import-check disable", network)).bgps[0].networks

    assert [one.appears for one in (*checked, *unchecked)] == [
        Appears.WHILE_ROUTED,
        Appears.ALWAYS,
    ]


def test_multipath_is_off_until_it_is_said() -> None:
    said = read(bgp("set ebgp-multipath enable")).bgps[0].knobs.maximum_paths

    assert read(bgp()).bgps[0].knobs.maximum_paths is None
    assert said is not None
    assert said.value > 1


def test_the_timers_of_the_speaker_are_those_of_its_neighbours() -> None:
    own = session(bgp("set holdtime-timer 90", neighbour="set holdtime-timer 30"))
    shared = session(bgp("set holdtime-timer 90"))

    assert own.hold is not None
    assert own.hold.value == 30
    assert shared.hold is not None
    assert shared.hold.value == 90


def test_bfd_has_the_times_of_the_interface_that_leads_to_the_neighbour() -> None:
    (first, second) = read(WHOLE.read_text()).bgps[0].neighbours

    assert first.bfd is not None
    assert first.bfd.value == Bfd(interval=timedelta(milliseconds=300), multiplier=3)
    assert second.bfd is None


def test_blocks_of_one_name_are_one_block() -> None:
    text = bgp() + "config router bgp\nconfig neighbor\nedit 10.0.0.1\nset weight 7\nend\nend\n"
    found = session(text)

    assert found.weight is not None
    assert found.weight.value == 7
    assert found.remote_as is not None


def test_an_end_in_an_entry_closes_the_table_too() -> None:
    found = read(
        "config router bgp\nset as 65000\nconfig neighbor\nedit 10.0.0.1\nset remote-as 1\nend\n"
        "set router-id 1.1.1.1\nend\n"
    )

    assert found.bgps[0].router_id is not None
    assert found.support.doubts() == ()


def test_what_stands_below_an_entry_that_is_refused_is_refused() -> None:
    text = bgp(neighbour="next\nedit 10.0.0.5 ! two\nset remote-as 64513")
    found = read(text)

    assert [str(one.address) for one in found.bgps[0].neighbours] == ["10.0.0.1"]
    assert [state for line, state in doubts(text) if line in {7, 8}] == [State.UNKNOWN] * 2


@pytest.mark.parametrize(
    ("setting", "attribute"),
    [
        ("set remote-as none", "remote_as"),
        ("set weight -1", "weight"),
        ("set shutdown yes", "shutdown"),
        ("set update-source", "update_source"),
    ],
)
def test_a_value_that_fortios_rejects_is_not_there(setting: str, attribute: str) -> None:
    text = bgp(neighbour=setting)

    assert getattr(session(text), attribute) is None
    assert (6, State.UNKNOWN) in doubts(text)


def test_a_value_that_is_rejected_leaves_the_one_before_it() -> None:
    text = bgp(neighbour="set remote-as 64512\nset remote-as many")
    found = session(text)

    assert found.remote_as is not None
    assert found.remote_as.value == 64512
    assert doubts(text) == [(7, State.UNKNOWN)]


def test_an_attribute_that_is_taken_back_is_not_there() -> None:
    found = read(bgp(neighbour="set remote-as 1\nset weight 7\nunset weight"))

    assert found.bgps[0].neighbours[0].weight is None
    assert found.support.doubts() == ()


def test_a_deleted_entry_is_not_there() -> None:
    text = bgp() + "config router bgp\nconfig neighbor\ndelete 10.0.0.1\nend\nend\n"

    assert read(text).bgps[0].neighbours == ()
    assert doubts(text) == []


def test_renamed_and_copied_entries() -> None:
    named = bgp(neighbour='set remote-as 64512\nset route-map-in "M"')
    text = named + rules("route-map", "OLD", "set set-weight 3")
    for command in ("rename", "clone"):
        found = read(text + f"config router route-map\n{command} OLD to M\nend\n")
        (one,) = found.bgps[0].neighbours
        assert one.imports is not None
        assert one.imports.policy.terms[0].changes == Changes(weight=3)
        assert found.support.doubts() == ()


def test_a_word_may_be_short_while_one_attribute_fits() -> None:
    found = session(bgp(neighbour="set remote 64512\nset route-map-i X"))

    assert found.remote_as is not None
    assert found.imports is not None


def test_the_words_of_a_block_may_be_short() -> None:
    found = read("config sys global\nset hostname a\nend\nconfig sys admin\nedit x\nnext\nend\n")

    assert found.host_name is not None
    assert found.support.outside == 4


def test_a_map_that_is_not_there_is_told_and_trusted_neither_way() -> None:
    text = bgp(neighbour='set remote-as 1\nset route-map-in "NONE"')
    applied = session(text).imports

    assert applied is not None
    assert not applied.defined
    assert applied.policy.terms[0].opaque != ()
    assert doubts(text) == [(7, State.CONTRADICTORY)]


def test_a_block_in_a_block_that_is_not_closed_is_read_and_told() -> None:
    text = "config router static\nedit 1\nset device a\n" + bgp()
    found = read(text)

    assert len(found.bgps) == 1
    assert doubts(text) == [(4, State.CONTRADICTORY)]


def test_a_block_that_is_not_known_is_no_block_of_another() -> None:
    text = "config router bpg\nset as 1\nend\n"
    remarks = read(text).support

    assert [(one.place.line, one.mark.state) for one in remarks.remarks] == [(1, State.UNKNOWN)]
    assert remarks.outside == 2


def test_domains_have_their_own_speakers_and_lists() -> None:
    one = bgp(neighbour='set remote-as 64512\nset prefix-list-out "P"')
    domains = "config vdom\n" + "".join(
        f"edit {name}\n{one}{rules('prefix-list', 'P', f'set prefix {prefix}')}next\n"
        for name, prefix in (("a", "10.0.0.0/8"), ("b", "172.16.0.0/12"))
    )
    found = read(domains + "end\n")
    lets = [each.neighbours[0].exports for each in found.bgps]

    assert [each.vrf for each in found.bgps] == ["a", "b"]
    for applied, inside in zip(lets, ("10.0.0.0/8", "172.16.0.0/12"), strict=True):
        assert applied is not None
        kept = apply(applied.policy, route(inside), 65000).route
        assert kept is not None
        assert apply(applied.policy, route("192.168.0.0/16"), 65000).route is None


@pytest.mark.parametrize(
    ("setting", "reverse_path", "binding"),
    [
        ("set asymroute enable", ReversePath.OFF, SessionBinding.STATELESS),
        ("set strict-src-check enable", ReversePath.STRICT, None),
        ("set strict-src-check disable", None, None),
    ],
)
def test_the_settings_of_the_firewall(
    setting: str, reverse_path: ReversePath | None, binding: SessionBinding | None
) -> None:
    interface = "config system interface\nedit port1\nset ip 10.0.0.1/24\nnext\nend\n"
    found = read(f"config system settings\n{setting}\nend\n{interface}")
    (port,) = found.interfaces

    assert (port.reverse_path and port.reverse_path.value) == reverse_path
    assert (found.session_binding and found.session_binding.value) == binding


def test_the_check_of_sources_may_be_off_at_one_interface() -> None:
    checks = {one.name: one.reverse_path for one in read(WHOLE.read_text()).interfaces}

    assert {name: said and said.value for name, said in checks.items()} == {
        "port1": ReversePath.STRICT,
        "port2": ReversePath.STRICT,
        "aws-a": ReversePath.STRICT,
        "aws-b": ReversePath.OFF,
    }


def test_proposals_are_each_cipher_with_each_group() -> None:
    first, second = read(WHOLE.read_text()).tunnels

    assert first.ike is not None
    assert [one.value for one in first.ike.proposals] == [
        IkeProposal(encryption="aes256gcm16", integrity="sha384", group=20),
        IkeProposal(encryption="aes256gcm16", integrity="sha384", group=14),
        IkeProposal(encryption="aes256", integrity="sha256", group=20),
        IkeProposal(encryption="aes256", integrity="sha256", group=14),
    ]
    assert second.esp is not None
    assert [one.value for one in second.esp.proposals] == [
        IkeProposal(encryption="aes256gcm16", integrity=None, group=20)
    ]
    assert second.esp.replay_window is not None
    assert second.esp.replay_window.value == 0


def test_a_tunnel_has_its_addresses_from_its_interface() -> None:
    first, _ = read(WHOLE.read_text()).tunnels

    assert first.destination is not None
    assert first.destination.value == IPv4Address("203.0.113.11")
    assert first.inside is not None
    assert str(first.inside.value) == "169.254.20.2/30"


def test_groups_that_are_not_said_depend_on_the_release_and_are_told() -> None:
    text = "config vpn ipsec phase1-interface\nedit a\nset proposal aes256-sha256\nnext\nend\n"
    text += "config vpn ipsec phase2-interface\nedit a\nset phase1name a\nset pfs disable\n"
    text += "set proposal aes128-sha1\nnext\nend\n"
    (tunnel,) = read(text).tunnels

    assert doubts(text) == [(3, State.NOT_MODELLED)]
    assert tunnel.esp is not None
    assert [one.value.group for one in tunnel.esp.proposals] == [None]


def test_a_policy_for_one_tunnel_alone_is_told() -> None:
    text = WHOLE.read_text().replace('set srcintf "aws"', 'set srcintf "aws-a"')
    (remark,) = (one for one in read(text).support.doubts() if "srcintf" in one.text)

    assert remark.mark.parts == {Part.DROPS}
    assert "aws-b" in remark.mark.reason


def test_a_protocol_in_which_nothing_is_configured_is_no_doubt() -> None:
    empty = 'config router ospf\nconfig redistribute "bgp"\nend\nend\n'
    used = "config router ospf\nconfig area\nedit 0.0.0.0\nnext\nend\nend\n"

    assert doubts(empty) == []
    assert doubts(used) == [(1, State.NOT_MODELLED)]


def test_a_route_that_is_disabled_is_none() -> None:
    text = "config router static\nedit 1\nset device a\nset status disable\nnext\nend\n"

    assert read(text).static_routes == ()
    assert doubts(text) == []


def test_static_routes_of_one_distance_have_an_order() -> None:
    routes = read(WHOLE.read_text()).static_routes

    assert [(str(one.prefix), one.distance, one.priority, one.drops) for one in routes] == [
        ("0.0.0.0/0", None, None, False),
        ("10.99.0.0/16", 210, 5, False),
        ("10.98.0.0/16", 254, None, True),
    ]


def test_a_list_that_filters_a_session_refuses_the_rest() -> None:
    one = session(
        bgp(neighbour='set remote-as 64512\nset prefix-list-in "P"')
        + rules("prefix-list", "P", "set prefix 0.0.0.0 0.0.0.0\nset le 8")
    )

    assert one.imports is not None
    (term,) = one.imports.policy.terms
    assert term.conditions.prefixes == (
        PrefixMatch(prefix=IPv4Network("0.0.0.0/0"), minimum=9, maximum=32),
    )


@pytest.mark.parametrize(
    ("lines", "version", "starts"),
    [
        ("", 1, None),
        ("set ike-version 2\n", 2, None),
        ("set passive-mode enable\n", 1, False),
        ("set passive-mode disable\n", 1, True),
    ],
)
def test_a_phase_1_is_ikev1_and_begins_unless_it_says_otherwise(
    lines: str, version: int, *, starts: bool | None
) -> None:
    text = f"config vpn ipsec phase1-interface\nedit a\n{lines}{ENDS}"
    (found,) = read(text).tunnels

    assert found.ike is not None
    assert found.ike.version is not None
    assert found.ike.version.value == version
    assert (None if found.starts is None else found.starts.value) is starts


def test_a_confederation_is_told() -> None:
    text = bgp("set confederation-identifier 65100")

    assert doubts(text) == [(3, State.NOT_MODELLED)]

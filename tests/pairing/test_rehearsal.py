"""What a lab runs for a VPN that somebody has, what is said of it, and how alike it is."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from tests.aws.descriptions import KEY, Sketch, connection
from tests.pairing.ends import CUSTOMER, NAME, aws, device, frr, paired
from tests.pairing.test_any_device import configs

from samepath.control.addressing import INTERNET_HOP
from samepath.control.unbuilt import refusals
from samepath.device.readers import read
from samepath.device.reading.source import Source
from samepath.model.document import parse
from samepath.model.policy import Changes, Disposition
from samepath.model.topology import (
    BestPath,
    CustomerGateway,
    GatewayPrefers,
    Platform,
    ReversePath,
    SessionBinding,
    Topology,
)
from samepath.model.topology_view import tunnels_of
from samepath.model.writing import render
from samepath.pairing.device import CannotPair, Device
from samepath.pairing.insides import assumed_aws
from samepath.pairing.rehearsal import CannotRehearse, Rehearsal, rehearse
from samepath.pairing.rehearsal_difference import likeness
from samepath.pairing.stand_in import stand_in
from samepath.pairing.stand_in_prefixes import without_prefixes
from samepath.pairing.substitution import Kind
from samepath.pairing.topology import pair
from samepath.pairing.usable_values import TAKEN, with_usable_values

DEVICES = Path(__file__).parents[2] / "examples" / "devices"
TWO_MAPS = (
    "route-map PREFER permit 10",
    " set local-preference 200",
    "route-map BACKUP permit 10",
    " set as-path prepend 65000 65000",
)
STEERED = frr(
    family=(
        "network 192.168.10.0/24",
        "neighbor 169.254.10.1 route-map PREFER in",
        "neighbor 169.254.11.1 route-map BACKUP out",
    ),
    after=TWO_MAPS,
)


def of_device(name: str) -> Rehearsal:
    """The rehearsal of an example's device, with AWS's end as it expects it."""
    file = DEVICES / name
    source = Source(name=file.name, text=file.read_text())
    it = Device(name="fw1", sources=(source,), configuration=read([source]))
    understood = assumed_aws([it])
    return rehearse(understood, pair(understood, [it]))


def of_frr(config: str = STEERED) -> Rehearsal:
    found = paired(config)
    return rehearse(found.understood, found)


def said(rehearsal: Rehearsal, element: str, kind: Kind | None = None) -> list[str]:
    """What is said of an element."""
    return [
        one.what
        for one in rehearsal.substitutions
        if one.element == element and kind in {None, one.kind}
    ]


def customer(topology: Topology) -> CustomerGateway:
    (only,) = topology.customer_gateways.values()
    return only


# -------------------------------------------------------------------------------------------- laws


@settings(max_examples=60)
@example(
    config=STEERED.replace(
        "remote-as 64512", "remote-as 64512\n neighbor 169.254.10.1 timers 5 4", 1
    ),
    static=False,
    two=False,
)
@given(config=configs(), static=st.booleans(), two=st.booleans())
def test_whatever_is_paired_can_be_built_and_written_and_holds_no_key(
    config: str, *, static: bool, two: bool
) -> None:
    other = connection(Sketch(number=1), vpn="vpn-0b0b0b0b", cgw="cgw-0b0b0b0b")
    described = aws(connection(Sketch(static=static)), *([other] if two else []))
    try:
        found = pair(described, [device(config)])
    except CannotPair:
        return

    made = rehearse(described, found)

    assert refusals(made.lab) == ()
    assert parse(render(made.lab)).topology == made.lab
    assert KEY not in render(made.lab)
    assert not any(KEY in one.what for one in made.substitutions)


@settings(max_examples=25)
@given(config=configs(), static=st.booleans())
def test_any_frr_that_announces_its_networks_alone_is_predicted_alike(
    config: str, *, static: bool
) -> None:
    described = aws(connection(Sketch(static=static)))
    try:
        found = pair(described, [device(config)])
    except CannotPair:
        return
    real = found.understood.topology
    assume(not customer(real).aggregates)
    assume(not any(one.customer_policy.default_originate for _, one in tunnels_of(real)))

    made = rehearse(described, found)

    assert likeness(real, made.lab).differences == ()


@pytest.mark.parametrize("name", ["cisco-ios.cfg", "fortios.conf", "frr.conf", "junos.conf"])
def test_each_example_is_a_file_that_a_lab_builds(name: str) -> None:
    made = of_device(name)

    assert refusals(made.lab) == ()
    assert parse(render(made.lab)).topology == made.lab


def test_what_is_an_frr_already_is_predicted_as_it_was() -> None:
    made = of_frr()

    found = likeness(made.real, made.lab)
    assert (found.differences, found.open_rows, found.absent) == ((), 0, ())
    assert said(made, f"cgw:{CUSTOMER}") == [
        "an FRR of this machine runs the policies that were read of it"
    ]
    before, after = (one.connections[NAME].tunnels for one in (made.real, made.lab))
    assert [one.customer_policy for one in before] == [one.customer_policy for one in after]


def test_aws_alone_is_rehearsed_with_an_assumed_router() -> None:
    understood = aws()

    made = rehearse(understood)

    assert refusals(made.lab) == ()
    assert customer(made.lab).platform is Platform.FRR
    assert customer(made.lab).best_path == BestPath(maximum_paths=1)
    assert any("a router without policies" in one for one in said(made, CUSTOMER, Kind.ASSUMED))
    found = likeness(made.real, made.lab)
    assert found.differences == ()
    assert found.open_rows > 0


# --------------------------------------------------------------------------------------- the parts


def test_keys_and_addresses_are_said_to_stay_here() -> None:
    told = " ".join(said(of_frr(), "everywhere", Kind.STANDS_IN))

    assert "no packet leaves it" in told
    assert "pre-shared keys are made for the lab" in told


def test_an_unknown_preference_is_the_active_tunnel_and_said() -> None:
    made = of_frr()

    assert made.real.connections[NAME].gateway_prefers is GatewayPrefers.UNKNOWN
    assert made.lab.connections[NAME].gateway_prefers is GatewayPrefers.ACTIVE
    (told,) = said(made, NAME, Kind.STANDS_IN)
    assert told == (
        "nobody says which tunnel AWS prefers: in the lab it is tunnel 1 "
        f"(`samepath lab prefer {NAME}/tunnel2` makes it the other one)"
    )


def test_one_suite_stands_for_the_lists_of_both_ends() -> None:
    made = of_device("junos.conf")
    (tunnel, _) = made.lab.connections["vpn-fw1"].tunnels

    assert [len(one) for one in (tunnel.crypto.ike, tunnel.crypto.esp)] == [1, 1]
    assert said(made, "vpn-fw1/tunnel1") == [
        "IKE by aes256-sha384-20, ESP by aes256gcm16-20: the strongest that both ends admit"
    ]


def test_a_line_that_was_not_understood_is_left_out_with_its_place() -> None:
    made = of_frr(
        STEERED.replace(" address-family", " neighbor 169.254.10.1 frobnicate\n address-family", 1)
    )

    (told,) = said(made, f"cgw:{CUSTOMER}", Kind.LEFT_OUT)
    assert told.startswith("fw1.conf:7: `neighbor 169.254.10.1 frobnicate`")


def test_a_session_that_does_not_stand_exchanges_nothing_and_is_said() -> None:
    made = of_frr(
        STEERED.replace(
            "neighbor 169.254.11.1 remote-as 64512", "neighbor 169.254.11.1 remote-as 64999"
        )
    )

    terms = made.lab.connections[NAME].tunnels[1].customer_policy.exports.terms
    assert [one.disposition for one in terms] == [Disposition.REJECT]
    assert any("it has no session" in one for one in said(made, f"{NAME}/tunnel2"))


def test_a_default_route_is_announced_as_the_network_that_stands_for_it() -> None:
    made = of_device("cisco-ios.cfg")

    first, second = (one.customer_policy for one in made.lab.connections["vpn-fw1"].tunnels)
    stand_in_network = IPv4Network("198.19.0.0/24")
    assert first.exports.terms[0].disposition is Disposition.REJECT
    assert second.exports.terms[0].disposition is Disposition.ACCEPT
    assert second.exports.terms[0].changes == Changes()
    assert {one.prefix for one in second.exports.terms[0].conditions.prefixes} == {stand_in_network}
    assert not second.default_originate
    assert f"it announces {stand_in_network} in the place of 0.0.0.0/0, which it is in" in said(
        made, "cgw:cgw-fw1"
    )


def test_where_the_lab_does_otherwise_is_told_by_its_states() -> None:
    made = of_device("cisco-ios.cfg")

    (only,) = likeness(made.real, made.lab).differences
    assert "vpn-fw1/tunnel1 down" in {one.name for one in only.states}
    assert [str(one) for one in only.real] == [
        "vpn-fw1/tunnel2 to the site, no tunnel to the VPC: unreachable, an open flow is cut off"
    ]
    assert [str(one) for one in only.lab] == ["no way: unreachable, an open flow is cut off"]


def test_a_prefix_that_stands_for_no_network_is_left_out() -> None:
    topology, device = device_of("platform: frr, requires_policy: false")
    aggregates = (IPv4Network("172.16.0.0/12"), IPv4Network("192.168.0.0/16"))
    made, told = without_prefixes(
        replace(topology, customer_gateways={"dc": replace(device, aggregates=aggregates)})
    )

    # The network is announced as it is, and draws its packets by itself.
    assert customer(made).aggregates == ()
    assert made.connections == topology.connections
    assert [(one.kind, one.what) for one in told] == [
        (Kind.LEFT_OUT, f"{one}, which it announces beside its site's networks")
        for one in aggregates
    ]


def test_a_transit_gateway_is_refused_in_a_sentence() -> None:
    understood = aws(connection(vgw=None, tgw="tgw-0a0a0a0a"))

    with pytest.raises(CannotRehearse, match=r"^gw:tgw-0a0a0a0a is a transit gateway.*no lab has"):
        rehearse(understood)


# ------------------------------------------------------------------------------------- a stand-in


def device_of(settings: str) -> tuple[Topology, CustomerGateway]:
    text = f"""\
samepath: 1
vpcs: {{cloud: {{cidr: 10.0.0.0/16}}}}
customer_gateways: {{dc: {{address: 198.51.100.1, {settings}}}}}
sites: {{office: {{networks: [192.168.10.0/24]}}}}
connections: {{seoul: {{mode: plain}}}}
"""
    topology = parse(text).topology
    return topology, customer(topology)


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        (
            "platform: cisco-ios",
            {"best_path": BestPath(maximum_paths=1), "requires_policy": False},
        ),
        (
            "platform: junos, firewall: zone",
            {
                "best_path": BestPath(deterministic_med=True, maximum_paths=1),
                "binding": SessionBinding.ZONE,
            },
        ),
        (
            "platform: fortios",
            {"binding": SessionBinding.DEVICE, "reverse_path": ReversePath.FEASIBLE},
        ),
        (
            "platform: fortios, firewall: stateless",
            {"binding": None, "reverse_path": None},
        ),
        (
            "platform: quagga, best_path: {missing_med_as_worst: true, maximum_paths: 4}",
            {"best_path": BestPath(missing_med_as_worst=True, maximum_paths=4)},
        ),
        ("platform: vyos", {"best_path": BestPath(maximum_paths=256), "requires_policy": False}),
        ("platform: frr, requires_policy: false", {"platform": Platform.FRR}),
        (
            "platform: bird, best_path: {compare_router_id: true, maximum_paths: 2}",
            {"platform": Platform.BIRD, "best_path": BestPath(maximum_paths=2)},
        ),
    ],
)
def test_a_router_is_told_what_the_device_does_by_itself(
    settings: str, expected: dict[str, object]
) -> None:
    made, _ = stand_in(*device_of(settings))

    assert {field: getattr(made, field) for field in expected} == expected


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ("platform: cisco-ios", "keeps the already selected eBGP route, Cisco IOS"),
        ("platform: junos", "it also compares highest weight"),
        ("platform: junos", "nobody says to what its firewall binds sessions"),
        ("platform: fortios", "with MED 0, FortiOS with none"),
        ("platform: fortios", "where the device checks the opener's packets"),
        ("platform: cisco-asa", "an open one stays when its route moves"),
        ("platform: quagga", "only while it has a route there, Quagga always"),
        ("platform: routeros", "goes by no age"),
        ("platform: bird, best_path: {compare_router_id: true}", "changes of BIRD's choice"),
    ],
)
def test_what_the_stand_in_does_otherwise_is_said(settings: str, expected: str) -> None:
    _, told = stand_in(*device_of(settings))

    assert any(expected in one.what for one in told), told


# ----------------------------------------------------------------------------------- usable values


def test_the_labs_own_internet_address_is_given_to_nobody() -> None:
    topology, device = device_of("asn: 65001")
    device = replace(device, address=TAKEN)
    made, told = with_usable_values(replace(topology, customer_gateways={"dc": device}))

    assert INTERNET_HOP.ip == TAKEN
    assert customer(made).address == IPv4Address("198.51.100.1")
    assert [one.element for one in told] == ["cgw:dc"]


def test_an_old_gateways_number_and_a_zones_name_are_made_such_that_a_file_says() -> None:
    topology, device = device_of("asn: 65001")
    seoul = topology.connections["seoul"]
    first, second = seoul.tunnels
    zones = (replace(first, zone="AWS Zone"), replace(second, zone="aws-zone"))
    old = replace(topology.gateways["vgw"], asn=7224)
    made, told = with_usable_values(
        replace(
            topology,
            customer_gateways={"dc": replace(device, asn=64512)},
            gateways={"vgw": old},
            connections={"seoul": replace(seoul, tunnels=zones)},
        )
    )

    assert made.gateways["vgw"].asn == 64513
    assert customer(made).asn == 64512
    assert [one.zone for one in made.connections["seoul"].tunnels] == ["aws-zone-2", "aws-zone"]
    assert [one.what for one in told] == ["AS 64513 stands for its AS 7224"]
    assert parse(render(made)).topology == made


def test_a_device_whose_number_nobody_tells_gets_one() -> None:
    topology, device = device_of("asn: 65001")
    made, told = with_usable_values(
        replace(topology, customer_gateways={"dc": replace(device, asn=0)})
    )

    assert customer(made).asn == 64513
    assert [one.what for one in told] == ["AS 64513 stands for its AS, which is not told"]

"""Devices as the only ones that tell inside addresses."""

from __future__ import annotations

import pytest
from tests.pairing.ends import aws, codes, device, frr

from samepath.aws.gathering import gather
from samepath.aws.topology import understand
from samepath.aws.understood import Understood
from samepath.pairing.device import CannotPair
from samepath.pairing.insides import assumed_aws
from samepath.pairing.topology import pair

PLANNED = """
resource "aws_vpn_gateway" "main" {}
resource "aws_customer_gateway" "fw1" {
  bgp_asn    = 65000
  ip_address = "198.51.100.1"
  type       = "ipsec.1"
}
resource "aws_vpn_connection" "main" {
  customer_gateway_id = aws_customer_gateway.fw1.id
  vpn_gateway_id      = aws_vpn_gateway.main.id
  type                = "ipsec.1"
}
"""
NEIGHBOURS = ("169.254.99.1", "169.254.98.1")


def planned() -> Understood:
    return understand(gather([("main.tf", PLANNED)]))


def insides(found: Understood) -> list[list[str]]:
    return [
        [str(tunnel.inside) for tunnel in one.tunnels]
        for one in found.topology.connections.values()
    ]


def test_a_device_alone_tells_what_it_takes_aws_for() -> None:
    one = device(frr(family=("network 192.168.10.0/24",)))
    found = pair(assumed_aws([one]), [one])
    topology = found.understood.topology

    assert insides(found.understood) == [["169.254.10.0/30", "169.254.11.0/30"]]
    assert [each.asn for each in topology.gateways.values()] == [64512]
    assert codes(found) == []
    assert any("--vpn tells what it is" in str(each) for each in found.understood.assumed)


def test_two_devices_alone_are_two_of_one_site_at_one_gateway() -> None:
    devices = [
        device(frr(), "fw1"),
        device(frr(neighbours=("169.254.12.1", "169.254.13.1")), "fw2"),
    ]
    topology = pair(assumed_aws(devices), devices).understood.topology

    assert [*topology.gateways] == ["vgw-64512"]
    assert [site.customer_gateways for site in topology.sites.values()] == [("cgw-fw1", "cgw-fw2")]


@pytest.mark.parametrize(
    ("config", "why"),
    [
        (frr(neighbours=("10.0.0.1", "10.0.0.2")), "none of its neighbours may be AWS's"),
        (
            frr(neighbours=("169.254.10.1", "169.254.11.1", "169.254.12.1")),
            "3 of its neighbours are of AS 64512",
        ),
        (
            frr(neighbours=("169.254.10.2", "169.254.11.1")),
            "169.254.10.2 is not the first address of 169.254.10.0/30",
        ),
    ],
)
def test_a_device_whose_tunnels_are_not_clear_wants_a_description(config: str, why: str) -> None:
    with pytest.raises(CannotPair, match="--vpn") as refused:
        assumed_aws([device(config)])

    assert why in str(refused.value)


def test_a_planned_vpn_gets_its_addresses_from_the_device_of_its_name() -> None:
    found = pair(planned(), [device(frr(neighbours=NEIGHBOURS), "fw1")])

    assert insides(found.understood) == [["169.254.99.0/30", "169.254.98.0/30"]]
    assert "vpn-main: fw1's neighbours are its tunnels in their order" in map(
        str, found.understood.assumed
    )
    assert not any("inside network" in str(one) for one in found.understood.assumed)


def test_a_device_of_another_name_is_asked_to_be_called_so() -> None:
    with pytest.raises(CannotPair) as refused:
        pair(planned(), [device(frr(neighbours=NEIGHBOURS), "edge")])

    assert str(refused.value).endswith(
        "and AWS has chosen none yet; before AWS chooses them, a device is called as its customer "
        "gateway: fw1"
    )


def test_a_vpn_that_has_its_addresses_is_not_given_others() -> None:
    with pytest.raises(CannotPair, match=r"addresses are 169\.254\.10\.1, 169\.254\.11\.1$"):
        pair(aws(), [device(frr(neighbours=NEIGHBOURS), "0a0a0a0a")])

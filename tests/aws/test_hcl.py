"""Terraform's own files: literals and references are read, the rest is said to be unknown."""

from __future__ import annotations

import builtins
from ipaddress import IPv4Address, IPv4Network
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from samepath.aws.gathering import Gathered, gather
from samepath.aws.reading import InvalidDescription
from samepath.aws.topology import understand
from samepath.model.topology import GatewayKind, Routing

KEY = "planted.Key_0123456789"
HCL = f"""
# Two routers at one transit gateway.
locals {{
  name = "hub"
}}

resource "aws_ec2_transit_gateway" "hub" {{
  amazon_side_asn  = 64600
  vpn_ecmp_support = "disable"
  tags             = {{ Name = "${{local.name}}-tgw" }}
}}

resource "aws_customer_gateway" "router" {{
  count      = 2
  bgp_asn    = "65016"
  ip_address = aws_eip.router[count.index].public_ip
  type       = "ipsec.1"
}}

resource "aws_vpn_connection" "main" {{
  count                 = 2
  customer_gateway_id   = aws_customer_gateway.router[count.index].id
  transit_gateway_id    = aws_ec2_transit_gateway.hub.id
  type                  = "ipsec.1"
  tunnel1_inside_cidr   = "169.254.${{count.index + 20}}.0/30"
  tunnel2_inside_cidr   = var.second
  tunnel1_preshared_key = "{KEY}"
  tunnel2_preshared_key = var.key
}}
"""
STATIC = """
resource "aws_vpc" "main" { cidr_block = "10.20.0.0/16" }
resource "aws_vpn_gateway" "main" { vpc_id = aws_vpc.main.id }
resource "aws_customer_gateway" "main" {
  bgp_asn    = 65000
  ip_address = "198.51.100.1"
}
resource "aws_vpn_connection" "main" {
  vpn_gateway_id      = aws_vpn_gateway.main.id
  customer_gateway_id = aws_customer_gateway.main.id
  static_routes_only  = true
}
"""
ROUTE = """
resource "aws_vpn_connection_route" "office" {
  destination_cidr_block = "192.168.10.0/24"
  vpn_connection_id      = aws_vpn_connection.main.id
}
"""


def read(*texts: str) -> Gathered:
    return gather((f"{number}.tf", text) for number, text in enumerate(texts))


def refused(text: str) -> str:
    with pytest.raises(InvalidDescription) as caught:
        read(text)
    return str(caught.value)


def test_references_make_a_topology() -> None:
    found = understand(read(HCL))
    topology = found.topology

    (gateway,) = topology.gateways.values()
    assert (gateway.name, gateway.kind) == ("tgw-hub", GatewayKind.TRANSIT)
    assert (gateway.asn, gateway.ecmp) == (64600, False)
    assert {one.asn for one in topology.customer_gateways.values()} == {65016}
    assert len(topology.connections) == 2
    assert KEY not in repr(found)


def test_the_instances_of_a_count_belong_together() -> None:
    found = understand(read(HCL))
    assert [(one.id, one.customer_gateway) for one in found.connections] == [
        ("aws_vpn_connection.main[0]", "aws_customer_gateway.router[0]"),
        ("aws_vpn_connection.main[1]", "aws_customer_gateway.router[1]"),
    ]


def test_what_an_expression_will_be_is_said_to_be_unknown() -> None:
    said = [str(one) for one in read(HCL).skipped]
    assert said == [
        (
            "0.tf: aws_customer_gateway.router[0].ip_address: what "
            "aws_eip.router[count.index].public_ip will be is not known"
        ),
        (
            "0.tf: aws_customer_gateway.router[1].ip_address: what "
            "aws_eip.router[count.index].public_ip will be is not known"
        ),
        (
            "0.tf: aws_vpn_connection.main[0].tunnel1_inside_cidr: what "
            '"169.254.${count.index + 20}.0/30" will be is not known'
        ),
        "0.tf: aws_vpn_connection.main[0].tunnel2_inside_cidr: what var.second will be is not known",
        (
            "0.tf: aws_vpn_connection.main[1].tunnel1_inside_cidr: what "
            '"169.254.${count.index + 20}.0/30" will be is not known'
        ),
        "0.tf: aws_vpn_connection.main[1].tunnel2_inside_cidr: what var.second will be is not known",
    ]


def test_several_files_are_one_module() -> None:
    found = understand(read(ROUTE, STATIC))
    topology = found.topology
    (site,) = topology.sites.values()
    (connection,) = topology.connections.values()

    assert connection.routing is Routing.STATIC
    assert site.networks == (IPv4Network("192.168.10.0/24"),)
    assert topology.vpcs["vpc-main"].cidr == IPv4Network("10.20.0.0/16")
    assert topology.customer_gateways["cgw-main"].address == IPv4Address("198.51.100.1")


@pytest.mark.parametrize(
    "expression",
    [
        "var.create ? aws_vpn_gateway.main.id : var.existing",
        "one([aws_vpn_gateway.main.id])",
        "aws_vpn_gateway.main[0].id",
    ],
)
def test_an_expression_means_the_resource_that_it_names(expression: str) -> None:
    text = STATIC.replace("= aws_vpn_gateway.main.id", f"= {expression}")
    assert list(understand(read(text, ROUTE)).topology.gateways) == ["vgw-main"]


def test_an_expression_of_two_resources_is_a_thing_of_its_own() -> None:
    text = STATIC.replace(
        "= aws_vpn_gateway.main.id", "= var.x ? aws_vpn_gateway.main.id : aws_vpn_gateway.other.id"
    )
    other = 'resource "aws_vpn_gateway" "other" {}'
    (gateway,) = understand(read(text, ROUTE, other)).topology.gateways
    assert gateway.startswith("var-x-aws-vpn-gateway-main")


def test_a_switch_that_is_an_expression_is_assumed_and_said() -> None:
    found = read(STATIC.replace("= true", "= var.static"))
    assert "static_routes_only: what var.static will be" in str(found.skipped[0])
    understood = understand(found)
    assert "it speaks BGP" in [one.what for one in understood.assumed]


@pytest.mark.parametrize(
    ("line", "said", "count"),
    [
        ("count = var.count", "how many there are is an expression: one stands for all", 1),
        ("for_each = toset(var.x)", "how many there are is an expression: one stands for all", 1),
        ("count = 0", "", 0),
        ("count = 3", "", 3),
        ("count = 1000", "of 1000 the first 100 are judged", 100),
    ],
)
def test_how_many_there_are(line: str, said: str, count: int) -> None:
    text = STATIC.replace("static_routes_only  = true", line)
    extra = 'resource "aws_vpn_connection" "other" { vpn_gateway_id = aws_vpn_gateway.main.id }'
    found = read(text, extra)
    mine = [one for one in found.inventory.connections if ".main" in one]
    assert len(mine) == count
    assert any(said in str(one) for one in found.skipped) or not said


def test_what_is_no_hcl_is_told_with_its_line() -> None:
    assert refused('resource "a" "b" {\n  x = \n}\n') == "0.tf:2: this is no HCL"
    deep = "(" * 3000 + "1" + ")" * 3000
    assert "nested too deep" in refused(f'resource "a" "b" {{ x = {deep} }}')


@pytest.mark.parametrize("text", ["resource = [1, 2]\n", "data = 1\n", 'resource "a" = 1\n'])
def test_what_is_no_block_is_no_resource(text: str) -> None:
    with pytest.raises(InvalidDescription):
        read(text)


def test_without_the_parser_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def missing(name: str, *rest: Any, **more: Any) -> Any:  # noqa: ANN401 - the built-in's own
        if name == "hcl2":
            raise ImportError(name)
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", missing)
    assert "install samepath[terraform]" in refused(STATIC)


@settings(max_examples=40)
@given(st.data())
def test_a_damaged_file_is_read_or_refused_with_sentences(data: st.DataObject) -> None:
    whole = data.draw(st.sampled_from([HCL, STATIC + ROUTE]))
    begin = data.draw(st.integers(0, len(whole)))
    end = data.draw(st.integers(begin, begin + 30))
    damaged = whole[:begin] + data.draw(st.text(max_size=8)) + whole[end:]
    try:
        told = [*map(str, understand(read(damaged)).assumed)]
    except InvalidDescription as error:
        told = [*map(str, error.problems)]
    assert told
    assert all(KEY not in one for one in told)

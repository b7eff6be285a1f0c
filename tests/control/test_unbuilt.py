"""What is asked for and not built is said, at its place."""

from __future__ import annotations

import pytest
from tests.control.topologies import HEAD

from samepath.control.unbuilt import refusals, unbuilt
from samepath.model.document import parse

DC = "{address: 198.51.100.1}"


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("platform: bird", ()),
        ("firewall: stateless", ()),
        ("platform: frr", ()),
        ("firewall: interface", ()),
        ("firewall: {reverse_path: strict}", ()),
        ("firewall: {established: stays}", ()),
        ("firewall: {binding: device, established: cut}", ()),
        ("firewall: {binding: interface, established: stays}", ()),
        ("platform: frr, firewall: {binding: stateless, established: cut}", ()),
        (
            "platform: frr, firewall: {binding: device, established: cut}",
            ("customer_gateways.dc.firewall.established: cut is not built where equal routes are",),
        ),
        (
            "best_path: {maximum_paths: 2}, firewall: {binding: device, established: stays}",
            ("customer_gateways.dc.firewall.established: stays is not built where equal routes ",),
        ),
    ],
)
def test_a_customer_gateway_that_is_not_built_as_it_is_described_is_named(
    value: str, said: tuple[str, ...]
) -> None:
    assert DC in HEAD
    text = HEAD.replace(DC, DC.replace("}", f", {value}}}"))
    document = parse(text + "  seoul: {customer_gateway: dc}\n")
    warnings = unbuilt(document.topology, document.places)

    for warning, sentence in zip(warnings, said, strict=True):
        assert warning.line == 5
        assert f"{warning.path}: {warning.message}".startswith(sentence)


@pytest.mark.parametrize("connection", ["mode: pinned", "routing: static"])
def test_routes_that_are_never_equal_keep_no_session_from_being_cut(connection: str) -> None:
    value = "platform: frr, firewall: {binding: device, established: cut}"
    text = HEAD.replace(DC, DC.replace("}", f", {value}}}"))
    assert (
        unbuilt(parse(text + f"  seoul: {{customer_gateway: dc, {connection}}}\n").topology) == ()
    )


def test_sessions_of_customer_gateways_that_speak_ibgp_follow() -> None:
    said = "established: stays is not built where customer gateways speak iBGP"
    text = TWO.replace(", platform: frr", "").replace("KEY", "ibgp: true")
    text = text.replace(
        "198.51.100.2}", "198.51.100.2, firewall: {binding: zone, established: stays}}"
    )
    (found,) = unbuilt(parse(text).topology)
    assert f"{found.path}: {found.message}".startswith(f"customer_gateways.fw2.firewall.{said}")


@pytest.mark.parametrize(("routing", "said"), [("bgp", 0), ("static", 1)])
def test_a_second_static_route_that_a_feasible_check_counts_is_not_held_ready(
    routing: str, said: int
) -> None:
    text = HEAD.replace(DC, DC.replace("}", ", firewall: {reverse_path: feasible}}"))
    document = parse(text + f"  seoul: {{customer_gateway: dc, routing: {routing}}}\n")

    assert [one.message for one in unbuilt(document.topology)] == said * [
        "feasible is built as strict: this end holds no second static route ready"
    ]


TWO = """\
samepath: 1
vpcs: {cloud: {cidr: 10.0.0.0/16}}
customer_gateways: {fw1: {address: 198.51.100.1, platform: frr}, fw2: {address: 198.51.100.2}}
sites:
  office:
    networks: [192.168.10.0/24]
    customer_gateways: [fw1, fw2]
    KEY
connections: {one: {customer_gateway: fw1}, two: {customer_gateway: fw2}}
"""


@pytest.mark.parametrize(
    ("key", "path"),
    [
        ("state_sync: true", "sites.office.state_sync"),
        ("ibgp: true\n    keeps_next_hop: [fw1]", "sites.office.keeps_next_hop"),
        ("first_hop: fw2", None),
        ("ibgp: true", None),
        ("first_hop: vrrp", None),
        ("vrrp: {preempt: false}", None),
        ("vrrp: {tracks: tunnels}", None),
    ],
)
def test_what_nothing_can_run_in_place_of_is_refused(key: str, path: str | None) -> None:
    document = parse(TWO.replace("KEY", key))
    found = refusals(document.topology, document.places)
    assert [problem.path for problem in found] == ([] if path is None else [path])
    assert all("samepath check" in problem.advice for problem in found)


@pytest.mark.parametrize(
    ("device", "connection", "said"),
    [
        ("cluster: {}", "", None),
        ("cluster: {state_sync: true}, firewall: device", "", None),
        ("platform: frr, cluster: {}", ", mode: plain", "a cluster that runs FRR is predicted"),
        ("cluster: {}, ipsec: swanctl", "", "a cluster whose strongSwan configures itself is"),
        ("cluster: {}", ", routing: static", "a cluster with static routing is predicted"),
    ],
)
def test_a_cluster_is_refused_at_its_place_where_it_cannot_be_built(
    device: str, connection: str, said: str | None
) -> None:
    text = HEAD.replace(DC, DC.replace("}", f", {device}}}"))
    document = parse(text + f"  seoul: {{customer_gateway: dc{connection}}}\n")
    found = refusals(document.topology, document.places)
    assert [(one.path, one.line) for one in found] == (
        [] if said is None else [("customer_gateways.dc.cluster", 5)]
    )
    assert all(one.message.startswith(said or "") for one in found)


def test_a_cluster_beside_another_customer_gateway_of_its_site_is_refused() -> None:
    text = TWO.replace(", platform: frr", ", cluster: {}").replace("KEY", "ibgp: true")
    (found,) = refusals(parse(text).topology)
    assert found.path == "customer_gateways.fw1.cluster"
    assert "beside another customer gateway of its site" in found.message

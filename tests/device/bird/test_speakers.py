"""The three BIRDs as text: golden files, what must stand in them, and BIRD's own opinion."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from dataclasses import replace
from ipaddress import IPv4Network
from pathlib import Path

import pytest
from hypothesis import given, settings
from tests.device.bird import speakers as made
from tests.model import golden

from samepath.device.bird.speakers import customer, endpoint, protocol, router
from samepath.device.customer import CustomerTunnel, StaticTunnel
from samepath.device.policy import NotRenderable
from samepath.model.policy import Opaque, Policy, Term
from samepath.model.topology import BestPath

GOLDEN = Path(__file__).parent / "golden"
VPC = (IPv4Network("10.0.0.0/16"),)
SITE = made.CUSTOMER.networks


def _two(first: CustomerTunnel, **of_second: object) -> str:
    second = replace(first, name="seoul-2", device="seoul-t2", **of_second)  # type: ignore[arg-type]
    return customer(replace(made.CUSTOMER, tunnels=(first, second)))


def _static(usable: bool, networks: tuple[IPv4Network, ...]) -> StaticTunnel:
    return StaticTunnel(networks=networks, usable=usable)


TEXTS = {
    "router": router(made.ROUTER),
    "router-without-endpoints": router(replace(made.ROUTER, links=())),
    "endpoint-active": endpoint(made.ENDPOINT),
    "endpoint-standby-without-bfd": endpoint(
        replace(made.ENDPOINT, active=False, timers=made.WITHOUT_BFD)
    ),
    "endpoint-with-policies": endpoint(
        replace(made.ENDPOINT, imports=made.IMPORTS, exports=made.EXPORTS)
    ),
    "endpoint-static-usable": endpoint(replace(made.ENDPOINT, static=_static(True, SITE))),
    "endpoint-static-unusable": endpoint(replace(made.ENDPOINT, static=_static(False, SITE))),
    "customer-follow": _two(replace(made.TUNNEL, med=100), preferred=False, med=200),
    "customer-follow-without-bfd": _two(
        replace(made.TUNNEL, med=100, timers=made.WITHOUT_BFD), preferred=False, med=200
    ),
    "customer-pinned": _two(
        replace(made.TUNNEL, local_preference=200),
        preferred=False,
        local_preference=None,
        prepend=3,
    ),
    "customer-with-a-neighbour": customer(
        replace(
            made.CUSTOMER,
            tunnels=(replace(made.TUNNEL, timers=made.WITHOUT_BFD),),
            neighbours=(made.NEIGHBOUR,),
        )
    ),
    "customer-of-two-paths": customer(replace(made.CUSTOMER, best_path=BestPath(maximum_paths=2))),
    "customer-static": _two(
        replace(made.TUNNEL, static=_static(True, VPC)),
        preferred=False,
        static=_static(False, VPC),
    ),
    "customer-with-policies": _two(
        replace(made.TUNNEL, med=100, imports=made.IMPORTS, exports=made.EXPORTS),
        imports=Policy(),
        exports=Policy(),
        med=200,
    ),
}


@pytest.mark.parametrize("name", TEXTS)
def test_a_speaker_is_rendered_as_its_golden_file(name: str) -> None:
    golden.check(GOLDEN / f"{name}.conf", TEXTS[name])


def test_every_golden_file_has_its_speaker() -> None:
    assert sorted(path.stem for path in GOLDEN.iterdir()) == sorted(TEXTS)


def test_a_static_route_of_an_unusable_tunnel_is_not_there() -> None:
    assert ' via "seoul-t1";' in TEXTS["endpoint-static-usable"]
    assert ' via "seoul-t1";' not in TEXTS["endpoint-static-unusable"]


def test_static_routing_speaks_no_bgp_and_no_bfd_with_the_customer() -> None:
    text = TEXTS["customer-static"]

    assert "protocol bgp" not in text
    assert "protocol bfd" not in text


def test_bfd_never_follows_a_graceful_restart_towards_a_customer() -> None:
    """``bfd graceful`` would leave a silent cut without a failover."""
    for name, text in TEXTS.items():
        assert "bfd graceful" not in text
        if name.startswith("customer"):
            assert text.count("protocol bgp") == text.count("graceful restart off;")


def test_an_unmodelled_part_of_a_policy_is_not_rendered_away() -> None:
    opaque = Policy(terms=(Term(opaque=(Opaque(source="match ip next-hop 1"),)),))
    speakers: tuple[Callable[[], str], ...] = (
        lambda: endpoint(replace(made.ENDPOINT, imports=opaque)),
        lambda: endpoint(replace(made.ENDPOINT, exports=opaque)),
        lambda: _two(replace(made.TUNNEL, imports=opaque)),
        lambda: _two(replace(made.TUNNEL, exports=opaque)),
    )
    for speaker in speakers:
        with pytest.raises(NotRenderable, match="match ip next-hop 1"):
            speaker()


@given(text=made.texts)
def test_blocks_are_closed_and_indented(text: str) -> None:
    depth = 0
    for line in text.splitlines():
        words = line.lstrip(" ")
        depth -= words.startswith("}")
        assert not line or len(line) - len(words) == 2 * depth
        depth += words.endswith("{")
    assert depth == 0


@given(first=made.names, second=made.names)
def test_protocol_names_are_names_and_differ(first: str, second: str) -> None:
    one, other = protocol(first), protocol(second)

    assert one.isidentifier()
    assert (one == other) == (first == second)


def _parse(folder: Path, text: str) -> None:
    """BIRD reads the text without starting; no socket is opened and no route touched."""
    path = folder / "bird.conf"
    path.write_text(text)
    done = subprocess.run(
        ["bird", "-p", "-c", str(path)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{done.stderr}\n{text}"


@pytest.mark.packet
@pytest.mark.parametrize("name", TEXTS)
def test_bird_accepts(name: str, tmp_path: Path) -> None:
    _parse(tmp_path, TEXTS[name])


@pytest.mark.packet
def test_bird_accepts_whatever_is_generated(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("generated")

    @given(text=made.texts)
    @settings(max_examples=max(200, settings().max_examples))
    def accepted(text: str) -> None:
        _parse(folder, text)

    accepted()

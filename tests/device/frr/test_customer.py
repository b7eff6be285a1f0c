"""A customer gateway's FRR as text: golden files, what must stand in them, and FRR's own opinion."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from ipaddress import IPv4Network
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.device.bird import speakers as made
from tests.model import golden

from samepath.device.customer import CustomerTunnel, StaticTunnel
from samepath.device.frr.customer import BASE, Texts, customer
from samepath.device.policy import NotRenderable
from samepath.model.policy import Opaque, Policy, Term
from samepath.model.topology import BestPath, Bfd, BgpTimers

GOLDEN = Path(__file__).parent / "golden"
VPC = (IPv4Network("10.0.0.0/16"),)


def _two(first: CustomerTunnel, *, requires_policy: bool = True, **of_second: object) -> Texts:
    second = replace(first, name="seoul-2", device="seoul-t2", **of_second)  # type: ignore[arg-type]
    second = replace(second, local=second.local + 4, gateway=second.gateway + 4)
    return customer(
        replace(made.CUSTOMER, tunnels=(first, second), requires_policy=requires_policy)
    )


CASES = {
    "pinned": _two(
        replace(made.TUNNEL, pinned=True, local_preference=200),
        preferred=False,
        local_preference=None,
        prepend=3,
    ),
    "plain": _two(made.TUNNEL),
    "plain-without-rfc-8212": _two(made.TUNNEL, requires_policy=False),
    "mirrored": _two(replace(made.TUNNEL, med=100), preferred=False, med=200),
    "without-bfd": _two(replace(made.TUNNEL, timers=made.WITHOUT_BFD)),
    "static": _two(
        replace(made.TUNNEL, static=StaticTunnel(networks=VPC, usable=True)),
        preferred=False,
        static=StaticTunnel(networks=VPC, usable=True),
    ),
    "with-a-neighbour": customer(
        replace(
            made.CUSTOMER,
            tunnels=(replace(made.TUNNEL, timers=made.WITHOUT_BFD),),
            neighbours=(made.NEIGHBOUR,),
        )
    ),
    "with-policies": _two(
        replace(made.TUNNEL, pinned=True, imports=made.IMPORTS, exports=made.EXPORTS),
        imports=Policy(),
        exports=Policy(),
    ),
    "with-another-choice": customer(
        replace(
            made.CUSTOMER,
            tunnels=(made.TUNNEL,),
            best_path=BestPath(
                always_compare_med=True,
                deterministic_med=True,
                missing_med_as_worst=True,
                compare_router_id=True,
                maximum_paths=4,
            ),
        )
    ),
}


def _texts(of: Texts) -> Iterator[tuple[str, str]]:
    for program, text in (("bgpd", of.bgpd), ("bfdd", of.bfdd), ("staticd", of.staticd)):
        if text is not None:
            yield program, text


@pytest.mark.parametrize("name", CASES)
def test_a_router_is_rendered_as_its_golden_file(name: str) -> None:
    text = "".join(f"! ---- {program}\n{text}" for program, text in _texts(CASES[name]))
    golden.check(GOLDEN / f"{name}.conf", text)


def test_every_golden_file_has_its_router() -> None:
    assert sorted(path.stem for path in GOLDEN.iterdir()) == sorted(CASES)


def test_only_the_daemons_that_are_needed_have_a_text() -> None:
    assert [program for program, _ in _texts(CASES["without-bfd"])] == ["bgpd"]
    assert [program for program, _ in _texts(CASES["static"])] == ["bgpd", "staticd"]
    assert [program for program, _ in _texts(CASES["with-a-neighbour"])] == ["bgpd", "bfdd"]


def maps_of(text: str) -> list[str]:
    """The neighbours and directions that have a map."""
    return [f"{one} {way}" for one, way in re.findall(r"neighbor (\S+) route-map \S+ (\w+)", text)]


def test_a_direction_has_a_map_where_the_file_or_the_mode_has_a_policy_and_nowhere_else() -> None:
    """For an FRR a map that changes nothing is not the same as none (RFC 8212)."""
    both = ["169.254.10.1 in", "169.254.10.1 out", "169.254.10.5 in", "169.254.10.5 out"]
    exports_only = _two(replace(made.TUNNEL, exports=made.EXPORTS), exports=Policy())

    assert maps_of(CASES["pinned"].bgpd) == both
    assert maps_of(CASES["plain"].bgpd) == []
    assert maps_of(exports_only.bgpd) == ["169.254.10.1 out"]


def test_rfc_8212_is_left_as_it_is_or_switched_off_as_the_file_says() -> None:
    off = " no bgp ebgp-requires-policy\n"

    assert off not in CASES["plain"].bgpd
    assert off in CASES["plain-without-rfc-8212"].bgpd


def test_another_policy_is_another_map_so_that_a_neighbour_goes_over_in_one_command() -> None:
    one, other = (
        _two(replace(made.TUNNEL, imports=imports)).bgpd
        for imports in (made.IMPORTS, Policy(terms=(*made.IMPORTS.terms, Term())))
    )
    names = [set(re.findall(r"^route-map (\S+)", text, re.MULTILINE)) for text in (one, other)]

    assert names[0]
    assert not names[0] & names[1]


def test_what_is_only_said_by_the_sessions_makes_no_other_maps() -> None:
    faster = replace(made.TUNNEL, pinned=True, timers=made.WITHOUT_BFD)
    texts = [_two(tunnel).bgpd for tunnel in (replace(made.TUNNEL, pinned=True), faster)]
    lines = [[line for line in text.splitlines() if "route-map" in line] for text in texts]

    assert texts[0] != texts[1]
    assert lines[0] == lines[1]


def test_an_unmodelled_part_of_a_policy_is_not_rendered_away() -> None:
    opaque = Policy(terms=(Term(opaque=(Opaque(source="match ip next-hop 1"),)),))
    for tunnel in (replace(made.TUNNEL, imports=opaque), replace(made.TUNNEL, exports=opaque)):
        with pytest.raises(NotRenderable, match="match ip next-hop 1"):
            _two(tunnel)


def test_a_bfd_multiplier_that_bfdd_refuses_is_not_rendered() -> None:
    hasty = replace(made.TUNNEL, timers=BgpTimers(bfd=Bfd(multiplier=1)))
    with pytest.raises(NotRenderable, match="FRR takes BFD multipliers from 2, not 1"):
        _two(hasty)


routers = st.builds(
    replace,
    made.customers,
    requires_policy=st.booleans(),
    best_path=st.builds(
        BestPath,
        always_compare_med=st.none() | st.booleans(),
        deterministic_med=st.none() | st.booleans(),
        missing_med_as_worst=st.none() | st.booleans(),
        compare_router_id=st.none() | st.booleans(),
        maximum_paths=st.none() | st.integers(1, 256),
    ),
).map(customer)
"""The texts of any customer gateway that we can render."""


@given(texts=routers)
def test_each_line_that_is_indented_has_one_that_it_belongs_to(texts: Texts) -> None:
    for _, text in _texts(texts):
        before = 0
        for line in text.splitlines():
            depth = len(line) - len(line.lstrip(" "))
            assert depth <= before + 1
            before = depth


@given(texts=routers)
def test_every_map_and_list_that_is_named_is_there_before_it_is_named(texts: Texts) -> None:
    made_until_now: set[str] = set()
    for line in texts.bgpd.splitlines():
        match line.split():
            case ["route-map", name, *_]:
                made_until_now.add(name)
            case ["ip", "prefix-list", name, *_] | ["bgp", "community-list", _, name, *_]:
                made_until_now.add(name)
            case ["match", "ip", "address", "prefix-list", name] | ["match", "community", name]:
                assert name in made_until_now
            case ["neighbor", _, "route-map", name, _]:
                assert name in made_until_now
            case _:
                continue


def _read(folder: Path, program: str, text: str) -> str:
    """FRR reads the text without starting; returns what it has to say of its lines."""
    path = folder / f"{program}.conf"
    path.write_text(BASE + text)
    own = ("unshare", "--mount", "sh", "-c", 'mount --bind "$0" /var/tmp && exec "$@"', str(folder))
    done = subprocess.run(
        [*own, f"/usr/lib/frr/{program}", "-C", "-u", "root", "-g", "frrvty", "-f", str(path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    said = (done.stdout + done.stderr).splitlines()
    return "\n".join(line for line in said if " on config line " in line)


@pytest.mark.packet
@pytest.mark.parametrize("name", CASES)
def test_frr_accepts(name: str, tmp_path: Path) -> None:
    for program, text in _texts(CASES[name]):
        assert _read(tmp_path, program, text) == ""


@pytest.mark.packet
def test_frr_says_what_it_does_not_accept(tmp_path: Path) -> None:
    assert _read(tmp_path, "bgpd", "router bgp 65000\n neighbor 192.0.2.1 weather sunny\n") != ""


@pytest.mark.packet
def test_frr_accepts_whatever_is_generated(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("generated")

    @given(texts=routers)
    @settings(max_examples=settings().max_examples // 3)
    def accepted(texts: Texts) -> None:
        for program, text in _texts(texts):
            assert _read(folder, program, text) == "", text

    accepted()

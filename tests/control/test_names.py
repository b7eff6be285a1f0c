"""Names of a world's parts: unlike parts have unlike names, whatever their owners chose."""

from __future__ import annotations

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from samepath.control.names import INTERFACE_LIMIT, Names, endpoint_port, short, tunnel_device
from samepath.control.rulesets import counter

chosen = st.from_regex(r"[a-z][a-z0-9-]{0,30}", fullmatch=True)
"""What a user may call a part (samepath.model.kinds)."""
worlds = st.from_regex(r"(?!.*--)(?!.*-\Z)[a-z][a-z0-9-]{0,30}", fullmatch=True)
"""What a user may call a VPN."""


def test_no_name_of_one_part_is_that_of_another() -> None:
    names = Names("x", "/run/samepath/x")
    odd = ("a", "a-1", "a-1-out", "a-edge", "edge-a", "ike-a-1", "a-1-in", "cgw-a", "internet")
    found = [
        names.internet(),
        *(names.endpoint_outside(name, 1) for name in odd),
        *(names.endpoint_inside(name, 1) for name in odd),
        *(names.customer_outside(name, 1) for name in odd),
        *(
            of(name)
            for of in (
                names.gateway,
                names.vpc,
                names.customer_edge,
                names.customer,
                names.site,
                names.host,
            )
            for name in odd
        ),
    ]

    assert len(found) == len(set(found))


@given(names=st.lists(worlds, min_size=2, max_size=4, unique=True))
def test_no_worlds_prefix_is_the_beginning_of_anothers(names: list[str]) -> None:
    """A world is taken down by its prefix, and nothing of a neighbour goes with it."""
    prefixes = [Names(name, "").prefix for name in names]

    assert not any(a.startswith(b) or b.startswith(a) for a, b in combinations(prefixes, 2))


@given(world=worlds, other=worlds, part=chosen)
def test_a_parts_name_belongs_to_its_own_world_only(world: str, other: str, part: str) -> None:
    host = Names(world, "").host(part)

    assert host.startswith(Names(other, "").prefix) is (world == other)


@given(name=chosen, number=st.sampled_from((1, 2)))
def test_a_devices_name_fits_and_tells_whose_it_is(name: str, number: int) -> None:
    for device in (tunnel_device(name, number), endpoint_port(name, number)):
        assert len(device) <= INTERFACE_LIMIT
        assert device[:5].removesuffix("-").startswith(name[:4])
        assert device.endswith(str(number))


@given(name=st.text(min_size=1, max_size=40), suffix=st.sampled_from(("", "-t1", "-edge")))
def test_a_name_that_fits_is_left_as_it_is(name: str, suffix: str) -> None:
    found = short(name, suffix)

    assert (found == name + suffix) is (len(name + suffix) <= INTERFACE_LIMIT)
    assert found == short(name, suffix)


def test_many_long_names_that_begin_alike_stay_apart() -> None:
    """A switch has a port for each of its hosts, and hosts are numbered at the end."""
    ports = {short(f"h-web-server-frontend-{number:04}") for number in range(1000)}

    assert len(ports) == 1000


@given(one=chosen, other=chosen)
def test_the_counters_of_two_devices_are_two(one: str, other: str) -> None:
    """A counter has underscores for hyphens, and no name that a user may give has underscores."""
    devices = [tunnel_device(name, 1) for name in (one, other)]
    names = [counter(device, "in") for device in devices]

    assert (names[0] == names[1]) is (devices[0] == devices[1])

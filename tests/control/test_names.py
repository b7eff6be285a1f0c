"""Names of a world's parts: unlike parts have unlike names, whatever their owners chose."""

from __future__ import annotations

from samepath.control.names import Names


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

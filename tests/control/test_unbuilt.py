"""What is asked for and not built is said, at its place."""

from __future__ import annotations

import pytest
from tests.control.topologies import HEAD

from samepath.control.unbuilt import unbuilt
from samepath.model.document import parse

DC = "{address: 198.51.100.1}"


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("platform: bird", ()),
        ("firewall: stateless", ()),
        ("platform: frr", ("customer_gateways.dc.platform: frr is not run",)),
        ("firewall: device", ("customer_gateways.dc.firewall: device is not built",)),
        ("firewall: zone", ("customer_gateways.dc.firewall: zone is not built",)),
        ("firewall: interface", ("customer_gateways.dc.firewall: interface is not built",)),
        (
            "platform: frr, firewall: zone",
            (
                "customer_gateways.dc.platform: frr is not run",
                "customer_gateways.dc.firewall: zone is not built",
            ),
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

"""The text of a topology: reading it gives the topology back, and it says no default."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, reject
from hypothesis import strategies as st
from tests.routing.generated import Document, documents

from samepath.model.document import InvalidDocument, parse
from samepath.model.limits import SECOND
from samepath.model.policy import Opaque, Policy, Term
from samepath.model.topology import IkeProposal, Policies, Topology
from samepath.model.unknown import SecretRef, SecretSource
from samepath.model.writing import CannotSay, render

ROOT = Path(__file__).parents[2]
FILES = (
    *sorted((ROOT / "examples").glob("*.yaml")),
    ROOT / "tests/model/good/full.yaml",
)
SMALL = """\
samepath: 1
vpcs:
  cloud: {cidr: 10.0.0.0/16}
customer_gateways:
  dc: {address: 198.51.100.1}
sites:
  office:
    networks: [192.168.10.0/24]
connections:
  seoul:
    tunnels:
      - {outside: 203.0.113.1, inside: 169.254.10.0/30}
      - {outside: 203.0.113.2, inside: 169.254.10.4/30}
"""


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_file_means_what_its_topology_is_written_as(file: Path) -> None:
    topology = parse(file.read_text()).topology

    assert topology == parse(render(topology)).topology


@given(documents(count=1) | documents(count=2))
def test_the_text_of_any_topology_means_it(document: Document) -> None:
    try:
        topology = parse(json.dumps(document)).topology
    except InvalidDocument:
        reject()

    text = render(topology)

    assert topology == parse(text).topology
    assert text == render(parse(text).topology)


def test_what_is_a_default_is_left_out() -> None:
    assert render(parse(SMALL).topology) == SMALL


def test_names_that_yaml_takes_for_something_else_are_quoted() -> None:
    text = SMALL.replace("dc:", '"null":').replace("office:", '"true":')

    assert parse(text).topology == parse(render(parse(text).topology)).topology


def test_comments_come_first() -> None:
    topology = parse(SMALL).topology

    assert f"# One.\n# Two.\n{SMALL}" == render(topology, ["One.", "Two."])


@given(st.text())
def test_no_comment_becomes_a_value(comment: str) -> None:
    topology = parse(SMALL).topology

    assert parse(render(topology, [comment])).topology == topology


def with_tunnel(**changes: object) -> Topology:
    topology = parse(SMALL).topology
    connection = topology.connections["seoul"]
    first, second = connection.tunnels
    tunnels = (replace(first, **changes), second)  # type: ignore[arg-type]  # each test knows
    return replace(topology, connections={"seoul": replace(connection, tunnels=tunnels)})


CRYPTO = parse(SMALL).topology.connections["seoul"].tunnels[0].crypto
TWO_SUITES = (
    IkeProposal(encryption="aes128", integrity="sha256", group=14),
    IkeProposal(encryption="aes256", integrity="sha384", group=20),
)


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        (
            {
                "customer_policy": Policies(
                    imports=Policy(terms=(Term(opaque=(Opaque(source="x"),)),))
                )
            },
            r"tunnels\[0\]\.customer_policy\.imports\.terms\[0\]\.opaque",
        ),
        (
            {"gateway_secret": SecretRef(source=SecretSource.GENERATED, locator="other")},
            r"tunnels\[0\]\.gateway_secret\.locator",
        ),
        ({"crypto": replace(CRYPTO, ike=TWO_SUITES)}, r"tunnels\[0\]\.crypto\.ike"),
        ({"crypto": replace(CRYPTO, ike=())}, "seoul/tunnel1: .* no suite"),
        ({"customer_crypto": CRYPTO}, r"tunnels\[0\]\.customer_crypto"),
        (
            {"crypto": replace(CRYPTO, esp_lifetime=60 * SECOND)},
            r"(?s)cannot say this.*esp\.lifetime",
        ),
    ],
)
def test_what_no_file_says_is_refused_by_its_place(changes: dict[str, object], named: str) -> None:
    with pytest.raises(CannotSay, match=named):
        render(with_tunnel(**changes))

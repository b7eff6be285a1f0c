"""The schema and the reference page: generated, current, and of one mind with the reader."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from ruamel.yaml import YAML
from tests.json_schema import accepts
from tests.model import golden
from tests.model.test_document_properties import BASE, connections

from samepath.model import reference
from samepath.model.document import InvalidDocument, parse
from samepath.model.schema import render, schema

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
SCHEMA: Any = json.loads(json.dumps(schema()))


def load(text: str) -> object:
    return YAML(typ="safe", pure=True).load(text)


def test_the_schema_in_the_tree_is_current() -> None:
    golden.check(ROOT / "docs" / "reference" / "topology.schema.json", render())


def test_the_reference_page_in_the_tree_is_current() -> None:
    golden.check(ROOT / "docs" / "reference" / "topology-file.md", reference.render())


@pytest.mark.parametrize(
    "path",
    [HERE / "good" / "full.yaml", *sorted((ROOT / "examples").glob("*.yaml"))],
    ids=lambda path: path.stem,
)
def test_what_the_reader_takes_the_schema_takes(path: Path) -> None:
    text = path.read_text()
    parse(text)
    assert accepts(SCHEMA, load(text))


@given(wanted=connections())
@settings(max_examples=30)
def test_what_the_reader_takes_the_schema_takes_always(wanted: dict[str, object]) -> None:
    document = {**BASE, "connections": {"seoul": wanted}}
    parse(json.dumps(document))
    assert accepts(SCHEMA, document)


BY_SHAPE = (
    "many",
    "root_list",
    "version_other",
    "version_missing",
    "secrets",
    "tunnel_values",
    "comment",
    "vpn_name_double",
    "vpn_name_end",
)


@pytest.mark.parametrize("name", BY_SHAPE)
def test_what_is_wrong_in_a_value_the_schema_refuses(name: str) -> None:
    text = (HERE / "errors" / f"{name}.yaml").read_text()
    yaml = YAML(typ="safe", pure=True)
    yaml.allow_duplicate_keys = True
    assert not accepts(SCHEMA, yaml.load(text))


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("active", 3),
        ("active", "1"),
        ("routing", "BGP"),
        ("probe_inside", "yes"),
        ("bgp", {"bfd": {"multiplier": 0}}),
        ("bgp", {"hold": 2}),
        ("tunnels", [{}]),
        ("tunnel_defaults", {"outside": "192.0.2.1"}),
        ("tunnel_defaults", {"pre_shared_key": "Secret.0123456789"}),
        ("tunnel_defaults", {"ike": {"groups": [1]}}),
        ("tunnel_defaults", {"ike": {"encryption": []}}),
        ("tunnel_defaults", {"policy": {"gateway": {"import": [{"then": "drop"}]}}}),
    ],
)
def test_reader_and_schema_refuse_the_same_value(key: str, value: object) -> None:
    document = {**BASE, "connections": {"seoul": {key: value}}}
    with pytest.raises(InvalidDocument):
        parse(json.dumps(document))
    assert not accepts(SCHEMA, document)


def test_every_key_has_a_meaning_on_the_page() -> None:
    page = reference.render()
    for name in ("samepath", "cidr", "firewall", "inside", "replay_window", "ge", "bfd", "prepend"):
        assert f"`{name}`" in page
    assert "None" not in page

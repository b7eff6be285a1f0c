"""The JSON Schema of a topology file, for editors; made from the table that reads the file.

A schema can say what each value may be, not what must hold between values; so what the schema
refuses the reader refuses, and not the other way round.
"""

from __future__ import annotations

import json

from samepath.model import keys, policy_keys
from samepath.model.fields import Schema

DIALECT = "https://json-schema.org/draft/2020-12/schema"
TERM = "policy-term"


def schema() -> Schema:
    """The schema of a topology file (JSON Schema 2020-12)."""
    term = policy_keys.TERM.schema()
    return {
        "$schema": DIALECT,
        "title": "samepath topology file, version 1",
        "description": "Both ends of a site-to-site VPN.",
        **{key: _with_reference(value, term) for key, value in keys.FILE.schema().items()},
        "$defs": {TERM: term},
    }


def _with_reference(value: object, term: Schema) -> object:
    """``value`` with a reference in place of every copy of a policy term (there are many)."""
    if value == term:
        return {"$ref": f"#/$defs/{TERM}"}
    if isinstance(value, dict):
        return {key: _with_reference(inner, term) for key, inner in value.items()}
    if isinstance(value, list):
        return [_with_reference(inner, term) for inner in value]
    return value


def render() -> str:
    """The schema as the text of ``docs/reference/topology.schema.json``."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"

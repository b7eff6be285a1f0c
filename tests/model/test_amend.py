"""The text of a topology file after a change: what was to change, and not a letter besides."""

from __future__ import annotations

from difflib import ndiff

import pytest

from samepath.model.amend import amend
from samepath.model.change import (
    Attribute,
    Change,
    Direction,
    DropTerm,
    End,
    Key,
    PolicyPlace,
    SetAttribute,
    SetKey,
)
from samepath.model.document import parse
from samepath.model.topology import Mode

HEAD = """\
# Ours since the migration.
samepath: 1
vpcs: {cloud: {cidr: 10.0.0.0/16}}
customer_gateways:
  dc: { address: "198.51.100.1",   # the old one
        asn: 65000 }
sites: {office: {networks: [192.168.10.0/24]}}
connections:
"""
EXPORT = PolicyPlace(connection="seoul", tunnel=1, end=End.CUSTOMER, direction=Direction.EXPORT)
IMPORT = PolicyPlace(connection="seoul", tunnel=2, end=End.CUSTOMER, direction=Direction.IMPORT)
PINNED = SetKey(key=Key.MODE, name="seoul", before=Mode.FOLLOW, after=Mode.PINNED)


def prepend(
    term: int | None = None, before: int | None = None, after: int | None = 3
) -> SetAttribute:
    return SetAttribute(
        place=EXPORT, term=term, attribute=Attribute.PREPEND, before=before, after=after
    )


def preference(term: int | None, before: int | None, after: int | None) -> SetAttribute:
    return SetAttribute(
        place=IMPORT, term=term, attribute=Attribute.LOCAL_PREFERENCE, before=before, after=after
    )


def difference(text: str, *changes: Change) -> list[str]:
    """The lines that go and come."""
    after = amend(text, changes)
    return [
        line.rstrip("\r\n")
        for line in ndiff(text.splitlines(keepends=True), after.splitlines(keepends=True))
        if line[0] in "+-"
    ]


@pytest.mark.parametrize(
    ("connection", "expected"),
    [
        ("  seoul: {}\n", ["-   seoul: {}", "+   seoul: {mode: pinned}"]),
        ("  seoul:\n", ["-   seoul:", "+   seoul: {mode: pinned}"]),
        ("  seoul: ~  # one\n", ["-   seoul: ~  # one", "+   seoul: {mode: pinned}  # one"]),
        (
            "  seoul: {active: 2} # one\n",
            ["-   seoul: {active: 2} # one", "+   seoul: {active: 2, mode: pinned} # one"],
        ),
        (
            "  seoul:\n      active: 2   # so be it\n\n# the end\n",
            ["+       mode: pinned"],
        ),
        (
            "  seoul:\n    mode: 'follow' # as AWS says\n",
            ["-     mode: 'follow' # as AWS says", "+     mode: pinned # as AWS says"],
        ),
    ],
)
def test_a_key_is_added_or_changed_where_it_belongs(connection: str, expected: list[str]) -> None:
    assert difference(HEAD + connection, PINNED) == expected


@pytest.mark.parametrize(
    ("connection", "expected"),
    [
        (
            "  seoul: {active: 2}\n",
            [
                "-   seoul: {active: 2}",
                "+   seoul:",
                "+     active: 2",
                "+     tunnels:",
                "+       - policy:",
                "+           customer:",
                "+             export:",
                "+               - set: {prepend: 3}",
                "+       - {}",
            ],
        ),
        (
            "  seoul:\n    tunnels:\n    -\n    - {}\n",
            [
                "-     -",
                "+     - policy:",
                "+         customer:",
                "+           export:",
                "+             - set: {prepend: 3}",
            ],
        ),
        (
            "  seoul: {tunnels: [{policy: {customer:\n    {import: []}}}, {}]}\n",
            [
                "-     {import: []}}}, {}]}",
                "+     {import: [], export: [{set: {prepend: 3}}]}}}, {}]}",
            ],
        ),
    ],
)
def test_what_has_to_be_around_a_statement_comes_with_it(
    connection: str, expected: list[str]
) -> None:
    assert difference(HEAD + connection, prepend()) == expected


TERMS = """\
  seoul:
    tunnels:
      - policy:
          customer:
            export:
              # first
              - match: {prefixes: [192.168.10.0/24]}
                set:
                  med: 7     # seven
                  prepend: 2
                then: next
              # second
              - set: {med: 9}
      - policy: {customer: {import: [{set: {local_preference: 200}}]}}
"""


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (
            [prepend(0, 2, 5)],
            ["-                   prepend: 2", "+                   prepend: 5"],
        ),
        ([prepend(0, 2, None)], ["-                   prepend: 2"]),
        (
            [prepend(0, 2, None), prepend(None)],
            [
                "+               - {set: {prepend: 3}, then: next}",
                "-                   prepend: 2",
            ],
        ),
        (
            [DropTerm(place=EXPORT, term=1)],
            ["-               - set: {med: 9}"],
        ),
        (
            [preference(0, 200, None)],
            [
                "-       - policy: {customer: {import: [{set: {local_preference: 200}}]}}",
                "+       - {}",
            ],
        ),
        (
            [preference(0, 200, 300)],
            [
                "-       - policy: {customer: {import: [{set: {local_preference: 200}}]}}",
                "+       - policy: {customer: {import: [{set: {local_preference: 300}}]}}",
            ],
        ),
    ],
)
def test_statements_come_and_go_and_what_is_said_beside_them_stays(
    changes: list[Change], expected: list[str]
) -> None:
    assert [line for line in difference(HEAD + TERMS, *changes) if line[0] != "?"] == expected


def test_a_tunnel_that_shares_a_policy_gets_one_of_its_own() -> None:
    text = HEAD + (
        "  seoul:\n"
        "    tunnel_defaults: {policy: {customer: {import: [{set: {local_preference: 200}}]}}}\n"
    )
    after = amend(text, [preference(0, 200, None)])
    one, two = parse(after).topology.connections["seoul"].tunnels

    assert after.startswith(text)
    assert "import: []" in after
    assert one.customer_policy.imports != two.customer_policy.imports


def test_json_stays_json() -> None:
    text = (
        '{"samepath": 1, "vpcs": {"cloud": {"cidr": "10.0.0.0/16"}}, '
        '"customer_gateways": {"dc": {"address": "198.51.100.1"}}, '
        '"sites": {"office": {"networks": ["192.168.10.0/24"]}}, '
        '"connections": {"seoul": {"active": 1}}}'
    )
    expected = text.replace(
        '"active": 1',
        '"active": 1, "mode": "pinned", '
        '"tunnels": [{"policy": {"customer": {"export": [{"set": {"prepend": 3}}]}}}, {}]',
    )

    assert amend(text, [PINNED, prepend()]) == expected


@pytest.mark.parametrize("end", ["\r\n", "\n"])
@pytest.mark.parametrize("start", ["\ufeff", "---\n", ""])
def test_line_ends_and_marks_stay(start: str, end: str) -> None:
    text = start + (HEAD + "  seoul:\n    mode: 'follow'\n    active: 2").replace("\n", end)

    assert amend(text, [PINNED]) == text.replace("'follow'", "pinned")
    assert amend(text, [prepend()]).startswith(text + end)

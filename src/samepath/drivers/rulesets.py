"""nftables: the rulesets that we load into namespaces, told from each other by a mark.

A table's comment holds the digest of the text that it was loaded from, so that an observation need
not understand what nft shows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from samepath.drivers.inside import refusal, run_inside
from samepath.linux.marks import digest
from samepath.linux.objects import Ruleset

DIGEST_OF_OTHER = "(other)"
"""Stands for the text of a ruleset that is not the one that was asked for."""

_NOT_THERE = "Error: No such file or directory"
"""What nft says of a table that is not there."""


def observed(namespace: str, wanted: Iterable[Ruleset]) -> Iterator[Ruleset]:
    """The rulesets of ours in a namespace; ``wanted`` are those whose text can be told.

    Raises OSError if nft cannot look.
    """
    known = {
        (item.table, digest(item.text)): item for item in wanted if item.namespace == namespace
    }
    for table, mark in _tables(_listed(namespace, "list ruleset inet")):
        yield known.get((table, mark)) or Ruleset(
            namespace=namespace, table=table, text=DIGEST_OF_OTHER
        )


def _tables(ruleset: str) -> Iterator[tuple[str, str]]:
    """Our tables, each with what its comment says, which nft shows as the first of a table."""
    table = ""
    for line in ruleset.splitlines():
        words = line.split()
        if words[:2] == ["table", "inet"]:
            if table:
                yield table, ""
            table = words[2] if words[2].startswith("samepath") else ""
        elif table and words[:1] == ["comment"]:
            yield table, line.split('"')[1]
            table = ""
    if table:
        yield table, ""


def counters(namespace: str, table: str) -> Mapping[str, tuple[int, int]]:
    """(packets, bytes) of the named counters of a table; none if there is no such table.

    Raises OSError if nft cannot look.
    """
    found: dict[str, tuple[int, int]] = {}
    name = ""
    for line in _listed(namespace, f"list counters table inet {table}").splitlines():
        words = line.split()
        if words[:1] == ["counter"]:
            name = words[1]
        elif words[:1] == ["packets"]:
            found[name] = (int(words[1]), int(words[3]))
    return found


def load(item: Ruleset) -> None:
    """Load a ruleset in the place of what its table holds. Raises OSError."""
    script = (
        f"table inet {item.table}\ndelete table inet {item.table}\n"
        f'table inet {item.table} {{\ncomment "{digest(item.text)}"\n{item.text}\n}}'
    )
    done = run_inside(item.namespace, script, "nft", "-f", "-")
    if done.returncode != 0:
        raise refusal(done)


def remove(item: Ruleset) -> None:
    """Remove a ruleset; one that has gone already is no error. Raises OSError."""
    done = run_inside(item.namespace, f"delete table inet {item.table}", "nft", "-f", "-")
    if done.returncode != 0 and "No such file" not in done.stderr:
        raise refusal(done)


def _listed(namespace: str, question: str) -> str:
    done = run_inside(namespace, question, "nft", "--terse", "-f", "-")
    if done.returncode == 0:
        return done.stdout
    if _NOT_THERE in done.stderr:
        return ""
    raise refusal(done)

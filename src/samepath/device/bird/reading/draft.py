"""What a reader of BIRD has read so far, and the words that a definition stands for."""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import IPv4Address

from samepath.device.bird.reading.statements import Statement, Token
from samepath.device.reading import grammar
from samepath.device.reading.configuration import Knobs, Redistribution, StaticRoute
from samepath.device.reading.source import Said
from samepath.device.reading.support import Ledger, Mark


@dataclass(kw_only=True, slots=True)
class BirdDraft:
    """What a reader of BIRD has read so far."""

    ledger: Ledger
    defines: dict[str, list[Token]] = field(default_factory=dict)
    define_of: dict[str, Statement] = field(default_factory=dict)
    filters: dict[str, Statement] = field(default_factory=dict)
    templates: dict[str, Statement] = field(default_factory=dict)
    protocols: list[Statement] = field(default_factory=list)
    router_id: Said[IPv4Address] | None = None
    knobs: Knobs = field(default_factory=Knobs)
    statics: list[StaticRoute] = field(default_factory=list)
    sources: list[Redistribution] = field(default_factory=list)
    kernel_exports: list[Statement] = field(default_factory=list)
    """Those that let pass what BGP brings, and nothing else."""
    used_filters: set[str] = field(default_factory=set)
    used_defines: set[str] = field(default_factory=set)

    def mark(self, statement: Statement, mark: Mark) -> None:
        """Mark every line of a statement."""
        for line in statement.lines():
            self.ledger.mark(line, mark)

    def mark_whole(self, statement: Statement, mark: Mark) -> None:
        """Mark a statement with all that is in its block."""
        for one in statement.every():
            self.mark(one, mark)


def resolved(word: str, reader: BirdDraft) -> str:
    """A word, or what it is defined as."""
    if word in reader.defines:
        reader.used_defines.add(word)
        return "".join(token.text for token in reader.defines[word])
    return word


def address_of(word: str, reader: BirdDraft) -> IPv4Address | None:
    """The address that a word is, or stands for."""
    try:
        return IPv4Address(resolved(word, reader))
    except ValueError:
        return None


def number_of(word: str, reader: BirdDraft) -> int | None:
    """The number that a word is, or stands for."""
    return grammar.number_of(resolved(word, reader), 10**10 - 1)

"""From commands to objects, as FortiOS's parser takes them.

``config`` opens a block, ``edit`` an entry of a table, ``next`` closes the entry and ``end`` the
block with the entry. ``edit 0`` opens a new entry of a table of numbers, under the next number that
is free (FortiOS Administration Guide, "Subcommands",
https://docs.fortinet.com/document/fortigate/7.4.0/administration-guide/627485). Blocks of one name
are one block, wherever they stand. What FortiOS refuses is not there: an ``edit`` with more than a name opens nothing, and what stands below it is refused, too.

One thing is read that FortiOS refuses: a block in one that is not closed, or an entry in an entry.
It is told as a contradiction, since what was meant is plain, and it is not what the device has.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from difflib import get_close_matches

from samepath.device.fortios.blocks import CATEGORIES, GLOBAL, ROOT, VDOMS
from samepath.device.fortios.node import Node, Path, Schema, Setting
from samepath.device.fortios.statements import Statement, statements
from samepath.device.reading.source import Line
from samepath.device.reading.support import (
    ALL_PARTS,
    UNDERSTOOD,
    Ledger,
    Mark,
    Part,
    contradictory,
    irrelevant,
    not_modelled,
    unknown,
)

_REFUSED = "FortiOS rejects it"
_ANYWHERE = frozenset({("vdom",), ("global",)})
_READS_NOTHING = frozenset({"show", "get", "diagnose", "execute", "exit"})


@dataclass(kw_only=True, slots=True)
class _Frame:
    """A block that is open; without a node, one that is not read."""

    node: Node | None
    entry: Node | None = None
    refused: bool = False
    """Whether an entry was refused, so that what follows stands in none."""
    holder: _Unread | None = None
    path: Path = ()


@dataclass(kw_only=True, slots=True)
class _Unread:
    """A block with a mark: whether it has an entry of one of its tables that count."""

    line: Line
    schema: Schema
    has_entry: bool = False


@dataclass(kw_only=True, slots=True)
class Tree:
    """The objects of a configuration, while its commands are read."""

    ledger: Ledger
    root: Node = field(init=False)
    _frames: list[_Frame] = field(default_factory=list)
    _commands: dict[str, Callable[[Statement], None]] = field(init=False)

    def __post_init__(self) -> None:
        self.root = Node(name="", schema=ROOT, ledger=self.ledger)
        self._commands = {
            "config": self._config,
            "edit": self._edit,
            "set": self._set,
            "append": self._set,
            "select": self._set,
            "unset": self._unset,
            "next": self._next,
            "end": self._end,
            "abort": self._abort,
            "delete": self._delete,
            "purge": self._delete,
            "rename": self._copy,
            "clone": self._copy,
            "move": self._move,
        }

    def read(self, lines: Iterable[Line]) -> None:
        """Read a file; a block that is open at its end is closed."""
        for one in statements([*lines]):
            self._statement(one)
        while self._frames:
            self._leave()

    def scopes(self) -> list[tuple[str | None, Node]]:
        """The places that have blocks: the device's own, and each of its virtual domains."""
        found: list[tuple[str | None, Node]] = [(None, self.root)]
        shared = self.root.block("global")
        if shared is not None:
            found.append((None, shared))
        return [*found, *((one.name, one) for one in self.root.table("vdom"))]

    # ----------------------------------------------------------------------------------- commands

    def _statement(self, it: Statement) -> None:
        command = it.words[0] if it.words else ""
        frame = self._frames[-1] if self._frames else None
        if frame is not None and frame.node is None:
            self._in_unread(it, frame)
            return
        if it.is_open:
            self._refuse(it, "its quotes are not closed")
        elif command in self._commands:
            self._commands[command](it)
        elif command.startswith("!"):
            why = "a remark of another device: FortiOS rejects it, and nothing is lost with it"
            self._mark(it, irrelevant(why))
        elif command in _READS_NOTHING:
            self._mark(it, irrelevant("it configures nothing"))
        else:
            near = get_close_matches(command[:40], list(self._commands), n=1)
            meant = f"; did it mean `{near[0]}`?" if near else ""
            self._refuse(it, f"no command begins with `{command[:40]}`{meant}")

    def _in_unread(self, it: Statement, frame: _Frame) -> None:
        path = it.words[1:]
        if it.words[0] == "config" and (path in ROOT.blocks or path in _ANYWHERE):
            self._config(it)
            return
        for _ in it.lines:
            self.ledger.outside()
        if it.words[0] == "config":
            self._frames.append(_Frame(node=None, holder=frame.holder, path=path))
        elif it.words[0] == "edit" and frame.holder is not None:
            name = frame.path[0] if frame.path else ""
            counts = frame.holder.schema.counts
            frame.holder.has_entry = frame.holder.has_entry or name in counts or not counts
        elif it.words[0] == "end":
            self._leave()

    def _config(self, it: Statement) -> None:
        target = self._target()
        path = _spelt(it.words[1:], ROOT if target is None else target.schema)
        schema = None if target is None else target.schema.blocks.get(path)
        is_top = not self._frames or target is None or target.schema.blocks is ROOT.blocks
        if schema is None and self._frames and (path in ROOT.blocks or path in _ANYWHERE):
            self._recover(path)
            why = "the block above is not closed, and FortiOS rejects this one; it is read all the same"
            self._mark(it, contradictory(why, ALL_PARTS))
            target = self._target() or self.root
            schema = self._top(path, target)
        elif not self._frames:
            target, schema = self.root, self._top(path, self.root)
        elif is_top and schema is None and target is not None:
            schema = self._top(path, target)
        if schema is None or target is None:
            self._not_read(it, path, is_top=is_top and target is not None)
        elif schema.mark is not None:
            self._open_unread(it, schema)
        else:
            node = target.blocks.get(path)
            if node is None:
                node = Node(name=" ".join(path), schema=schema, ledger=self.ledger)
                target.blocks[path] = node
            node.lines.append(it.line)
            self._frames.append(_Frame(node=node))

    def _top(self, path: Path, target: Node) -> Schema | None:
        if target is self.root and path == ("vdom",):
            return VDOMS
        if target is self.root and path == ("global",):
            return GLOBAL
        return target.schema.blocks.get(path)

    def _recover(self, path: Path) -> None:
        """Close what is open down to where the block may stand."""
        while self._frames:
            frame = self._frames[-1]
            inner = frame.entry if frame.node is not None and frame.node.schema.is_table else None
            target = inner or frame.node
            if path not in _ANYWHERE and target is not None and path in target.schema.blocks:
                return
            self._leave()

    def _open_unread(self, it: Statement, schema: Schema) -> None:
        unread = _Unread(line=it.line, schema=schema)
        self._frames.append(_Frame(node=None, holder=unread))

    def _not_read(self, it: Statement, path: Path, *, is_top: bool) -> None:
        if is_top and path and _is_category(path[0]):
            self.ledger.outside()
        else:
            self._refuse(it, f"there is no block `{' '.join(path)[:40]}` here")
        self._frames.append(_Frame(node=None))

    def _edit(self, it: Statement) -> None:
        frame = self._frames[-1] if self._frames else None
        if frame is None or frame.node is None or not frame.node.schema.is_table:
            self._refuse(it, "there is no table here")
            return
        if frame.entry is not None:
            why = "the entry above is not closed, and FortiOS rejects this one; it is read all the same"
            self._mark(it, contradictory(why, frame.node.schema.parts))
        frame.entry, frame.refused = None, len(it.words) != 2
        if frame.refused:
            self._refuse(it, "an entry has one name, and nothing behind it")
            return
        name = _next_free(frame.node) if it.words[1] == "0" else it.words[1]
        entry = frame.node.entries.get(name)
        if entry is None:
            entry = Node(name=name, schema=frame.node.schema, ledger=self.ledger)
            frame.node.entries[name] = entry
        entry.lines.append(it.line)
        frame.entry = entry

    def _set(self, it: Statement) -> None:
        target = self._target()
        if target is None or target.schema.blocks is ROOT.blocks:
            self._refuse(it, "it stands in no entry")
        elif len(it.words) < 3:
            self._refuse(it, "it says no value")
        else:
            name = _whole(it.words[1], target.schema)
            before = target.settings.get(name)
            values = it.words[2:]
            if before is not None and it.words[0] == "append":
                values = (*before.values, *values)
                self._mark(Statement(lines=before.lines, words=()), UNDERSTOOD)
            elif before is not None:
                target.past.append((before, it.line.place))
            target.settings[name] = Setting(name=name, values=values, lines=it.lines)

    def _unset(self, it: Statement) -> None:
        target = self._target()
        if target is None or len(it.words) != 2:
            self._refuse(it, "it names no attribute of an entry")
            return
        name = _whole(it.words[1], target.schema)
        before = target.settings.pop(name, None)
        if before is not None:
            target.past.append((before, it.line.place))
        target.unset.append(Setting(name=name, values=(), lines=it.lines))

    def _next(self, it: Statement) -> None:
        frame = self._frames[-1] if self._frames else None
        if frame is not None and frame.entry is not None:
            frame.entry.lines.append(it.line)
            frame.entry = None
        else:
            self._refuse(it, "there is no entry to close", frozenset())
        if frame is not None:
            frame.refused = False

    def _end(self, it: Statement) -> None:
        node = self._frames[-1].node if self._frames else None
        if node is None:
            self._refuse(it, "there is no block to close", frozenset())
            return
        node.lines.append(it.line)
        self._leave()

    def _abort(self, it: Statement) -> None:
        self._mark(it, not_modelled("it takes back what its block says", self._parts()))
        if self._frames:
            self._leave()

    def _leave(self) -> None:
        frame = self._frames.pop()
        holder = frame.holder
        above = self._frames[-1].holder if self._frames else None
        if holder is None or holder is above or holder.schema.mark is None:
            return
        used = holder.has_entry or not holder.schema.is_table
        mark = holder.schema.mark if used else irrelevant("nothing is configured in it")
        self.ledger.mark(holder.line, mark)

    def _delete(self, it: Statement) -> None:
        frame = self._frames[-1] if self._frames else None
        if frame is None or frame.node is None or frame.entry is not None:
            self._refuse(it, "there is no table here")
            return
        node = frame.node
        names = [*node.entries] if it.words[0] == "purge" else [*it.words[1:2]]
        found = [one for one in names if one in node.entries]
        for name in found:
            node.gone.append((node.entries.pop(name), it.line.place))
        self._mark(it, UNDERSTOOD if found else irrelevant("there is nothing by this name here"))

    def _copy(self, it: Statement) -> None:
        frame = self._frames[-1] if self._frames else None
        node = None if frame is None or frame.entry is not None else frame.node
        fits = len(it.words) == 4 and it.words[2] == "to" and node is not None
        if not fits or node is None or it.words[1] not in node.entries:
            self._refuse(it, "it names no entry of this table")
            return
        old = node.entries[it.words[1]]
        new = copy.copy(old)
        new.name, new.settings, new.blocks = it.words[3], dict(old.settings), dict(old.blocks)
        new.entries, new.lines = dict(old.entries), list(old.lines)
        if it.words[0] == "rename":
            del node.entries[it.words[1]]
        node.entries[it.words[3]] = new
        self._mark(it, UNDERSTOOD)

    def _move(self, it: Statement) -> None:
        self._mark(it, irrelevant("entries count by their numbers here"))

    # -------------------------------------------------------------------------------------- parts

    def _target(self) -> Node | None:
        """What commands are about: the block, or the entry of a table."""
        if not self._frames:
            return self.root
        frame = self._frames[-1]
        if frame.node is None or not frame.node.schema.is_table:
            return frame.node
        return frame.entry

    def _parts(self) -> frozenset[Part]:
        node = self._frames[-1].node if self._frames else None
        return ALL_PARTS if node is None or node.schema.blocks is ROOT.blocks else node.schema.parts

    def _mark(self, it: Statement, mark: Mark) -> None:
        for line in it.lines:
            if line.words:
                self.ledger.mark(line, mark)

    def _refuse(self, it: Statement, why: str, parts: frozenset[Part] | None = None) -> None:
        self._mark(it, unknown(f"{_REFUSED}: {why}", self._parts() if parts is None else parts))


def _next_free(table: Node) -> str:
    """What ``edit 0`` opens: the next number, where all entries have one."""
    if not all(name.isdecimal() for name in table.entries):
        return "0"
    return str(max(map(int, table.entries), default=0) + 1)


def _whole(word: str, schema: Schema) -> str:
    """The attribute that a word stands for; FortiOS takes it abbreviated while one fits."""
    if word in schema.reads or word in schema.marks:
        return word
    if schema.ignored is not None and schema.ignored.fullmatch(word):
        return word
    fitting = [one for one in schema.names() if one.startswith(word)] if len(word) > 2 else []
    return fitting[0] if len(fitting) == 1 else word


def _spelt(path: Path, schema: Schema) -> Path:
    """A block's words in full; FortiOS takes them short while one block fits."""
    if path in schema.blocks or path in ROOT.blocks:
        return path
    fitting = [
        one
        for one in schema.blocks
        if len(one) == len(path)
        and all(
            len(word) > 1 and whole.startswith(word) for word, whole in zip(path, one, strict=True)
        )
    ]
    return fitting[0] if len(fitting) == 1 else path


def _is_category(word: str) -> bool:
    """Whether a block's first word is one of FortiOS's whose other blocks decide nothing."""
    if word in CATEGORIES:
        return word != "router"
    return len(word) > 2 and any(one.startswith(word) for one in CATEGORIES - {"router"})

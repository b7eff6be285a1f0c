"""Terraform's resources: what ``terraform show -json`` prints of a state or a plan, and state files.

Each becomes :class:`Resource` values, with what another resource gives them told as a reference. A
plan leaves out what is known only after it is applied; its ``configuration`` tells from which
resource such a value will come, through variables and outputs of modules.

Source: "JSON Output Format" of Terraform's documentation (format 1.x); state files of version 4.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

Json = Mapping[str, object]

_INDEX = re.compile(r"\[[^\]]*\]")
_LITERAL_INDEX = re.compile(r"""\[(?:\d+|"[^"]*")\]""")
_ADDRESS = re.compile(r"(?:module\.[\w-]+\.)*(?:data\.)?aws_\w+\.[\w-]+(?:\[[^\]]*\])?")
_ATTRIBUTE = re.compile(rf"({_ADDRESS.pattern})(?:\.[\w-]+)*")
_DEEPEST = 20
"""Modules in one another that are looked into."""
_LONGEST = 2000
"""Characters of an expression in which a resource is looked for."""
_Seen = set[tuple[tuple[str, ...], str]]
"""References, each with the modules that it stands in."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Resource:
    """One resource of AWS; ``references`` says of its keys which value they will have.

    ``unknown`` has the expressions that nobody has worked out, by their keys. Any of them may hold a
    pre-shared key, so that they are never shown.
    """

    address: str
    kind: str
    file: str
    values: Json = field(repr=False)
    references: Mapping[str, str] = field(default_factory=dict, repr=False)
    unknown: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def identity(self) -> str:
        """Its id; its address as long as it has none."""
        told = self.values.get("id")
        return told if isinstance(told, str) and told else self.address


def resources(value: object, file: str) -> tuple[Resource, ...] | None:
    """The resources of AWS in a document of Terraform; None if it is none."""
    if not isinstance(value, dict):
        return None
    if value.get("version") == 4 and "terraform_version" in value:
        return tuple(_of_state_file(value, file))
    if "format_version" not in value:
        return None
    planned = _mapping(value.get("planned_values"))
    current = planned or _mapping(value.get("values"))
    written = _Configuration(_mapping(_mapping(value.get("configuration")).get("root_module")))
    return tuple(_of_module(_mapping(current.get("root_module")), written, file, 0))


def _mapping(value: object) -> Json:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _of_module(module: Json, written: _Configuration, file: str, depth: int) -> Iterator[Resource]:
    for one in map(_mapping, _list(module.get("resources"))):
        address, kind = one.get("address"), one.get("type")
        if isinstance(address, str) and isinstance(kind, str) and kind.startswith("aws_"):
            yield Resource(
                address=address,
                kind=kind,
                file=file,
                values=_mapping(one.get("values")),
                references=written.references(address),
            )
    if depth < _DEEPEST:
        for child in map(_mapping, _list(module.get("child_modules"))):
            yield from _of_module(child, written, file, depth + 1)


def _of_state_file(value: Json, file: str) -> Iterator[Resource]:
    for one in map(_mapping, _list(value.get("resources"))):
        kind, name, module = one.get("type"), one.get("name"), one.get("module")
        if not (isinstance(kind, str) and kind.startswith("aws_")):
            continue
        base = f"{module}." if isinstance(module, str) else ""
        base += f"{'data.' if one.get('mode') == 'data' else ''}{kind}.{name}"
        for instance in map(_mapping, _list(one.get("instances"))):
            key = instance.get("index_key")
            index = "" if key is None else f"[{key}]" if isinstance(key, int) else f'["{key}"]'
            yield Resource(
                address=base + index,
                kind=kind,
                file=file,
                values=_mapping(instance.get("attributes")),
            )


class _Configuration:
    """The configuration of a plan: which expression each key of a resource has."""

    def __init__(self, root: Json) -> None:
        self.root = root

    def references(self, address: str) -> dict[str, str]:
        """For each key of a resource that another one gives a value to, which."""
        *path, name = _parted(address)
        module = self._module(path)
        written = next(
            (
                one
                for one in map(_mapping, _list(module.get("resources")))
                if one.get("address") == name
            ),
            {},
        )
        found: dict[str, str] = {}
        for key, expression in _mapping(written.get("expressions")).items():
            told = self._follow(_mapping(expression), tuple(path), set())
            if told is not None:
                found[key] = told
        return found

    def _module(self, path: list[str] | tuple[str, ...]) -> Json:
        module = self.root
        for name in path:
            call = _mapping(_mapping(module.get("module_calls")).get(name))
            module = _mapping(call.get("module"))
        return module

    def _follow(self, expression: Json, path: tuple[str, ...], seen: _Seen) -> str | None:
        """What an expression in a module refers to in the end; None if to nothing."""
        words = [one for one in _list(expression.get("references")) if isinstance(one, str)]
        # A condition names what it asks for, too: what leads to a resource is what is meant.
        told = [one for word in words if (one := self._meant(word, path, seen)) is not None]
        resources = (one for one in told if len(one) <= _LONGEST and _ATTRIBUTE.fullmatch(one))
        return next(resources, next(iter(told), None))

    def _meant(self, word: str, path: tuple[str, ...], seen: _Seen) -> str | None:
        """What one reference leads to; itself where it leads no further, None if to no value.

        One that was ``seen`` on the way leads back to itself, or where it led before.
        """
        if (path, word) in seen:
            return None
        seen.add((path, word))
        kind, _, rest = word.partition(".")
        if kind in {"each", "count", "path", "self", "terraform"}:
            return None
        if kind == "var" and path:
            call = _mapping(_mapping(self._module(path[:-1]).get("module_calls")).get(path[-1]))
            given = _mapping(_mapping(call.get("expressions")).get(rest.partition(".")[0]))
            return self._follow(given, path[:-1], seen) or _absolute(path, word)
        if kind == "module":
            name, _, output = _INDEX.sub("", rest).partition(".")
            outputs = _mapping(self._module((*path, name)).get("outputs"))
            given = _mapping(_mapping(outputs.get(output.partition(".")[0])).get("expression"))
            return self._follow(given, (*path, name), seen) or _absolute(path, word)
        return _absolute(path, word)


def _parted(address: str) -> list[str]:
    """The modules of an address and the resource in the last of them, without their indices."""
    plain = _INDEX.sub("", address)
    path: list[str] = []
    while plain.startswith("module."):
        _, name, plain = (*plain.split(".", 2), "")[:3]
        path.append(name)
    return [*path, plain]


def _absolute(path: tuple[str, ...], word: str) -> str:
    return "".join(f"module.{name}." for name in path) + word


class Index:
    """Resources by their addresses, to find the one that a reference means."""

    def __init__(self, found: tuple[Resource, ...]) -> None:
        self.by_base: dict[str, list[Resource]] = {}
        for one in found:
            self.by_base.setdefault(_INDEX.sub("", one.address), []).append(one)

    def identity(self, reference: str, asked_by: Resource) -> str:
        """The identity of what ``reference`` means; the reference itself where nobody can say.

        An expression means the resource that it names, if that is a single one.
        """
        if len(reference) > _LONGEST:
            return reference
        if match := _ATTRIBUTE.fullmatch(reference):
            return self._of(match[1], asked_by) or reference
        named = (self._of(match[0], asked_by) for match in _ADDRESS.finditer(reference))
        found = {one for one in named if one is not None}
        return found.pop() if len(found) == 1 else reference

    def _of(self, address: str, asked_by: Resource) -> str | None:
        """The identity of the resource at an address; of several that with the index of who asks."""
        candidates = self.by_base.get(_INDEX.sub("", address), [])
        written = [one for one in _INDEX.findall(address) if _LITERAL_INDEX.fullmatch(one)]
        wanted = written or _INDEX.findall(asked_by.address)
        same = [one for one in candidates if _INDEX.findall(one.address) == wanted]
        chosen = same if len(same) == 1 else candidates
        return chosen[0].identity if len(chosen) == 1 else None

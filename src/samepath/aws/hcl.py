"""Terraform's own files (HCL): their literals, and references from one resource to another.

What an expression will be is Terraform's to say (``terraform show -json`` of a plan does): it is
kept in its own words as unknown. python-hcl2 parses; it is an extra, since a plan tells more.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping

from samepath.aws.reading import Reading, Where
from samepath.aws.terraform import Resource

SUFFIX = ".tf"
MOST = 100
"""Instances that a literal ``count`` makes, at most."""
_EXPRESSION = re.compile(r"\$\{(.*)\}", re.DOTALL)


def resources(text: str, file: str, reading: Reading) -> tuple[Resource, ...]:
    """The resources of AWS in a file; none after noting why it cannot be read."""
    try:
        import hcl2  # noqa: PLC0415 - an extra
        from lark.exceptions import LarkError, UnexpectedInput  # noqa: PLC0415 - its parser's own
    except ImportError:
        reading.wrong(
            Where(file=file),
            "python-hcl2, which reads it, is not installed",
            "install samepath[terraform], or save what `terraform show -json` prints of a plan",
        )
        return ()
    try:
        document = hcl2.loads(text)
    except LarkError as error:
        line = error.line if isinstance(error, UnexpectedInput) else None
        reading.wrong(Where(file=file), "this is no HCL", line=line)
        return ()
    except RecursionError:
        reading.wrong(Where(file=file), "this is no HCL of use: it is nested too deep")
        return ()
    return tuple(
        resource
        for block, prefix in (("resource", ""), ("data", "data."))
        for kind, name, body in _blocks(document.get(block))
        if kind.startswith("aws_")
        for resource in _instances(f"{prefix}{kind}.{name}", kind, body, file, reading)
    )


def _blocks(listed: object) -> Iterator[tuple[str, str, Mapping[str, object]]]:
    """Type, name and body of each block."""
    for one in listed if isinstance(listed, list) else ():
        for kind, named in one.items() if isinstance(one, dict) else ():
            for name, body in named.items() if isinstance(named, dict) else ():
                if isinstance(body, dict):
                    yield _unquoted(kind), _unquoted(name), body


def _unquoted(text: str) -> str:
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] == '"' else text


def _instances(
    address: str, kind: str, body: Mapping[str, object], file: str, reading: Reading
) -> Iterator[Resource]:
    """A resource, as often as a literal ``count`` says; else one stands for all."""
    values: dict[str, object] = {}
    unknown: dict[str, str] = {}
    for key, told in body.items():
        try:
            values[key] = _literal(told)
        except _Unknown as expression:
            unknown[key] = str(expression)
    count = values.get("count", 1)
    where = Where(file=file, path=address)
    several = next((key for key in ("count", "for_each") if key in unknown), None)
    if several is not None or "for_each" in values:
        reading.skip(where, "how many there are is an expression: one stands for all")
    indices = [""]
    if isinstance(count, int) and "count" in values:
        indices = [f"[{number}]" for number in range(min(count, MOST))]
        if count > MOST:
            reading.skip(where, f"of {count} the first {MOST} are judged")
    for index in indices:
        yield Resource(
            address=address + index,
            kind=kind,
            file=file,
            values=values,
            references=unknown,
            unknown=unknown,
        )


class _Unknown(Exception):
    """A value that is an expression; the text is its own."""


def _literal(told: object) -> object:
    """The value of a literal. Raises :class:`_Unknown` of anything else."""
    if isinstance(told, dict):
        return {_unquoted(key): _literal(value) for key, value in told.items()}
    if isinstance(told, list):
        return [_literal(one) for one in told]
    if not isinstance(told, str):
        return told
    if match := _EXPRESSION.fullmatch(told):
        raise _Unknown(match[1])
    inner = _unquoted(told)
    if "${" in inner or "%{" in inner or inner.startswith("<<"):
        raise _Unknown(inner)
    try:
        return json.loads(told)
    except ValueError:  # An escape that JSON does not have.
        return inner

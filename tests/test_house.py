"""The house's own rules, where no linter has a word for them."""

from __future__ import annotations

import ast
import importlib
import importlib.util
import pkgutil
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

import samepath
from samepath.cli import COMMANDS
from samepath.cli.errors import ERRORS, exit_code
from samepath.cli.exit_codes import ExitCode

TREE = Path(__file__).resolve().parent.parent
SOURCES = sorted((TREE / "src").rglob("*.py"))


def _tracked() -> list[Path]:
    """The files of the tree: tracked, or about to be."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        check=True,
        capture_output=True,
        text=True,
        cwd=TREE,
    ).stdout
    paths = [TREE / name for name in listed.split("\0") if name]
    return [path for path in paths if path.is_file()]


def _modules() -> Iterator[ModuleType]:
    for found in pkgutil.walk_packages(samepath.__path__, "samepath."):
        if not found.name.endswith(".__main__"):
            yield importlib.import_module(found.name)


def test_every_module_says_what_it_is() -> None:
    silent = [
        str(path.relative_to(TREE))
        for path in SOURCES
        if not ast.get_docstring(ast.parse(path.read_text()))
    ]
    assert silent == []


def test_every_package_says_what_it_must_not_hold() -> None:
    packages = [path for path in SOURCES if path.name == "__init__.py"]
    missing = [
        str(path.relative_to(TREE))
        for path in packages
        if path.parent.parent == TREE / "src" / "samepath"
        and "must not hold" not in (ast.get_docstring(ast.parse(path.read_text())) or "")
    ]
    assert missing == []


_SKIP = re.compile(r"\b(?:pytest\.skip|importorskip|mark\.skip|unittest\.skip|skipif)\b")


def test_no_test_is_skipped() -> None:
    here = Path(__file__)
    assert [
        path.name
        for path in (TREE / "tests").rglob("*.py")
        if path != here and _SKIP.search(path.read_text())
    ] == []


# Spelt apart, so that this file does not hold what it forbids.
_FORBIDDEN = {
    "a path of one machine": re.compile(r"(?<![\w.])/(?:work|home/\w+|Users/\w+|opt/wheels)/"),
    "a package registry's host": re.compile(
        "|".join(
            (
                r"pypi\." + "org",
                r"pythonhosted\." + "org",
                r"deb\.debian\." + "org",
                r"security\.debian\." + "org",
                r"registry\.npmjs\." + "org",
                r"crates\." + "io",
                r"--(?:extra-)?index-" + "url",
                r"--find-" + "links",
            )
        )
    ),
}


@pytest.mark.parametrize("what", _FORBIDDEN)
def test_no_file_holds(what: str) -> None:
    found = []
    for path in _tracked():
        text = path.read_bytes().decode(errors="replace")
        found += [f"{path.relative_to(TREE)}: {hit[0]}" for hit in _FORBIDDEN[what].finditer(text)]
    assert found == []


def _lock_tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("lock", TREE / "tools" / "lock.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", ["lab", "test", "uv"])
def test_the_lock_is_in_step_with_pyproject(name: str) -> None:
    tool = _lock_tool()
    first, *rest = (TREE / "requirements" / f"{name}.txt").read_text().splitlines()
    assert first == tool.MARK + tool.digest((TREE / "pyproject.toml").read_text()), "say: make lock"
    pins = [line for line in rest if "==" in line]
    assert pins
    assert all(line.endswith("\\") for line in pins), "every pin is followed by its hashes"


def test_the_lab_takes_the_versions_that_are_tested() -> None:
    def pins(name: str) -> set[str]:
        text = (TREE / "requirements" / f"{name}.txt").read_text()
        return set(re.findall(r"^[\w.-]+==\S+", text, re.MULTILINE))

    assert pins("lab") <= pins("test")


def test_every_dependency_is_explained() -> None:
    import tomllib  # noqa: PLC0415 - used here only

    tables = tomllib.loads((TREE / "pyproject.toml").read_text())
    wanted = [
        *tables["build-system"]["requires"],
        *tables["project"]["dependencies"],
        *(x for extra in tables["project"]["optional-dependencies"].values() for x in extra),
        *(x for group in tables["dependency-groups"].values() for x in group),
    ]
    text = (TREE / "docs" / "design" / "dependencies.md").read_text()
    names = {re.split(r"[<>=~!\[; ]", one)[0] for one in wanted}
    assert sorted(name for name in names if f"`{name}`" not in text) == []


def test_every_package_is_in_the_layers() -> None:
    import tomllib  # noqa: PLC0415 - used here only

    settings = tomllib.loads((TREE / "pyproject.toml").read_text())["tool"]["importlinter"]
    (layers,) = (c["layers"] for c in settings["contracts"] if c["id"] == "layers")
    named = {part.strip() for layer in layers for part in re.split(r"[|:]", layer)}
    there = {path.parent.name for path in (TREE / "src" / "samepath").glob("*/__init__.py")}
    # drivers has a contract of its own.
    assert there - {"drivers"} == named


def test_import_contracts_are_kept() -> None:
    done = subprocess.run(
        [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"],
        check=False,
        capture_output=True,
        text=True,
        cwd=TREE,
    )
    assert done.returncode == 0, done.stdout


def test_every_error_has_an_end_and_every_end_an_error() -> None:
    defined: dict[str, type[BaseException]] = {}
    for module in _modules():
        for thing in vars(module).values():
            if isinstance(thing, type) and issubclass(thing, BaseException):
                defined[f"{thing.__module__}.{thing.__qualname__}"] = thing
    ours = {name: cls for name, cls in defined.items() if name.startswith("samepath.")}
    assert sorted(set(ERRORS) - set(ours)) == [], "in the table, and nowhere else"
    uncovered = [
        name
        for name, cls in ours.items()
        # A private one does not leave its module; if it does, that is a bug.
        if exit_code(cls) is ExitCode.BUG and not cls.__name__.startswith("_")
    ]
    assert sorted(uncovered) == [], "these would end as a bug; give them a line in cli/errors.py"


def test_every_command_is_there() -> None:
    for command in COMMANDS.values():
        assert hasattr(importlib.import_module(command.module), command.attribute)


def test_help_loads_no_command() -> None:
    program = (
        "import sys\n"
        "from samepath.cli import main\n"
        "try:\n"
        "    main(['--help'])\n"
        "except SystemExit as end:\n"
        "    assert end.code == 0\n"
        "heavy = {'pyroute2', 'vici', 'ruamel', 'samepath.lab', 'samepath.cli.doctor'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr

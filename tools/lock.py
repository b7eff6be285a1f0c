"""Writes requirements/ from pyproject.toml: every package of each set, pinned with its hashes.

``uv.lock`` would record the address of the registry that answered; these files name versions and
hashes only, so that they hold on any machine, whatever mirror it is told to use.

The first line of each file carries a digest of the tables in pyproject.toml that it was made from;
a test compares the two.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
import sys
import tomllib
from pathlib import Path

TREE = Path(__file__).resolve().parent.parent
FOLDER = TREE / "requirements"
MARK = "# pyproject: sha256:"
UV = "uv==0.13.9"
"""The installer of everything else; pip installs it into .tools/."""

SETS = {
    "test": ["--all-extras", "--group", "dev", "--group", "build"],
    "lab": ["--extra", "lab", "--group", "build"],
}
"""File -> what of pyproject.toml it holds. ``test`` comes first: the others take its versions."""


def digest(pyproject: str) -> str:
    """The digest of what decides a lock in the text of a pyproject.toml."""
    tables = tomllib.loads(pyproject)
    project = tables["project"]
    deciding = {
        "build": tables["build-system"]["requires"],
        "core": project["dependencies"],
        "extras": project.get("optional-dependencies", {}),
        "groups": tables.get("dependency-groups", {}),
        "python": project["requires-python"],
        "uv": UV,
    }
    return hashlib.sha256(json.dumps(deciding, sort_keys=True).encode()).hexdigest()


def compile_lock(name: str, source: list[str], *, upgrade: bool) -> None:
    """Write ``requirements/name.txt``; raises CalledProcessError with uv's words on stderr."""
    target = FOLDER / f"{name}.txt"
    (uv,) = (TREE / ".tools").glob("uv-*/bin/uv")
    subprocess.run(
        [
            str(uv),
            "pip",
            "compile",
            "--quiet",
            "--universal",
            "--python-version=3.11",
            "--generate-hashes",
            "--no-annotate",
            "--no-header",
            "--no-emit-index-url",
            "--no-emit-find-links",
            *(["--upgrade"] if upgrade else []),
            *source,
            "--output-file",
            str(target),
        ],
        check=True,
        cwd=TREE,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )
    header = f"{MARK}{digest((TREE / 'pyproject.toml').read_text())}\n# Made by: make lock\n"
    target.write_text(header + target.read_text())


def main() -> None:
    """Compile every set."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--upgrade", action="store_true", help="take newer versions")
    upgrade = parser.parse_args().upgrade
    FOLDER.mkdir(exist_ok=True)
    wish = TREE / ".tools" / "uv.in"
    wish.write_text(UV + "\n")
    compile_lock("uv", [str(wish)], upgrade=False)
    versions: list[str] = []
    for name, options in SETS.items():
        compile_lock(name, ["pyproject.toml", *options, *versions], upgrade=upgrade)
        versions = ["--constraints", "requirements/test.txt"]


if __name__ == "__main__":
    try:
        main()
    except subprocess.CalledProcessError as error:
        sys.exit(error.returncode)

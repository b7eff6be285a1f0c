"""A world's directory: a direct child of the root, whatever the name says."""

from __future__ import annotations

from pathlib import Path

import pytest

from samepath.cli.errors import exit_code
from samepath.cli.exit_codes import ExitCode
from samepath.lab.lab import Lab, machine_of
from samepath.node.home import Home, InvalidWorldName

ELSEWHERE = [
    "..",
    ".",
    "",
    "../other",
    "../../other",
    "a/b",
    "/other",
    "a\0b",
    "-x",
    ".x",
    "a b",
    "x" * 64,
]


@pytest.mark.parametrize("name", ELSEWHERE)
def test_a_name_that_leads_elsewhere_is_refused_before_anything_is_touched(
    tmp_path: Path, name: str
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "kept").write_text("kept")
    root = tmp_path / "root"

    for use in (Home, machine_of, Lab.running):
        with pytest.raises(InvalidWorldName, match="is no name of a lab"):
            use(name, root)

    assert (other / "kept").read_text() == "kept"
    assert not root.exists()
    assert exit_code(InvalidWorldName) is ExitCode.INPUT


@pytest.mark.parametrize("name", ["test-lab", "a", "Lab_1.x", "x" * 63])
def test_a_plain_name_is_a_child_of_the_root(tmp_path: Path, name: str) -> None:
    home = Home(name, tmp_path / "root")
    home.create()
    assert home.path.parent == tmp_path / "root"

    home.remove()
    assert not (tmp_path / "root").exists()


def test_a_link_in_the_place_of_a_world_is_not_followed(tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "kept").write_text("kept")
    root = tmp_path / "root"
    root.mkdir()
    (root / "lab").symlink_to(other)

    Home("lab", root).remove()

    assert (other / "kept").read_text() == "kept"

"""What nft answers: nothing is there, or it cannot look, which is not the same."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.drivers.kernels import live

from samepath.drivers import inside, rulesets
from samepath.drivers.kernel import KernelRefused
from samepath.linux.objects import Ruleset

pytestmark = pytest.mark.packet
TEXT = "counter c { }"


def test_a_table_that_is_not_there_is_nothing_and_no_error() -> None:
    with live() as bench:
        assert list(rulesets.observed(bench.a, ())) == []
        assert rulesets.counters(bench.a, "samepath") == {}


@pytest.fixture
def _nft_fails(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """As where the kernel's memory for messages is too small, or nft is another one."""
    folder = tmp_path_factory.mktemp("path")
    (folder / "nft").write_text("#!/bin/sh\necho 'netlink: Error: No buffer space' >&2\nexit 1\n")
    (folder / "nft").chmod(0o755)
    monkeypatch.setenv("PATH", str(folder), prepend=":")


@pytest.mark.usefixtures("_nft_fails")
def test_an_nft_that_cannot_look_is_told_and_never_taken_for_a_lack_of_tables() -> None:
    with live() as bench:
        wanted = Ruleset(namespace=bench.a, table="samepath", text=TEXT)
        with pytest.raises(KernelRefused, match="No buffer space"):
            bench.kernel.observe([bench.a], [wanted])
        with pytest.raises(KernelRefused, match="No buffer space"):
            bench.kernel.counters(bench.a, "samepath")


def test_an_nft_that_does_not_end_is_named_and_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "nft").write_text("#!/bin/sh\nexec sleep 60\n")
    (tmp_path / "nft").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    monkeypatch.setattr(inside, "RUN_LIMIT", 0.3)

    with live() as bench:
        wanted = Ruleset(namespace=bench.a, table="samepath", text=TEXT)
        with pytest.raises(KernelRefused, match=r"nft did not end within 0\.3 s"):
            bench.kernel.create(wanted)
        with pytest.raises(KernelRefused, match=r"nft did not end within 0\.3 s"):
            bench.kernel.observe([bench.a], [wanted])

"""What a machine believes its daemons have taken, without daemons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Self

import pytest
from tests.drivers.kernels import FakeKernel

from samepath.drivers.processes import Processes, Running
from samepath.linux.objects import Daemon, DaemonKind, IkeConfig, Object
from samepath.node import machine
from samepath.node.home import Home
from samepath.node.machine import Machine
from samepath.node.reconcile import reconcile

CHARON = Daemon(name="charon-a", kind=DaemonKind.CHARON, namespace="", argv=("charon",))
PROCESS = Running(
    name=CHARON.name, pid=1, start=7, digest=CHARON.restart_on, namespace="", zombie=False
)


class Told:
    """A charon that remembers the keys it was told."""

    keys: list[bytes]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        return

    def load(
        self, name: str, section: Mapping[str, object], *, secret: bytes, identities: Sequence[str]
    ) -> None:
        assert (name, section, identities) == ("seoul-1", {}, ("192.0.2.1", "192.0.2.2"))
        self.keys.append(secret)


@pytest.fixture
def keys(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """The keys that the charon of a machine is told, in their order."""
    charon = Told()
    charon.keys = []
    monkeypatch.setattr(machine, "Charon", lambda _: charon)
    monkeypatch.setattr(Processes, "observe", lambda _: (PROCESS,))
    return charon.keys


def machine_in(root: Path) -> Machine:
    home = Home("a", root)
    home.create()
    return Machine(home, "sp-a--", FakeKernel())


def loaded(secret: str) -> frozenset[Object]:
    return frozenset(
        {
            CHARON,
            IkeConfig(
                daemon=CHARON.name,
                name="seoul-1",
                section="{}",
                secret=secret,
                identities=("192.0.2.1", "192.0.2.2"),
            ),
        }
    )


def test_a_corrected_key_is_loaded_and_one_that_is_the_same_is_not_loaded_again(
    tmp_path: Path, keys: list[bytes]
) -> None:
    key = tmp_path / "key"
    key.write_text("plantedplanted1\n")
    wanted = loaded(f"file:{key}")
    reconcile(machine_in(tmp_path), wanted)
    reconcile(machine_in(tmp_path), wanted)
    assert keys == [b"plantedplanted1"]

    key.write_text("plantedplanted2\n")
    reconcile(machine_in(tmp_path), wanted)
    assert reconcile(machine_in(tmp_path), wanted) == ()
    assert keys == [b"plantedplanted1", b"plantedplanted2"]


def test_a_key_that_is_no_longer_there_leaves_what_runs_as_it_is(
    tmp_path: Path, keys: list[bytes]
) -> None:
    key = tmp_path / "key"
    key.write_text("plantedplanted1\n")
    wanted = loaded(f"file:{key}")
    reconcile(machine_in(tmp_path), wanted)
    key.unlink()

    assert reconcile(machine_in(tmp_path), wanted) == ()
    assert keys == [b"plantedplanted1"]


def test_a_variable_with_a_new_value_is_loaded(
    tmp_path: Path, keys: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = loaded("environment:SEOUL_1")
    for value in ("plantedplanted1", "plantedplanted2", "plantedplanted2"):
        monkeypatch.setenv("SEOUL_1", value)
        reconcile(machine_in(tmp_path), wanted)
    monkeypatch.delenv("SEOUL_1")

    assert reconcile(machine_in(tmp_path), wanted) == ()
    assert keys == [b"plantedplanted1", b"plantedplanted2"]


def test_no_receipt_holds_a_key_or_the_same_mark_as_in_another_world(
    tmp_path: Path, keys: list[bytes]
) -> None:
    key = tmp_path / "key"
    key.write_text("plantedplanted1\n")
    receipts = []
    for root in (tmp_path / "one", tmp_path / "two"):
        reconcile(machine_in(root), loaded(f"file:{key}"))
        receipts.append((root / "a" / "receipts.json").read_text())

    assert len(keys) == 2
    assert receipts[0] != receipts[1]
    assert not any("planted" in text for text in receipts)

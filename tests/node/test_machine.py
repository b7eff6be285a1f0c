"""What a machine believes its daemons have taken, without daemons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Self

import pytest
from tests.drivers.kernels import FakeKernel

from samepath.drivers import sockets
from samepath.drivers.processes import Processes, Running
from samepath.linux.objects import (
    ConfigFile,
    Daemon,
    DaemonKind,
    IkeConfig,
    Object,
    ReceiveBuffer,
    SecretFile,
)
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


OWN = Daemon(name="charon-own", kind=DaemonKind.STRONGSWAN, namespace="", argv=("charon",))


class Started:
    """A charon that reads the file with its key when it starts; ``read`` is what it has read."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._runs = False
        self.read: list[str] = []

    def start(self, _: Processes, daemon: Daemon) -> Running:
        assert daemon == OWN
        assert not self._runs
        self.read.append(self._file.read_text())
        self._runs = True
        return self._running()

    def stop(self, _: Processes, running: Running) -> None:
        assert running == self._running()
        self._runs = False

    def observe(self, _: Processes) -> tuple[Running, ...]:
        return (self._running(),) if self._runs else ()

    def _running(self) -> Running:
        number = len(self.read)
        return Running(
            name=OWN.name, pid=number, start=number, digest="", namespace="", zombie=False
        )


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Started:
    """The charon of a machine in ``tmp_path`` that configures itself."""
    started = Started(tmp_path / "a" / "keys" / "own.conf")
    for name in ("start", "stop", "observe"):
        told = getattr(started, name)
        monkeypatch.setattr(Processes, name, lambda *given, told=told: told(*given))
    return started


def with_key(key: Path) -> frozenset[Object]:
    file = SecretFile(
        path="keys/own.conf", text='secret = "{secret}"', secret=f"file:{key}", daemon=OWN.name
    )
    return frozenset({OWN, file, ConfigFile(path="etc/own.conf", text="")})


def test_a_charon_that_reads_its_key_itself_is_started_anew_with_another_one(
    tmp_path: Path, own: Started
) -> None:
    key = tmp_path / "key"
    key.write_text("plantedplanted1\n")
    wanted = with_key(key)
    reconcile(machine_in(tmp_path), wanted)
    assert reconcile(machine_in(tmp_path), wanted) == ()
    assert own.read == ['secret = "plantedplanted1"']

    key.write_text("plantedplanted2\n")
    reconcile(machine_in(tmp_path), wanted)
    assert reconcile(machine_in(tmp_path), wanted) == ()
    assert own.read == ['secret = "plantedplanted1"', 'secret = "plantedplanted2"']


def test_its_file_stays_where_the_key_cannot_be_read_any_more_and_goes_with_the_wish(
    tmp_path: Path, own: Started
) -> None:
    key, file = tmp_path / "key", tmp_path / "a" / "keys" / "own.conf"
    key.write_text("plantedplanted1\n")
    wanted = with_key(key)
    reconcile(machine_in(tmp_path), wanted)
    key.unlink()
    assert reconcile(machine_in(tmp_path), wanted) == ()
    assert (file.stat().st_mode & 0o777, len(own.read)) == (0o600, 1)

    reconcile(machine_in(tmp_path), frozenset())
    assert not file.exists()


def test_no_object_and_no_step_shows_the_key(tmp_path: Path, own: Started) -> None:
    key = tmp_path / "key"
    key.write_text("plantedplanted1\n")
    wanted = with_key(key)
    steps = reconcile(machine_in(tmp_path), wanted)
    found = machine_in(tmp_path).observe(wanted)
    assert found == wanted
    assert own.read
    assert "plantedplanted" not in repr((steps, found, machine_in(tmp_path).observe()))


def test_a_socket_that_holds_more_than_is_wanted_is_as_wanted(
    tmp_path: Path, own: Started, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = tmp_path / "key"
    key.write_text("plantedplanted1\n")
    holds = {1: 100}
    monkeypatch.setattr(sockets, "smallest_receive_buffer", holds.get)
    monkeypatch.setattr(sockets, "receive_buffer", holds.__setitem__)
    wanted = with_key(key) | {ReceiveBuffer(daemon=OWN.name, size=200)}
    reconcile(machine_in(tmp_path), wanted)
    assert holds == {1: 200}

    holds[1] = 300
    assert reconcile(machine_in(tmp_path), wanted) == ()
    assert len(own.read) == 1

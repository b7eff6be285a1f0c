"""What answers on a daemon's socket and is no such daemon, or falls silent in mid-sentence.

Whatever it says, the driver raises one of its own errors, in time, and works again as soon as the
right daemon is there.
"""

from __future__ import annotations

import socket
import struct
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from vici.protocol import Message, Packet

from samepath.drivers import strongswan
from samepath.drivers.bird import Bird
from samepath.drivers.errors import DaemonUnreachable, NotUnderstood, Refused
from samepath.drivers.strongswan import Charon

BRIEFLY = 0.05
"""Seconds that the drivers wait here for an answer that does not come."""


@pytest.fixture
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(strongswan, "ANSWER_LIMIT", timedelta(seconds=BRIEFLY))


@contextmanager
def saying(*sentences: bytes, hangs_up: bool = True) -> Iterator[Path]:
    """A socket on which each client in turn hears one sentence, whatever it asks."""
    with (
        tempfile.TemporaryDirectory(prefix="sp-test-") as folder,
        socket.socket(socket.AF_UNIX) as listening,
    ):
        path = Path(folder, "socket")
        listening.bind(str(path))
        listening.listen()
        kept: list[socket.socket] = []

        def serve() -> None:
            for sentence in sentences:
                client, _ = listening.accept()
                kept.append(client)
                try:
                    client.sendall(sentence)
                    if hangs_up:
                        client.shutdown(socket.SHUT_WR)
                except OSError:
                    continue  # It has heard enough.

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield path
        finally:
            thread.join(5.0)
            for client in kept:
                client.close()
        assert not thread.is_alive(), "a sentence was heard by nobody"


# ------------------------------------------------------------------------------------------ charon


def packet(kind: int, payload: bytes = b"") -> bytes:
    """A VICI packet with its length before it."""
    return struct.pack("!IB", len(payload) + 1, kind) + payload


def answer(message: dict[str, object]) -> bytes:
    return packet(Packet.CMD_RESPONSE, Message.serialize(message))


CHARON_QUESTIONS: dict[str, Callable[[Charon], object]] = {
    "version": Charon.version,
    "loaded": Charon.loaded,
    "sas": Charon.sas,
    "events": lambda charon: charon.events(),
}
RUBBISH = [
    b"",
    b"\x00",
    b"\x00\x00\x00\x00",
    b"SSH-2.0-OpenSSH_9.2p1\r\n",
    b"\xff\xff\xff\xff" + bytes(64),
    packet(Packet.CMD_UNKNOWN),
    packet(Packet.EVENT_UNKNOWN),
    packet(99, b"what"),
    packet(Packet.CMD_RESPONSE, b"\x03"),
    packet(Packet.CMD_RESPONSE, b"\x03\x01\xff\x00\x01x"),
    packet(Packet.CMD_RESPONSE, b"\x02"),
    packet(Packet.CMD_RESPONSE, b"\x01\x01a"),
    packet(Packet.EVENT, b"\xff"),
    answer({"success": "no"}),
    answer({"success": ["no"], "errmsg": ["why"]}),
    answer({"success": "no", "errmsg": b"\xff"}),
]


@pytest.mark.parametrize("question", CHARON_QUESTIONS)
@pytest.mark.parametrize("sentence", RUBBISH)
def test_no_charon_is_told_from_one(question: str, sentence: bytes) -> None:
    with saying(sentence) as path, Charon(path) as charon:
        with pytest.raises((DaemonUnreachable, NotUnderstood, Refused)) as told:
            CHARON_QUESTIONS[question](charon)
        assert str(told.value)


@pytest.mark.usefixtures("_impatient")
@pytest.mark.parametrize("question", CHARON_QUESTIONS)
@pytest.mark.parametrize(
    "beginning", [b"", b"\x00\x00", b"\x00\x00\x01\x00\x01", b"\x00\x04\x00\x00"]
)
def test_a_charon_that_falls_silent_is_given_up_in_time(question: str, beginning: bytes) -> None:
    with (
        saying(beginning, hangs_up=False) as path,
        Charon(path) as charon,
        pytest.raises(DaemonUnreachable, match="does not answer in time"),
    ):
        CHARON_QUESTIONS[question](charon)


def test_a_charon_that_answers_the_next_time_is_heard() -> None:
    right = answer({"daemon": "charon", "version": "5.9.8"})
    with saying(b"rubbish, and more of it", right) as path, Charon(path) as charon:
        with pytest.raises(DaemonUnreachable):
            charon.version()
        assert charon.version() == "5.9.8"


def test_where_no_charon_listens_it_says_where() -> None:
    path = Path("/run/samepath-nobody/x.vici")
    for question in CHARON_QUESTIONS.values():
        with Charon(path) as charon, pytest.raises(DaemonUnreachable, match=str(path)):
            question(charon)


@settings(max_examples=30)
@given(sentence=st.binary(max_size=80) | st.binary(max_size=60).map(lambda tail: packet(1, tail)))
@example(sentence=b"\x00\x00\x00\x01\x01")
def test_any_bytes_are_an_answer_or_no_charon(sentence: bytes) -> None:
    with saying(sentence) as path, Charon(path) as charon:
        try:
            found = charon.loaded()
        except (DaemonUnreachable, NotUnderstood, Refused) as error:
            assert str(error)  # noqa: PT017 - either outcome is right
        else:
            assert all(isinstance(name, str) for name in found)


# -------------------------------------------------------------------------------------------- BIRD

GREETING = b"0001 BIRD 2.0.12 ready.\n"
BIRD_QUESTIONS: dict[str, Callable[[Bird], object]] = {
    "status": Bird.status,
    "protocols": Bird.protocols,
    "routes": Bird.routes,
    "bfd_sessions": Bird.bfd_sessions,
    "reconfigure": Bird.reconfigure,
}


@pytest.mark.parametrize("question", BIRD_QUESTIONS)
@pytest.mark.parametrize(
    ("sentence", "error"),
    [
        (b"", DaemonUnreachable),
        (b"0001", DaemonUnreachable),
        (GREETING, DaemonUnreachable),
        (GREETING + b"1007-half of an ans", DaemonUnreachable),
        (b"220 mail.example.com ESMTP\r\n", NotUnderstood),
        (b"0013 somebody else\n", NotUnderstood),
        (b"\xff\xfe\x00\n", NotUnderstood),
        (GREETING + GREETING, NotUnderstood),
    ],
)
def test_no_bird_is_told_from_one(question: str, sentence: bytes, error: type[Exception]) -> None:
    with saying(sentence) as path, Bird(path) as speaker, pytest.raises(error) as told:
        BIRD_QUESTIONS[question](speaker)
    assert str(path) in str(told.value) or "BIRD says" in str(told.value)


@pytest.mark.parametrize("question", BIRD_QUESTIONS)
@pytest.mark.parametrize("beginning", [b"", b"0001 BI", GREETING, GREETING[:-1]])
def test_a_bird_that_falls_silent_is_given_up_in_time(question: str, beginning: bytes) -> None:
    with (
        saying(beginning, hangs_up=False) as path,
        Bird(path, patience=BRIEFLY) as speaker,
        pytest.raises(DaemonUnreachable, match="not in time"),
    ):
        BIRD_QUESTIONS[question](speaker)


def test_where_no_bird_listens_it_says_where() -> None:
    path = Path("/run/samepath-nobody/x.ctl")
    for question in BIRD_QUESTIONS.values():
        with Bird(path) as speaker, pytest.raises(DaemonUnreachable, match=str(path)):
            question(speaker)

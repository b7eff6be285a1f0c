"""Silence of a far address, and a question that could not be put, are told apart."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from samepath.drivers import programs
from samepath.lab.ping import CannotPing, answers, judge, received


@pytest.mark.parametrize(
    ("status", "words", "verdict"),
    [
        pytest.param(0, "", True, id="an answer"),
        pytest.param(1, "", False, id="no answer"),
        pytest.param(
            1, "ping: local error: message too long, mtu=1400\n", False, id="too large to leave"
        ),
        pytest.param(2, "ping: connect: Network is unreachable\n", False, id="no way there"),
        pytest.param(
            2, "ping: SO_BINDTODEVICE seoul-t1: No such device\n", None, id="no device to ask by"
        ),
        pytest.param(
            1,
            "nsenter: cannot open /run/netns/x: No such file or directory\n",
            None,
            id="no namespace to ask in",
        ),
        pytest.param(
            127,
            "nsenter: failed to execute ping: No such file or directory\n",
            None,
            id="no ping",
        ),
    ],
)
def test_what_ping_ends_with_is_a_verdict_only_where_it_has_asked(
    status: int, words: str, verdict: bool | None
) -> None:
    assert judge(status, words) is verdict


def test_without_ping_it_is_told_what_installs_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(programs, "SEARCH", str(tmp_path))

    with pytest.raises(CannotPing, match="apt-get install"):
        answers("sp-test--host-app", "192.0.2.1")


def test_a_namespace_that_is_not_there_is_told_and_no_silence() -> None:
    with pytest.raises(CannotPing, match="sp-none--host-app: nsenter: cannot open"):
        answers("sp-none--host-app", "192.0.2.1")


@pytest.mark.parametrize(
    ("words", "answered"),
    [
        ("200 packets transmitted, 194 received, 3% packet loss, time 500ms", 194),
        ("9 packets transmitted, 9 received, +2 duplicates, 0% packet loss, time 1ms", 9),
        ("3 packets transmitted, 0 received, +3 errors, 100% packet loss, time 4ms", 0),
        ("", 0),
    ],
)
def test_answers_are_counted(words: str, answered: int) -> None:
    assert received(words) == answered


def test_a_ping_gets_little_of_our_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[dict[str, str]] = []

    def run(
        words: list[str], *, env: dict[str, str], **_: object
    ) -> subprocess.CompletedProcess[str]:
        given.append(env)
        return subprocess.CompletedProcess(words, 1, stdout="0 received", stderr="")

    monkeypatch.setenv("A_KEY", "Planted.0123456789")
    monkeypatch.setattr("shutil.which", lambda name, **_: f"/usr/bin/{name}")
    monkeypatch.setattr(subprocess, "run", run)

    assert not answers("nowhere", "192.0.2.1")
    (environment,) = given
    assert environment["LC_ALL"] == "C"
    assert "A_KEY" not in environment

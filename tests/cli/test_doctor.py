"""What ``samepath doctor`` prints, and how it ends."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from samepath.cli import doctor as command
from samepath.cli import main
from samepath.linux.facts import Feature, Library, MachineFacts, Program, Trial

WHOLE = MachineFacts(
    system="Debian GNU/Linux 12 (bookworm)",
    kernel="6.1.0-30-amd64",
    python=(3, 11, 2),
    root=True,
    capabilities=frozenset(
        {"CAP_NET_ADMIN", "CAP_NET_BIND_SERVICE", "CAP_NET_RAW", "CAP_SYS_ADMIN"}
    ),
    programs=frozenset(Program),
    libraries=frozenset(Library),
    features={feature: Trial(works=True) for feature in Feature},
    charon_plugins=frozenset({"kernel-libipsec", "openssl"}),
    bird_version=(2, 0, 12),
    port_holders=(),
    confined=(),
    run_free=1 << 30,
    run_size=1 << 31,
    interpreter="/usr/bin/python3",
    tree=None,
    loadable_modules=True,
    debian=True,
)
NO_ESP = replace(
    WHOLE, features={**WHOLE.features, Feature.ESP: Trial(works=False, said="no such type")}
)
NO_BIRD = replace(WHOLE, programs=frozenset(Program) - {Program.BIRD}, bird_version=None)


def run(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    facts: MachineFacts,
    *words: str,
) -> tuple[int, str]:
    """The exit code of ``samepath doctor WORDS`` on a machine like ``facts``, and what it says."""
    monkeypatch.setattr(command, "observe_machine", lambda: facts)
    with pytest.raises(SystemExit) as end:
        main(["doctor", *words])
    assert isinstance(end.value.code, int)
    return end.value.code, capsys.readouterr().out


@pytest.mark.parametrize(
    ("facts", "words", "code"),
    [
        (WHOLE, (), 0),
        (WHOLE, ("--need", "kernel"), 0),
        (NO_ESP, (), 0),
        (NO_ESP, ("--need", "kernel"), 1),
        (NO_BIRD, (), 1),
        (NO_BIRD, ("--need", "check"), 0),
        (NO_BIRD, ("--need", "check", "--json"), 0),
        (NO_BIRD, ("--json",), 1),
        (WHOLE, ("--need", "everything"), 2),
        (WHOLE, ("--nonsense",), 2),
    ],
)
def test_the_exit_code_answers_what_was_needed(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    facts: MachineFacts,
    words: tuple[str, ...],
    code: int,
) -> None:
    assert run(monkeypatch, capsys, facts, *words)[0] == code


def test_a_person_reads_what_is_ready_what_is_missing_and_what_to_type(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _, said = run(monkeypatch, capsys, NO_BIRD)
    lines = [line.rstrip() for line in said.splitlines()]
    assert lines[0] == "Debian GNU/Linux 12 (bookworm), Linux 6.1.0-30-amd64, Python 3.11.2"
    assert any(line.startswith("yes  check ") for line in lines)
    assert any(line.startswith("no   userspace ") for line in lines)
    at = lines.index("In the way of userspace:")
    assert (
        lines[at + 1]
        == "- The program bird is not installed. [userspace, vrrp, shared-sessions, kernel]"
    )
    assert lines[at + 2].strip() == (
        "systemctl mask bird.service && apt-get install --no-install-recommends bird2"
    )
    assert "To be known:" not in lines


def test_a_program_reads_the_same(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _, said = run(monkeypatch, capsys, NO_ESP, "--json")
    document = json.loads(said)
    assert document["schema"] == "samepath.doctor/1"
    assert document["ready"] == {
        "check": True,
        "userspace": True,
        "vrrp": True,
        "shared-sessions": True,
        "kernel": False,
    }
    (finding,) = document["findings"]
    assert finding["code"] == "no-esp"
    assert finding["severity"] == "note"
    assert finding["blocks"] == ["kernel"]
    assert finding["mend"] == "modprobe esp4"
    assert document["machine"]["features"]["esp"] is False


def test_a_bug_is_called_a_bug(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken() -> MachineFacts:
        raise ZeroDivisionError("planted")

    monkeypatch.setattr(command, "observe_machine", broken)
    monkeypatch.delenv("SAMEPATH_DEBUG", raising=False)
    with pytest.raises(SystemExit) as end:
        main(["doctor"])
    said = capsys.readouterr().err
    assert end.value.code == 70
    assert "this is a bug in samepath: ZeroDivisionError: planted" in said
    assert "Traceback" not in said
    with pytest.raises(SystemExit):
        main(["--debug", "doctor"])
    assert "Traceback" in capsys.readouterr().err

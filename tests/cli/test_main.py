"""The command line as a whole: how errors end, what is listed."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

from samepath.cli import COMMANDS, main
from samepath.cli import doctor as command
from samepath.cli.errors import ERRORS, exit_code
from samepath.cli.exit_codes import ExitCode
from samepath.linux.facts import MachineFacts
from samepath.node.home import CannotKeep

EXAMPLE = Path(__file__).parents[2] / "examples" / "active-standby.yaml"


def end(*words: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert isinstance(ended.value.code, int)
    return ended.value.code


def test_help_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert end("--help") == 0
    said = capsys.readouterr().out
    assert all(name in said for name in COMMANDS)


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert end("--version") == 0
    assert capsys.readouterr().out == f"samepath {metadata.version('samepath')}\n"


@pytest.mark.parametrize("words", [(), ("nonsense",), ("--nonsense",)])
def test_words_that_cannot_be_used(words: tuple[str, ...]) -> None:
    assert end(*words) == ExitCode.INPUT


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (CannotKeep("/run/x is full"), 3, "samepath: /run/x is full\n"),
        (KeyboardInterrupt(), 130, ""),
    ],
)
def test_an_error_ends_as_one_sentence(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    error: BaseException,
    code: int,
    said: str,
) -> None:
    def fail() -> MachineFacts:
        raise error

    monkeypatch.setattr(command, "observe_machine", fail)
    assert end("doctor") == code
    assert capsys.readouterr().err.endswith(said)


@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize(
    "words",
    [
        ("--version",),
        ("--help",),
        ("lab", "list"),
        ("check", "--json", str(EXAMPLE)),
        ("check", str(EXAMPLE)),
    ],
)
def test_a_full_disk_under_standard_output_is_one_sentence(
    words: tuple[str, ...], unbuffered: str
) -> None:
    program = [sys.executable, "-c", "from samepath.cli import main; main()", *words]
    environment = {**os.environ, "PYTHONUNBUFFERED": unbuffered}
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            program, stdout=full, stderr=subprocess.PIPE, text=True, check=False, env=environment
        )

    assert done.stderr == "samepath: cannot write to standard output: No space left on device\n"
    assert done.returncode == ExitCode.WORLD


@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("words", [("--help",), ("lab", "list"), ("check", str(EXAMPLE))])
def test_a_reader_that_has_gone_is_no_error_to_tell_of(
    words: tuple[str, ...], unbuffered: str
) -> None:
    program = [sys.executable, "-c", "from samepath.cli import main; main()", *words]
    environment = {**os.environ, "PYTHONUNBUFFERED": unbuffered}
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        program, stdout=writing, stderr=subprocess.PIPE, text=True, check=False, env=environment
    )
    os.close(writing)

    assert (done.returncode, done.stderr) == (ExitCode.READER_GONE, "")


def test_a_closed_standard_output_is_no_error() -> None:
    program = 'exec "$0" -c "from samepath.cli import main; main()" --version >&-'
    done = subprocess.run(
        ["sh", "-c", program, sys.executable], capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stderr) == (0, "")


def test_a_subclass_ends_as_its_base() -> None:
    class StillFull(CannotKeep):
        pass

    assert exit_code(StillFull) is ExitCode.WORLD
    assert exit_code(KeyError) is ExitCode.BUG


def test_no_error_of_the_table_ends_as_fine_or_as_a_bug() -> None:
    assert set(ERRORS.values()) <= {ExitCode.FINDINGS, ExitCode.INPUT, ExitCode.WORLD}

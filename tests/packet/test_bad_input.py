"""What a person can get wrong, and what a machine can lack: a sentence, an exit code, no trace.

Through the real command line. Exit codes: 2 for input, 3 for a world that says no, 130 for Ctrl-C.
"""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from tests.drivers.daemons.worlds import until
from tests.packet.commands import LIMIT, SAMEPATH, said, samepath
from tests.packet.labs import FILE, text_of
from tests.packet.leftovers import snapshot
from tests.packet.own import clear, own

from samepath.control.names import Names
from samepath.drivers.kernel import LiveKernel
from samepath.lab.lab import INTENT
from samepath.linux.objects import Namespace
from samepath.node.home import Home

RUNNING = own("input")
OTHER = own("input-2")
NOBODY = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")


@pytest.fixture(scope="module", autouse=True)
def _as_it_was() -> Iterator[None]:
    """The machine is afterwards what it was before."""
    clear(RUNNING)
    clear(OTHER)
    before = snapshot()
    yield
    clear(OTHER)
    clear(RUNNING)
    assert before == snapshot()


def refused(
    code: int, words: str, *command: str, within: Sequence[str] = ()
) -> subprocess.CompletedProcess[str]:
    """Run a command that ends with ``code``, says ``words`` and changes nothing."""
    before = snapshot()
    done = samepath(*command, within=within)

    assert (done.returncode, words in said(done)) == (code, True), (done.returncode, said(done))
    assert "Traceback" not in done.stderr
    assert "bug" not in done.stderr
    assert snapshot() == before
    return done


# ---------------------------------------------------------------------------------------- the file


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "file.yaml cannot be read: No such file or directory"),
        (b"", "file.yaml:1: the file is empty; the smallest file has the keys samepath, vpcs"),
        (b"name: a\n\x80\xff\x00", "file.yaml:2: this is no text in UTF-8"),
        (b"a\x00b", "file.yaml:1: not text"),
        (b"a" * (1 << 21), "file.yaml is no topology file: it has more than 1 MiB"),
        (b"samepath: [1", "file.yaml:1:"),
        (text_of().replace("test-lab", "a--b").encode(), "file.yaml:4: name: a--b is not a name"),
        (text_of().replace("test-lab", "ab-").encode(), "file.yaml:4: name: ab- is not a name"),
        (
            text_of("{tunnels: [{outside: 198.51.100.1}, {}]}").encode(),
            "connections.seoul.tunnels[0].outside: 198.51.100.1 ",
        ),
        (text_of().replace("192.168.10", "10.0.7").encode(), "overlap"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_with_its_place(
    tmp_path: Path, content: bytes | None, words: str
) -> None:
    file = tmp_path / "file.yaml"
    if content is not None:
        file.write_bytes(content)

    refused(2, words, "lab", "up", str(file), "--name", RUNNING)


def test_a_folder_a_device_without_end_and_a_locked_file_are_no_topology(tmp_path: Path) -> None:
    refused(2, f"{tmp_path} cannot be read: Is a directory", "lab", "up", str(tmp_path))
    refused(2, "/dev/zero is no topology file", "lab", "up", "/dev/zero")
    locked = Path("/etc/shadow")
    refused(2, "is not readable", "lab", "up", str(locked), within=NOBODY)


# ------------------------------------------------------------------------------------- the machine


def test_without_root_it_says_so() -> None:
    refused(3, "needs root", "lab", "up", str(FILE), within=NOBODY)
    refused(3, "only root may look at labs", "lab", "down", RUNNING, within=NOBODY)


def _with(path: str, over: Path) -> tuple[str, ...]:
    """Run in a mount namespace of its own, in which ``over`` has taken the place of ``path``."""
    script = 'mount --bind "$0" "$1" && shift && exec "$@"'
    return ("unshare", "--mount", "sh", "-c", script, str(over), path)


@pytest.mark.parametrize("program", ["/usr/sbin/bird", "/usr/sbin/charon-systemd"])
def test_a_missing_program_is_named_with_what_installs_it(tmp_path: Path, program: str) -> None:
    absent = tmp_path / "absent"
    absent.touch(mode=0o644)

    done = refused(3, "tools/setup lab", "lab", "up", str(FILE), within=_with(program, absent))

    assert f"program {Path(program).name} is not installed" in said(done)


def test_a_missing_feature_of_the_kernel_is_named(tmp_path: Path) -> None:
    failing = tmp_path / "nft"
    failing.write_text("#!/bin/sh\necho 'Error: Operation not supported' >&2\nexit 1\n")
    failing.chmod(0o755)

    refused(3, "nftables", "lab", "up", str(FILE), within=_with("/usr/sbin/nft", failing))


@pytest.mark.parametrize("inodes", [20, 32, 38, 44, 50])
def test_a_full_run_folder_stops_it_with_a_sentence_and_down_still_works(inodes: int) -> None:
    """In a mount namespace of its own, whose /run takes a few files only."""
    before = snapshot()
    script = (
        f"mount -t tmpfs -o size=256m,nr_inodes={inodes} none /run\n"
        f'"$0" lab up "$1" --name {OTHER} >&2; echo up $?\n'
        f'"$0" lab down {OTHER}; echo down $?\n'
        "ls -A /run\n"
    )
    done = subprocess.run(
        ["unshare", "--mount", "sh", "-c", script, SAMEPATH, str(FILE)],
        check=False,
        capture_output=True,
        text=True,
    )

    assert done.stdout.splitlines()[0] == "up 3", done
    assert "No space left on device" in done.stderr
    assert f"samepath lab down {OTHER}" in done.stderr
    assert "Traceback" not in done.stderr
    assert "down 0" in done.stdout, done
    assert done.stdout.splitlines()[-1] in {"down 0", "mount", "netns"}
    assert snapshot() == before


# ----------------------------------------------------------------------------------------- no lab


def test_down_of_what_never_was_is_fine_and_changes_nothing() -> None:
    refused(0, "nothing to do", "lab", "down", "never-was")


@pytest.mark.parametrize("name", ["../x", "a/b", ".", "..", "a--b", "a-", "x" * 32, " ", "é"])
def test_a_name_that_is_none_is_refused(name: str) -> None:
    refused(2, "is no name of a lab", "lab", "down", name)
    refused(2, "is no name of a lab", "lab", "up", str(FILE), "--name", name)
    refused(2, "is no name of a lab", "lab", "status", "--lab", name)


def test_a_lab_that_does_not_run_is_named_with_those_that_do() -> None:
    refused(2, "no lab called 'never-was' is running here", "lab", "status", "--lab", "never-was")


# ------------------------------------------------------------------------------- stopped halfway


def _starting(name: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [SAMEPATH, "lab", "up", str(FILE), "--name", name],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


_REACHED = {
    "the lock": "lock",
    "the supervisor": "supervisor.sock",
    "a configuration": "etc/charon-ep-seoul-1.conf",
    "the first daemon": "log/charon-cgw-seoul-1.log",
    "a speaker": "log/bird-ep-seoul-1.log",
    "the agent": "log/agent.log",
}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("reached", list(_REACHED))
def test_stopped_halfway_it_says_what_to_type_and_down_removes_all(
    reached: str, number: signal.Signals
) -> None:
    before = snapshot()
    with _starting(OTHER) as process:
        mark = Path("/run/samepath", OTHER, _REACHED[reached])
        until(lambda: mark.exists() or process.poll() is not None)
        process.send_signal(number)
        _, complaints = process.communicate()
    down = samepath("lab", "down", OTHER)

    assert process.returncode == 130, complaints
    assert f"Go on: samepath lab up {FILE} --name {OTHER}" in complaints
    assert f"samepath lab down {OTHER}" in complaints
    assert "Traceback" not in complaints
    assert (down.returncode, down.stderr) == (0, "")
    assert snapshot() == before


def test_killed_halfway_the_next_up_goes_on_and_down_removes_all() -> None:
    before = snapshot()
    with _starting(OTHER) as process:
        mark = Path("/run/samepath", OTHER, _REACHED["the first daemon"])
        until(mark.exists)
        process.kill()
    up = samepath("lab", "up", str(FILE), "--name", OTHER)
    down = samepath("lab", "down", OTHER)

    assert (up.returncode, down.returncode) == (0, 0), said(up) + said(down)
    assert f"lab {OTHER} is up" in said(up)
    assert snapshot() == before


def test_a_lab_of_which_there_is_only_the_wish_is_shown_and_explained() -> None:
    before = snapshot()
    home = Home(OTHER)
    home.create()
    (home.path / INTENT).write_text(FILE.read_text())
    status = samepath("lab", "status", "--lab", OTHER)
    why = samepath("lab", "why", "--lab", OTHER)
    with subprocess.Popen(
        [SAMEPATH, "lab", "status", "--watch", "--sample", "0.01", "--lab", OTHER],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "FORCE_COLOR": "1", "TERM": "xterm"},  # As on a terminal.
    ) as watch:
        assert watch.stdout is not None
        watch.stdout.readline()
        down = samepath("lab", "down", OTHER)
        _, ended = watch.communicate(timeout=LIMIT)

    assert (watch.returncode, f"the lab '{OTHER}' has been taken down" in ended) == (2, True), ended
    assert (status.returncode, why.returncode, down.returncode) == (0, 1, 0), (
        said(status) + said(why) + said(down)
    )
    assert "no route" in said(status)
    assert "seoul/tunnel2:" in said(why)
    assert snapshot() == before


def test_what_was_left_running_on_a_host_ends_with_the_lab() -> None:
    before = snapshot()
    home = Home(OTHER)
    home.create()
    (home.path / INTENT).write_text(FILE.read_text())
    (home.path / "log" / "agent.log").touch()  # Whoever runs something there takes it for built.
    with closing(LiveKernel()) as kernel:
        for host in ("app", "desk"):
            kernel.create(Namespace(name=Names(OTHER, str(home.path)).host(host)))
    script = "setsid sleep 1000 >/dev/null 2>&1 & echo $!"
    started = samepath("lab", "exec", "--lab", OTHER, "desk", "--", "sh", "-c", script)
    process = Path("/proc", started.stdout.strip())
    assert process.is_dir(), said(started)
    down = samepath("lab", "down", OTHER)

    assert (down.returncode, process.exists()) == (0, False), said(down)
    assert snapshot() == before


# ---------------------------------------------------------------------------------- a running lab


@pytest.fixture(scope="module")
def lab(_as_it_was: None) -> str:
    """Two ``up`` at the same time, of which one finds nothing to do."""
    with ThreadPoolExecutor() as pool:
        ups = list(
            pool.map(lambda _: samepath("lab", "up", str(FILE), "--name", RUNNING), range(2))
        )
    assert [up.returncode for up in ups] == [0, 0], [said(up) for up in ups]
    assert all(f"lab {RUNNING} is up" in said(up) for up in ups)
    return RUNNING


def test_two_at_the_same_time_make_one_lab(lab: str) -> None:
    again = samepath("lab", "up", str(FILE), "--name", lab, "--json")

    assert again.returncode == 0
    assert '"steps": 0' in again.stdout


def test_a_name_that_runs_with_another_topology_is_taken(lab: str, tmp_path: Path) -> None:
    other = tmp_path / "other.yaml"
    other.write_text(text_of("{customer_gateway: dc, active: 2}"))

    advice = f"take it down first: samepath lab down {lab}"
    refused(3, advice, "lab", "up", str(other), "--name", lab)
    refused(3, advice, "demo", "--name", lab)


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (("break", "seoul/tunnel3"), 2, "seoul/tunnel3"),
        (("break", "nowhere"), 2, "nowhere"),
        (("break", ""), 2, "element"),
        (("break", "host:desk"), 2, "host:desk cannot be broken by itself"),
        (("break", "seoul/tunnel1", "--fault", "kill"), 2, "it can by: cut"),
        (("break", "seoul/tunnel1", "--fault", "nonsense"), 2, "'nonsense' is not one of"),
        (("break", "seoul/tunnel1", "--fault", "loss", "--value", "101"), 2, "1 to 100, not 101"),
        (("heal", "nowhere"), 2, "nowhere"),
        (("heal", "seoul/tunnel2"), 0, "seoul/tunnel2 was not broken"),
        (("exec", "nobody", "true"), 2, "no host called 'nobody'"),
        (("ping", "nobody", "desk"), 2, "there are: app, desk"),
    ],
)
def test_what_the_lab_does_not_have_is_refused(
    lab: str, words: tuple[str, ...], code: int, sentence: str
) -> None:
    refused(code, sentence, "lab", *words, "--lab", lab)


@pytest.mark.parametrize("words", [("list",), ("status",), ("heal",), ("down",)])
def test_without_root_a_running_lab_is_none_of_your_business(
    lab: str, words: tuple[str, ...]
) -> None:
    refused(3, "only root may look at labs and change them", "lab", *words, within=NOBODY)
    assert Path("/run/samepath", lab).is_dir()

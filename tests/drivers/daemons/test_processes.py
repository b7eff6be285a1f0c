"""Processes of a world and their supervisor: started, found, stopped, and never lost."""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.drivers.daemons.worlds import World, alive, until, wire, world

from samepath.drivers import processes, supervisor
from samepath.drivers.errors import DaemonFailed, DaemonUnreachable
from samepath.drivers.processes import Exited, Processes, Running, Watch

pytestmark = pytest.mark.packet


@pytest.fixture(scope="module")
def shared() -> Iterator[World]:
    """A world for tests that leave its supervisor alone."""
    with world() as made:
        made.processes.ensure_supervisor()
        yield made


@pytest.fixture
def own() -> Iterator[World]:
    """A world that a test may wreck."""
    with world() as made:
        yield made


@pytest.fixture(scope="module")
def namespace() -> Iterator[str]:
    with wire() as (first, _):
        yield first


SLEEP = ("sleep", "1000")

_OF_GLIBC = 1 << 31 | 1 << 32
"""Signals 32 and 33. glibc keeps them for its threads and lets no program set them, and its
``posix_spawn`` leaves them ignored in the child (``sysdeps/unix/sysv/linux/spawni.c``), which
inherits through every exec: so they are ignored or not as the tests' own starter was started."""


def _next(watch: Watch) -> Exited:
    ready, _, _ = select.select([watch], [], [], 20)
    assert ready, "no event"
    return watch.read()[0]


def _status(pid: int) -> dict[str, str]:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}


def _network(pid: int) -> int:
    return Path(f"/proc/{pid}/ns/net").stat().st_ino


# ------------------------------------------------------------------------------------ the child


def test_a_child_is_what_a_daemon_should_be(shared: World, namespace: str) -> None:
    daemon = shared.daemon("child", *SLEEP, namespace=namespace, restart_on="d1")
    running = shared.processes.start(daemon)
    pid = running.pid

    assert running == shared.running("child")
    assert (running.digest, running.namespace, running.zombie) == ("d1", namespace, False)
    assert _network(pid) == Path("/run/netns", namespace).stat().st_ino
    open_files = {
        int(link.name): str(link.readlink()) for link in Path(f"/proc/{pid}/fd").iterdir()
    }
    log = str(shared.directory / "log" / "child.log")
    assert open_files == {0: "/dev/null", 1: log, 2: log}
    assert stat.S_IMODE(Path(log).stat().st_mode) == 0o600
    status = _status(pid)
    assert int(status["SigIgn"], 16) & ~_OF_GLIBC == 0
    assert int(status["SigBlk"], 16) == 0
    assert status["NoNewPrivs"] == "1"
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    parent, session, terminal = int(fields[1]), int(fields[3]), int(fields[4])
    assert parent == shared.running("supervisor").pid
    assert session == pid
    assert terminal == 0
    assert os.getpriority(os.PRIO_PROCESS, pid) == supervisor.NICENESS
    group = Path(f"/proc/{pid}/autogroup")
    assert not group.exists() or group.read_text().endswith(f"nice {supervisor.NICENESS}\n")
    shared.processes.stop(running)


def test_nothing_of_the_starters_environment_is_handed_on(
    own: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLANTED_KEY", "plantedplanted1")
    running = own.processes.start(own.daemon("child", *SLEEP))
    for pid in (running.pid, own.running("supervisor").pid):
        environment = Path(f"/proc/{pid}/environ").read_bytes()
        assert f"SAMEPATH_WORLD={own.name}\0".encode() in environment
        assert b"planted" not in environment


def test_the_worlds_directory_stands_in_for_its_mark(shared: World) -> None:
    daemon = shared.daemon(
        "says",
        *("sh", "-c", 'echo "$HERE {world} {other}"'),
        environment=(("HERE", "{world}/x"),),
    )
    with shared.processes.watch() as watch:
        shared.processes.start(daemon)
        _next(watch)
    said = (shared.directory / "log" / "says.log").read_text()
    assert said == f"{shared.directory}/x {shared.directory} {{other}}\n"


def test_a_daemons_child_is_not_taken_for_it(shared: World) -> None:
    running = shared.processes.start(shared.daemon("parent", "sh", "-c", "sleep 1000 & wait"))
    until(lambda: len(list(_of(shared, "parent"))) == 2)
    assert shared.running("parent") == running
    shared.processes.stop(running)
    assert "parent" not in shared.names()
    (stray,) = _of(shared, "parent")
    os.kill(stray.pid, signal.SIGKILL)
    until(lambda: not Path(f"/proc/{stray.pid}").exists())


def _of(world: World, name: str) -> Iterator[supervisor.Found]:
    return (found for found in supervisor.scan(world.name) if found.name == name)


# ------------------------------------------------------------------------------------- starting


@pytest.mark.parametrize(
    ("argv", "namespace", "words"),
    [
        (("/no/such/program",), "", "cannot run /no/such/program: No such file or directory"),
        (("/dev/null",), "", "cannot run /dev/null: Permission denied"),
        (SLEEP, "no-such", "cannot enter the network namespace no-such: No such file"),
        (SLEEP, "../x", "is no name of a network namespace"),
    ],
)
def test_what_cannot_start_says_why(
    shared: World, argv: tuple[str, ...], namespace: str, words: str
) -> None:
    with pytest.raises(DaemonFailed, match=words):
        shared.processes.start(shared.daemon("broken", *argv, namespace=namespace))
    assert "broken" not in shared.names()


def test_an_early_end_shows_the_log_of_this_start_only(shared: World) -> None:
    def start_and_say(word: str) -> DaemonFailed:
        with pytest.raises(DaemonFailed) as caught:
            shared.processes.start(
                shared.daemon("early", "sh", "-c", f"echo {word}; exit 3", socket="run/e.ctl")
            )
        return caught.value

    assert start_and_say("first").log == "first"
    second = start_and_say("second")
    assert second.reason == "early ended before it was ready (exit status 3)"
    assert second.log == "second"


SERVER = """
import os, socket, sys, time
s = socket.socket(socket.AF_UNIX)
s.bind(sys.argv[1])
time.sleep(0.05)
s.listen()
while True:
    c, _ = s.accept()
    c.close()
"""


def test_ready_is_when_the_socket_accepts_and_a_stale_one_does_not_count(shared: World) -> None:
    path = shared.directory / "run" / "server.ctl"
    path.parent.mkdir(exist_ok=True)
    stale = socket.socket(socket.AF_UNIX)
    stale.bind(str(path))
    stale.close()

    daemon = shared.daemon(
        "server", sys.executable, "-c", SERVER, "{world}/run/server.ctl", socket="run/server.ctl"
    )
    running = shared.processes.start(daemon)
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(str(path))
    shared.processes.stop(running)


def test_the_same_name_does_not_run_twice(shared: World) -> None:
    running = shared.processes.start(shared.daemon("once", *SLEEP))
    with pytest.raises(DaemonFailed, match=f"runs already, as process {running.pid}"):
        shared.processes.start(shared.daemon("once", *SLEEP))
    shared.processes.stop(running)


def test_two_clients_at_once(shared: World) -> None:
    started: list[Running] = []

    def start(number: int) -> None:
        processes = Processes(shared.directory, shared.name)
        started.append(processes.start(shared.daemon(f"many{number}", *SLEEP)))

    threads = [threading.Thread(target=start, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(started) <= shared.processes.observe()
    assert len({running.pid for running in started}) == 8
    for running in started:
        shared.processes.stop(running)


# ---------------------------------------------------------------------------------------- ending


def test_watchers_hear_how_each_ends(shared: World) -> None:
    with shared.processes.watch() as one, shared.processes.watch() as two:
        running = shared.processes.start(shared.daemon("ends", "sh", "-c", "read x; exit 7"))
        for watch in (one, two):
            event = _next(watch)
            assert (event.name, event.pid, event.start) == ("ends", running.pid, running.start)
            assert event.status == 7
        sleeping = shared.processes.start(shared.daemon("killed", *SLEEP))
        shared.processes.kill(sleeping, signal.SIGKILL)
        assert not Path(f"/proc/{sleeping.pid}").exists(), "a zombie is left"
        assert _next(one).status == -signal.SIGKILL


def test_one_that_ignores_sigterm_is_killed(shared: World) -> None:
    ready = shared.directory / "deaf"
    running = shared.processes.start(
        shared.daemon("deaf", "sh", "-c", f"trap '' TERM; : > {ready}; while :; do sleep 9; done")
    )
    until(ready.exists)
    began = time.monotonic()
    shared.processes.stop(running, timeout=0.2)
    assert time.monotonic() - began >= 0.2
    assert not alive(running)


def test_one_that_is_stopped_by_a_signal_ends_all_the_same(shared: World) -> None:
    running = shared.processes.start(shared.daemon("frozen", *SLEEP))
    shared.processes.kill(running, signal.SIGSTOP)
    shared.processes.stop(running, timeout=0.1)
    assert not alive(running)


def test_another_process_with_the_same_number_is_left_alone(shared: World) -> None:
    running = shared.processes.start(shared.daemon("innocent", *SLEEP))
    earlier = Running(
        name="innocent",
        pid=running.pid,
        start=running.start - 1,
        digest="",
        namespace="",
        zombie=False,
    )
    shared.processes.stop(earlier)
    shared.processes.kill(earlier, signal.SIGKILL)
    assert alive(running)
    shared.processes.stop(running)
    shared.processes.stop(running)  # Gone already: no error.


def test_a_namespace_that_lost_its_name_is_seen(shared: World) -> None:
    with wire() as (first, _):
        running = shared.processes.start(shared.daemon("homeless", *SLEEP, namespace=first))
    assert shared.running("homeless").namespace is None
    shared.processes.stop(running)


# ------------------------------------------------------------------------------- the supervisor


def test_starting_the_supervisor_is_quick_and_leaves_no_zombie(own: World) -> None:
    own.processes.ensure_supervisor()
    before = own.running("supervisor")
    own.processes.ensure_supervisor()
    assert own.running("supervisor") == before
    parent = int(Path(f"/proc/{before.pid}/stat").read_text().rpartition(")")[2].split()[1])
    assert parent != os.getpid()
    assert stat.S_IMODE((own.directory / "supervisor.sock").stat().st_mode) == 0o600
    loaded = Path(f"/proc/{before.pid}/maps").read_text()
    assert "pyroute2" not in loaded
    assert int(_status(before.pid)["VmRSS"].split()[0]) < 24_000, "kB resident"
    mine = subprocess.run(
        ["ps", "--no-headers", "-o", "stat", "--ppid", str(os.getpid())],
        capture_output=True,
        text=True,
        check=False,
    ).stdout
    assert "Z" not in mine


def test_many_starters_get_one_supervisor(own: World) -> None:
    threads = [threading.Thread(target=own.processes.ensure_supervisor) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    until(lambda: own.names() == ["supervisor"])


def test_daemons_outlive_a_killed_supervisor_and_the_next_adopts_them(own: World) -> None:
    kept = own.processes.start(own.daemon("kept", *SLEEP, restart_on="d2"))
    ended = own.processes.start(own.daemon("ended", *SLEEP))
    watch = own.processes.watch()
    own.processes.kill(own.running("supervisor"), signal.SIGKILL)

    assert _next(watch).name == "supervisor"
    assert own.processes.observe() == {kept, ended}
    with pytest.raises(DaemonUnreachable):
        watch.fileno()
    own.processes.stop(ended)
    assert own.processes.observe() == {kept}

    own.processes.ensure_supervisor()  # The old one's socket is still there.
    assert own.names() == ["kept", "supervisor"]
    with pytest.raises(DaemonFailed, match="runs already"):
        own.processes.start(own.daemon("kept", *SLEEP))
    assert select.select([watch], [], [], 0)[0] == []
    own.processes.kill(kept, signal.SIGKILL)
    event = _next(watch)
    assert (event.name, event.pid, event.status) == ("kept", kept.pid, None)
    watch.close()
    assert alive(own.processes.start(own.daemon("kept", *SLEEP)))


def test_a_killed_agent_is_started_again_also_by_the_next_supervisor(own: World) -> None:
    own.processes.start(own.daemon("agent", *SLEEP, again=True))
    first = own.running("agent")
    own.processes.kill(first, signal.SIGKILL)
    until(lambda: own.names() == ["agent", "supervisor"])
    second = own.running("agent")
    own.processes.kill(own.running("supervisor"), signal.SIGKILL)
    own.processes.ensure_supervisor()
    own.processes.kill(second, signal.SIGKILL)
    until(lambda: own.names() == ["agent", "supervisor"])

    third = own.running("agent")
    assert len({first, second, third}) == 3
    assert Path(f"/proc/{third.pid}/cmdline").read_bytes() == b"sleep\x001000\x00"


def test_quit_leaves_nothing_not_even_zombies(own: World) -> None:
    stubborn = own.processes.start(
        own.daemon("family", "sh", "-c", "trap '' TERM; sleep 1000 & sleep 1000")
    )
    until(lambda: len(list(_of(own, "family"))) == 3)
    pids = [found.pid for found in supervisor.scan(own.name)]

    own.processes.quit(timeout=0.2)
    assert [pid for pid in pids if Path(f"/proc/{pid}").exists()] == []
    assert not alive(stubborn)
    assert not (own.directory / "supervisor.sock").exists()
    own.processes.quit()


def test_quit_needs_no_supervisor(own: World) -> None:
    orphan = own.processes.start(own.daemon("orphan", *SLEEP))
    head = own.running("supervisor")
    own.processes.kill(head, signal.SIGKILL)
    own.processes.quit()
    assert own.processes.observe() == frozenset()
    assert not Path(f"/proc/{orphan.pid}").exists()
    assert not Path(f"/proc/{head.pid}").exists()


def test_sigterm_to_the_supervisor_ends_its_daemons(own: World) -> None:
    running = own.processes.start(own.daemon("served", *SLEEP))
    own.processes.stop(own.running("supervisor"))
    assert not alive(running)
    assert own.processes.observe() == frozenset()


def _say(world: World, words: bytes) -> dict[str, object]:
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(str(world.directory / "supervisor.sock"))
        client.sendall(words)
        answer: dict[str, object] = json.loads(client.makefile().readline())
        return answer


@pytest.mark.parametrize(
    "words",
    [
        b"rubbish\n",
        b"\xff\xfe\n",
        b"[]\n",
        b'{"do": "dance"}\n',
        b'{"do": "spawn"}\n',
        b'{"do": "quit", "timeout": "soon"}\n',
        (
            b'{"do": "spawn", "name": "x", "argv": [], "env": {}, "namespace": "", "log": "", '
            b'"digest": ""}\n'
        ),
        (
            b'{"do": "spawn", "name": "x", "argv": ["a\\u0000b"], "env": {}, "namespace": "", '
            b'"log": "", "digest": ""}\n'
        ),
    ],
)
def test_rubbish_gets_an_error_and_harms_nobody(shared: World, words: bytes) -> None:
    before = shared.running("supervisor")
    assert set(_say(shared, words)) == {"error"}
    assert shared.running("supervisor") == before


def test_half_a_request_holds_up_nobody(shared: World) -> None:
    with socket.socket(socket.AF_UNIX) as slow:
        slow.connect(str(shared.directory / "supervisor.sock"))
        slow.sendall(b'{"do": "li')
        assert set(_say(shared, b'{"do": "list"}\n')) == {"running", "ended"}
        slow.sendall(b'st"}\n')
        assert "running" in json.loads(slow.makefile().readline())


def test_the_supervisors_imports_are_the_standard_librarys() -> None:
    program = (
        "import sys, runpy\n"
        "runpy.run_path(sys.argv[1], run_name='looked-at')\n"
        "print(*sorted({name.partition('.')[0] for name in sys.modules}))\n"
    )
    names = subprocess.run(
        [sys.executable, "-I", "-S", "-c", program, supervisor.__file__],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    assert {name for name in names if not name.startswith("_")} <= sys.stdlib_module_names
    assert {"dataclasses", "asyncio", "subprocess", "pathlib"} & set(names) == set()


def test_a_supervisor_that_does_not_come_up_is_named_and_not_waited_for(
    own: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "hangs.py"
    program.write_text("import time\ntime.sleep(60)\n")
    monkeypatch.setattr(supervisor, "__file__", str(program))
    monkeypatch.setattr(processes, "READY_LIMIT", 1.0)
    began = time.monotonic()

    words = f"the supervisor of {own.name} does not come up within 1 s"
    with pytest.raises(DaemonFailed, match=words):
        own.processes.ensure_supervisor()

    assert time.monotonic() - began < 20.0


def test_a_stopped_process_is_ended_by_what_it_is_asked_to_end_by(own: World) -> None:
    running = own.processes.start(own.daemon("child", *SLEEP))
    with own.processes.watch() as watch:
        own.signal("child", signal.SIGSTOP)
        own.processes.stop(running)
        assert _next(watch).status == -signal.SIGTERM

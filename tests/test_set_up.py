"""``tools/setup``: it says what it does, does nothing twice, and leaves no service and no policy."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest
from tests.drivers.daemons.worlds import until

TREE = Path(__file__).resolve().parents[1]
REQUIREMENTS = ("requirements/uv.txt", "requirements/lab.txt", "requirements/test.txt")
NOTHING_TO_DO = 5.0
"""Seconds in which a set-up with nothing to do is over; it takes some 0.1 s."""
THEIR_POLICY = "#!/bin/sh\nexit 104\n"

DPKG_QUERY = """\
#!/bin/sh
for word; do grep -qx -- "$word" "{machine}/installed" && echo "$word installed"; done
exit 1
"""
APT_GET = """\
#!/bin/sh
echo "$*" >>"{machine}/asked"
case " $* " in *" update "*) exit 0 ;; esac
/usr/sbin/policy-rc.d bird start
echo $? >>"{machine}/answered"
{install}
"""
INSTALLS = """\
while [ "$1" != install ]; do shift; done
shift
printf '%s\\n' "$@" >>"{machine}/installed"
ln -s /lib/systemd/system/bird.service /etc/systemd/system/multi-user.target.wants/
"""
FAILS = 'echo "E: Unable to locate package frr"; exit 100'
HANGS = ': >"{machine}/installing"; exec sleep 300'
SURROUND = """\
set -e
mount --bind {machine}/sbin /usr/sbin
mount --bind {machine}/lib /var/lib
mount --bind {machine}/run /run
mount --bind {machine}/systemd /etc/systemd
exec {tree}/tools/setup "$@"
"""


class Machine:
    """A tree with a finished Python environment, and the parts of a machine that a set-up changes.

    Debian's packages are only names in a file. The set-up sees the folders in place of
    ``/usr/sbin`` and the like, in a mount namespace of its own.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "machine"
        self.tree = folder / "tree"
        self.policy = self.folder / "sbin" / "policy-rc.d"
        self.enabled = self.folder / "systemd" / "system" / "multi-user.target.wants"
        for part in ("bin", "sbin", "lib", "run"):
            (self.folder / part).mkdir(parents=True)
        self.enabled.mkdir(parents=True)
        for name in ("tools/setup", *REQUIREMENTS, "pyproject.toml"):
            (self.tree / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(TREE / name, self.tree / name)
        self._finish_environment()
        self._program("dpkg-query", DPKG_QUERY.replace("{machine}", str(self.folder)))
        self.apt(INSTALLS)
        self.installed(*self.packages())

    def _finish_environment(self) -> None:
        venv = self.tree / ".venv"
        (venv / "bin").mkdir(parents=True)
        (venv / "bin" / "python").symlink_to("/usr/bin/true")
        digest = hashlib.sha256(str(venv).encode())
        for name in (*REQUIREMENTS, "pyproject.toml"):
            digest.update((self.tree / name).read_bytes())
        (venv / ".samepath-set-up").write_text(f"test {digest.hexdigest()}\n")

    def _program(self, name: str, text: str) -> None:
        path = self.folder / "bin" / name
        path.write_text(text)
        path.chmod(0o755)

    def packages(self) -> list[str]:
        """The packages that the set-up says it is about."""
        text = (self.tree / "tools" / "setup").read_text()
        return re.findall(r"^([a-z][a-z0-9-]+): ", text, re.MULTILINE)

    def installed(self, *names: str) -> None:
        """From now on just these packages are installed."""
        (self.folder / "installed").write_text("".join(f"{name}\n" for name in names))

    def apt(self, install: str) -> None:
        """From now on ``apt-get install`` does this."""
        text = APT_GET.replace("{install}", install)
        self._program("apt-get", text.replace("{machine}", str(self.folder)))

    def asked(self) -> list[str]:
        """What apt-get was asked for."""
        path = self.folder / "asked"
        return path.read_text().splitlines() if path.exists() else []

    def start(self, *words: str) -> subprocess.Popen[str]:
        """A set-up in a process group of its own, as a terminal starts it."""
        script = SURROUND.format(machine=self.folder, tree=self.tree)
        return subprocess.Popen(
            # A shell ignores Ctrl-C in what it starts with &, and a script cannot undo that.
            [
                "env",
                "--default-signal",
                "unshare",
                "--mount",
                "bash",
                "-c",
                script,
                "setup",
                *words,
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            env={"PATH": f"{self.folder}/bin:/usr/bin:/bin", "HOME": "/root"},
        )

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """A set-up to its end."""
        with self.start(*words) as process:
            said, complained = process.communicate(timeout=50)
        return subprocess.CompletedProcess(words, process.returncode, said, complained)

    def leftovers(self) -> list[str]:
        """What a finished set-up has no business to leave; locks are for the next one."""
        parts = (self.folder / "sbin", self.folder / "lib")
        found = [path for part in parts for path in part.rglob("*") if path != self.policy]
        return [str(path.relative_to(self.folder)) for path in found]


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


@pytest.fixture(params=[None, THEIR_POLICY], ids=["no policy", "a policy of theirs"])
def policy(request: pytest.FixtureRequest, machine: Machine) -> str | None:
    """What ``policy-rc.d`` the machine has before and after."""
    text: str | None = request.param
    if text is not None:
        machine.policy.write_text(text)
        machine.policy.chmod(0o755)
    return text


def policy_of(machine: Machine) -> str | None:
    """What answers for services; whatever does can be run."""
    if not machine.policy.exists():
        return None
    assert os.access(machine.policy, os.X_OK)
    return machine.policy.read_text()


def refused(*words: str) -> str:
    done = subprocess.run(
        [TREE / "tools" / "setup", *words], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (2, "")
    return done.stderr


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("tests",), '"tests" is not known; say: tools/setup lab|test [--no-packages]'),
        (("lab", "--force"), '"--force" is not known; say: tools/setup lab|test [--no-packages]'),
        ((), "say what for: tools/setup lab|test [--no-packages]"),
        (("--no-packages",), "say what for: tools/setup lab|test [--no-packages]"),
    ],
)
def test_what_it_does_not_know_is_refused_with_a_sentence(
    words: tuple[str, ...], sentence: str
) -> None:
    assert refused(*words) == f"tools/setup: {sentence}\n"


@pytest.mark.packet
@pytest.mark.parametrize("words", [("lab",), ("test",), ("test", "--no-packages")])
def test_with_nothing_to_do_it_is_soon_over_and_says_nothing(
    machine: Machine, words: tuple[str, ...]
) -> None:
    began = time.monotonic()
    done = machine.run(*words)

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert time.monotonic() - began < NOTHING_TO_DO
    assert machine.asked() == []
    assert machine.leftovers() == []


@pytest.mark.packet
def test_it_says_what_it_installs_and_what_for_and_does_it_once(
    machine: Machine, policy: str | None
) -> None:
    missing = ("bird2", "frr", "tcpdump")
    machine.installed(*(name for name in machine.packages() if name not in missing))
    nftables = machine.enabled / "nftables.service"
    nftables.symlink_to("/lib/systemd/system/nftables.service")
    first, second = machine.run("test"), machine.run("test")

    assert first.returncode == 0, first.stderr
    says = [line.split(": ") for line in (TREE / "tools" / "setup").read_text().splitlines()]
    purposes = {words[0]: words[1] for words in says if words[0] in missing and len(words) == 2}
    assert first.stdout.splitlines() == [
        "set-up: installing 3 Debian packages (no service is started or enabled):",
        *(f"  {name:32}{purposes[name]}" for name in missing),
        "set-up: left switched off: bird",
    ]
    update, install = machine.asked()
    assert update.endswith(" update")
    assert install.endswith(" install bird2 frr tcpdump")
    assert (machine.folder / "answered").read_text() == "101\n"
    assert list(machine.enabled.iterdir()) == [nftables]
    assert (second.returncode, second.stdout, second.stderr) == (0, "", "")
    assert policy_of(machine) == policy
    assert machine.leftovers() == []


@pytest.mark.packet
def test_for_the_lab_nothing_is_installed_that_only_tests_need(machine: Machine) -> None:
    machine.installed(*(name for name in machine.packages() if name not in {"git", "iperf3"}))
    done = machine.run("lab")

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert machine.asked() == []


@pytest.mark.packet
def test_where_apt_fails_its_last_words_are_shown_and_no_policy_is_left(
    machine: Machine, policy: str | None
) -> None:
    machine.installed()
    machine.apt(FAILS)
    done = machine.run("test")

    assert done.returncode == 3
    assert "E: Unable to locate package frr\n" in done.stderr
    assert "tools/setup: Debian's packages could not be installed" in done.stderr
    assert policy_of(machine) == policy
    assert machine.leftovers() == []


@pytest.mark.packet
@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGINT, signal.SIGTERM])
def test_stopped_while_apt_works_it_leaves_no_policy(
    machine: Machine, policy: str | None, number: signal.Signals
) -> None:
    status = interrupted(machine, number)

    assert status == 128 + number
    assert policy_of(machine) == policy
    assert machine.leftovers() == []


@pytest.mark.packet
def test_killed_while_apt_works_the_next_one_puts_it_right(
    machine: Machine, policy: str | None
) -> None:
    interrupted(machine, signal.SIGKILL)
    left = policy_of(machine)
    (machine.enabled / "bird.service").symlink_to("/lib/systemd/system/bird.service")
    machine.apt(INSTALLS)
    machine.installed(*machine.packages())
    done = machine.run("test")

    assert left is not None
    assert left != policy
    assert done.returncode == 0, done.stderr
    assert done.stdout == "set-up: left switched off: bird\n"
    assert list(machine.enabled.iterdir()) == []
    assert policy_of(machine) == policy
    assert machine.leftovers() == []


def interrupted(machine: Machine, number: signal.Signals) -> int:
    """The exit status of a set-up that is sent a signal, with its children, while apt works."""
    machine.installed()
    machine.apt(HANGS)
    with machine.start("test") as process:
        try:
            until(lambda: (machine.folder / "installing").exists() or process.poll() is not None)
        finally:
            os.killpg(process.pid, number)
        try:
            process.communicate(timeout=50)
        finally:
            if process.returncode is None:
                os.killpg(process.pid, signal.SIGKILL)
    return process.returncode

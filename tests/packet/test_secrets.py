"""A planted pre-shared key is found nowhere but in the one file that keeps it."""

from __future__ import annotations

import base64
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import pytest
from tests.drivers.daemons.worlds import until
from tests.packet.commands import samepath
from tests.packet.labs import text_of
from tests.packet.own import clear, own

from samepath.lab.lab import Lab
from samepath.lab.probe import ProbePair

NAME = own("secrets")
CORRECTED = own("corrected")
FROM_FILE, FROM_ENVIRONMENT = "Planted_by.a_file_7f3a91", "Planted_by.a_variable_c204de"
VARIABLE = "PLANTED_KEY"
SAMEPATH = str(Path(sys.executable).parent / "samepath")
TEXT = """\
samepath: 1
vpcs:
  cloud: {cidr: 10.0.0.0/16, hosts: {app: 10.0.0.10}}
customer_gateways:
  dc: {address: 198.51.100.1, asn: 65000}
  wrong: {address: 198.51.100.2, asn: 65001}
sites:
  office:
    networks: [192.168.10.0/24]
    customer_gateways: [dc]
    hosts: {desk: 192.168.10.10}
  other: {networks: [192.168.20.0/24], customer_gateways: [wrong]}
connections:
  seoul:
    customer_gateway: dc
    tunnels:
      - pre_shared_key: {file: KEY}
      - pre_shared_key: {environment: PLANTED_KEY}
  mismatch:
    customer_gateway: wrong
    tunnel_defaults:
      pre_shared_key: {file: KEY}
      customer_pre_shared_key: {environment: PLANTED_KEY}
"""


def forms(secret: str) -> tuple[bytes, ...]:
    """A secret as it might be written down: as it is, in hexadecimal, in base64 at any offset."""
    raw = secret.encode()
    encoded = [base64.b64encode(b"x" * shift + raw)[4:-4] for shift in range(3)]
    return (raw, raw.hex().encode(), raw.hex().upper().encode(), *encoded)


PLANTED = (*forms(FROM_FILE), *forms(FROM_ENVIRONMENT))


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> Iterator[bytes]:
    """Everything that commands printed while a lab came up, half failed, broke and was mended."""
    folder = tmp_path_factory.mktemp("planted")
    key, topology = folder / "key", folder / "topology.yaml"
    key.touch(mode=0o600)
    key.write_text(FROM_FILE + "\n")
    topology.write_text(TEXT.replace("file: KEY", f"file: {key}"))
    clear(NAME)
    commands = (
        ("lab", "up", str(topology), "--name", NAME),
        ("lab", "up", str(topology), "--name", NAME, "--json"),
        ("lab", "break", "seoul/tunnel1/customer/charon", "--lab", NAME),
        ("lab", "heal", "--lab", NAME),
        ("lab", "status", "--json", "--lab", NAME),
        ("lab", "why", "--json", "--lab", NAME),
        ("lab", "events", "--lab", NAME),
        ("--debug", "lab", "break", "nothing/there", "--lab", NAME),
        ("doctor", "--json"),
    )
    printed = b""
    try:
        for words in commands:
            done = subprocess.run(
                [SAMEPATH, *words],
                capture_output=True,
                check=False,
                env={**os.environ, VARIABLE: FROM_ENVIRONMENT, "SAMEPATH_DEBUG": "1"},
            )
            assert done.returncode in {0, 1, 2, 3}, done.stderr
            printed += done.stdout + done.stderr
        yield printed
    finally:
        clear(NAME)


def holds(content: bytes) -> bool:
    return any(form in content for form in PLANTED)


def test_the_forms_are_found_where_they_are() -> None:
    for secret in (FROM_FILE, FROM_ENVIRONMENT):
        for text in (secret, f"x{secret}", f"xy{secret}"):
            assert holds(base64.b64encode(text.encode()))
        assert holds(secret.encode().hex().encode())


def test_no_command_prints_a_key(said: bytes) -> None:
    assert b"seoul" in said
    assert not holds(said)


def processes() -> Iterator[tuple[bytes, bytes]]:
    """The command line and the environment of every process but ourselves."""
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        with suppress(FileNotFoundError, ProcessLookupError, PermissionError):
            yield (entry / "cmdline").read_bytes(), (entry / "environ").read_bytes()


def of_the_lab() -> list[tuple[bytes, bytes]]:
    """The same of what runs in the lab."""
    mark = f"SAMEPATH_WORLD={NAME}".encode()
    return [(line, environment) for line, environment in processes() if mark in environment]


@pytest.mark.usefixtures("said")
def test_no_process_shows_a_key() -> None:
    assert not [line for line, _ in processes() if holds(line)]
    found = of_the_lab()
    assert len(found) > 10
    assert not [line for line, environment in found if holds(environment)]


@pytest.mark.usefixtures("said")
def test_nothing_that_is_run_on_a_host_or_a_tunnel_shows_the_callers_key(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(VARIABLE, FROM_ENVIRONMENT)
    commands = (
        ("exec", "--lab", NAME, "app", "--", "sleep", "300"),
        ("ping", "--lab", NAME, "app", "desk", "--count", "1000"),
        ("ping", "--lab", NAME, "desk", "app", "--count", "1000", "--json"),
        ("capture", "--lab", NAME, "seoul/tunnel2", "--inside"),
    )
    wanted = {b"sleep": 1, b"ping": 2, b"tcpdump": 1, b"samepath.lab.probe.station": 2}
    with ExitStack() as stack:
        for words in commands:
            stack.enter_context(_running([SAMEPATH, "lab", *words]))
        lab = stack.enter_context(Lab.running(NAME))
        stack.enter_context(ProbePair(a=lab.host("app"), b=lab.host("desk")))

        def runs() -> bool:
            words = [word for line, _ in of_the_lab() for word in set(line.split(b"\0"))]
            return {word: words.count(word) for word in wanted} == wanted

        until(runs)
        shown = [line for line, environment in of_the_lab() if holds(environment)]

    assert shown == []


@contextmanager
def _running(command: list[str]) -> Iterator[None]:
    """A command in a group of its own, which ends here."""
    with subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    ) as process:
        try:
            yield
        finally:
            os.killpg(process.pid, signal.SIGTERM)


@pytest.mark.usefixtures("said")
def test_one_file_keeps_the_keys_and_is_root_s_alone() -> None:
    home = Path("/run/samepath", NAME)
    files = [path for path in home.rglob("*") if path.is_file()]

    assert [path.name for path in files if holds(path.read_bytes())] == ["secrets.json"]
    assert stat.S_IMODE((home / "secrets.json").stat().st_mode) == 0o600
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) & 0o077 for path in files} == {0}


def test_a_wrong_key_is_named_and_once_corrected_another_up_loads_it(tmp_path: Path) -> None:
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    for path, key in ((ours, FROM_FILE), (theirs, FROM_ENVIRONMENT)):
        path.touch(mode=0o600)
        path.write_text(key)
    topology = tmp_path / "topology.yaml"
    topology.write_text(
        text_of(
            "{customer_gateway: dc, tunnel_defaults: "
            f"{{pre_shared_key: {{file: {ours}}}, customer_pre_shared_key: {{file: {theirs}}}}}}}"
        )
    )
    command = ("lab", "up", str(topology), "--name", CORRECTED)
    try:
        wrong = samepath(*command)
        theirs.write_text(FROM_FILE)
        right = samepath(*command)
    finally:
        clear(CORRECTED)

    assert wrong.returncode == 3
    for number in (1, 2):
        told = f"samepath: seoul/tunnel{number}: authentication fails, as the gateway sees it: "
        assert told in wrong.stderr
    assert right.returncode == 0, right.stderr
    assert f"lab {CORRECTED} is up" in right.stdout
    assert not holds((wrong.stdout + wrong.stderr + right.stdout + right.stderr).encode())

"""conntrackd's configuration: its golden file, its own opinion, and what a takeover tells it."""

from __future__ import annotations

import subprocess
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path

import pytest
from tests.model import golden

from samepath.device.conntrackd.sync import Sync, configuration, on_change

GOLDEN = Path(__file__).parent / "golden"
IT = Sync(
    device="sync",
    local=IPv4Address("192.0.0.252"),
    peer=IPv4Address("192.0.0.253"),
    own=(IPv4Network("169.254.0.0/16"), IPv4Network("192.0.0.0/24")),
    control="/run/samepath/vpn/run/conntrackd-cgw-dc.ctl",
    lock="/run/samepath/vpn/run/conntrackd-cgw-dc.lock",
)


def test_a_conntrackd_is_rendered_as_its_golden_file() -> None:
    golden.check(GOLDEN / "member.conf", configuration(IT))


@pytest.mark.parametrize(
    ("state", "told"),
    [
        ("MASTER", [["-c"], ["-R"], ["-B"], ["-f", "external"]]),
        ("BACKUP", [["-t"], ["-n"]]),
        ("FAULT", [["-t"]]),
        ("STOP", []),
    ],
)
def test_who_takes_over_commits_before_it_tells_and_who_stands_by_asks(
    state: str, told: list[list[str]], tmp_path: Path
) -> None:
    """By a shell, with a conntrackd that only writes down what it is told."""
    log, stand_in, script = (tmp_path / name for name in ("log", "conntrackd", "notify.sh"))
    log.touch()
    stand_in.write_text(f'#!/bin/sh\necho "$@" >>{log}\n')
    stand_in.chmod(0o755)
    script.write_text("\n".join(on_change("/etc/a file.conf")) + "\n")

    subprocess.run(
        ["/bin/sh", script, "GROUP", "dc", state, "100"],
        check=True,
        env={"PATH": f"{tmp_path}:/usr/bin:/bin"},
    )

    assert [line.split() for line in log.read_text().splitlines()] == [
        ["-C", "/etc/a", "file.conf", *words] for words in told
    ]


@pytest.mark.packet
def test_conntrackd_accepts(tmp_path: Path) -> None:
    """In a network namespace of its own: it says that it is ready."""
    file = tmp_path / "conntrackd.conf"
    file.write_text(configuration(IT).replace("/run/samepath/vpn/run", str(tmp_path)))
    script = (
        "ip link set lo up; ip link add sync type bridge; ip addr add 192.0.0.252/31 dev sync; "
        f"ip link set sync up; exec timeout 2 conntrackd -C {file}"
    )
    done = subprocess.run(
        ["unshare", "--net", "sh", "-c", script], capture_output=True, text=True, check=False
    )
    said = done.stdout + done.stderr
    assert "initialization completed" in said, said
    assert "[ERROR]" not in said, said

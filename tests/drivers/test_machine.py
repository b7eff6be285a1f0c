"""Reading what the system says, from text."""

from __future__ import annotations

from pathlib import Path

import pytest

from samepath.drivers import machine


@pytest.mark.parametrize(
    ("mask", "names"),
    [
        (
            "000001ffffffffff",
            {"CAP_NET_BIND_SERVICE", "CAP_NET_ADMIN", "CAP_NET_RAW", "CAP_SYS_ADMIN"},
        ),
        # What Docker gives: 0xa80425fb.
        ("00000000a80425fb", {"CAP_NET_BIND_SERVICE", "CAP_NET_RAW"}),
        ("0000000000000000", set()),
    ],
)
def test_capabilities(mask: str, names: set[str]) -> None:
    status = f"Name:\tpython3\nCapPrm:\t000001ffffffffff\nCapEff:\t{mask}\nCapBnd:\t0\n"
    assert machine._effective_capabilities(status) == names


def test_no_status_is_no_capability() -> None:
    assert machine._effective_capabilities("") == set()


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("BIRD version 2.0.12\n", (2, 0, 12)),
        ("BIRD version 2.15\n", (2, 15)),
        ("BIRD version 3.0-alpha2\n", (3, 0)),
        ("bird: command not found\n", None),
    ],
)
def test_bird_version(text: str, version: tuple[int, ...] | None) -> None:
    assert machine._version(text) == version


def test_apparmor_profiles_in_enforce_mode() -> None:
    profiles = (
        "/usr/sbin/charon-systemd (enforce)\n"
        "/usr/sbin/swanctl (complain)\n"
        "/usr/sbin/cupsd (enforce)\n"
        "tcpdump (enforce)\n"
    )
    assert machine._enforced(profiles) == ("/usr/sbin/charon-systemd", "tcpdump")


UDP = """\
   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
  912: 00000000:01F4 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 31337 2 0 0
  913: 0100007F:1194 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 31338 2 0 0
"""


def test_sockets_on_a_port() -> None:
    assert list(machine._sockets_on(500, UDP)) == ["31337"]
    assert list(machine._sockets_on(4500, UDP)) == ["31338"]
    assert list(machine._sockets_on(501, UDP)) == []


@pytest.mark.parametrize(
    ("words", "gist"),
    [
        ("", ""),
        (
            "RTNETLINK answers: Operation not supported\n",
            "RTNETLINK answers: Operation not supported",
        ),
        (
            "/dev/stdin:8:64-64: Error: syntax error\n  chain x {\n          ^\n",
            "/dev/stdin:8:64-64: Error: syntax error",
        ),
    ],
)
def test_the_telling_line(words: str, gist: str) -> None:
    assert machine._gist(words) == gist


def test_only_a_trees_own_environment_is_made_by_its_set_up(tmp_path: Path) -> None:
    environment = tmp_path / ".venv"
    assert machine._tree(environment) is None
    (tmp_path / "tools").mkdir()
    (tmp_path / "tools" / "setup").touch()
    assert machine._tree(environment) == str(tmp_path)
    assert machine._tree(tmp_path / "another") is None

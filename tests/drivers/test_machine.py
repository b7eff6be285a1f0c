"""Reading what the system says, from text."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tests.control.test_rulesets import TEXTS

from samepath.control.names import Names
from samepath.drivers import machine
from samepath.lab.faults import FAULTS, Broken, objects
from samepath.linux.objects import Ruleset
from samepath.model.document import parse
from samepath.model.elements import all_elements


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


def expressions(rules: str) -> set[str]:
    """The words of rules that are nft's own, without what is ours: names, addresses, numbers."""
    own = re.sub(r'"[^"]*"|chain \w+|counter (name )?\w+_\w+|@[\w,]+|\w+:\d+', " ", rules)
    return set(re.findall(r"(?<![\w-])[a-z][a-z-]+(?: set)?", own))


def test_the_trial_of_nftables_tries_every_expression_of_every_ruleset() -> None:
    topology = parse(
        (Path(__file__).parents[1] / "packet" / "two-tunnels.yaml").read_text()
    ).topology
    broken = objects(
        topology,
        Names("x", "/x"),
        [
            Broken(element=str(element), fault=fault)
            for element in all_elements(topology)
            for fault in FAULTS.get(element.kind, ())
        ],
        0.0,
    )
    rulesets = [*TEXTS.values(), *(item for item in broken if isinstance(item, Ruleset))]
    used = {word for ruleset in rulesets for word in expressions(ruleset.text)}

    assert {"fib", "numgen", "daddr set", "priority set", "icmp"} <= used
    assert used - expressions(machine._NFT_TRIAL) == set()


def test_only_a_trees_own_environment_is_made_by_its_set_up(tmp_path: Path) -> None:
    environment = tmp_path / ".venv"
    assert machine._tree(environment) is None
    (tmp_path / "tools").mkdir()
    (tmp_path / "tools" / "setup").touch()
    assert machine._tree(environment) == str(tmp_path)
    assert machine._tree(tmp_path / "another") is None

"""keepalived's configuration: golden files, what must stand in them, and its own opinion."""

from __future__ import annotations

import re
import subprocess
from dataclasses import replace
from ipaddress import IPv4Address, IPv4Interface
from pathlib import Path

import pytest
from tests.model import golden

from samepath.device.keepalived.vrrp import (
    Keepalived,
    MasterRoute,
    VirtualRouter,
    configuration,
    notify_script,
)

GOLDEN = Path(__file__).parent / "golden"
OFFICE = VirtualRouter(
    name="office",
    number=1,
    device="office-lan",
    local=IPv4Address("192.168.10.1"),
    addresses=(IPv4Interface("192.168.10.3/24"),),
    priority=200,
    preempts=True,
    tracks=False,
)
SHOP = VirtualRouter(
    name="shop",
    number=1,
    device="shop-lan",
    local=IPv4Address("172.16.0.2"),
    addresses=(IPv4Interface("172.16.0.3/24"), IPv4Interface("172.16.1.3/24")),
    priority=190,
    preempts=False,
    tracks=True,
)
PLAIN = Keepalived(
    name="fw1",
    routers=(OFFICE,),
    tracked="/run/samepath/vpn/run/keepalived-cgw-fw1.track",
    notify="/run/samepath/vpn/etc/keepalived-cgw-fw1.sh",
)
WAN = VirtualRouter(
    name="wan",
    number=1,
    device="wan",
    local=IPv4Address("192.0.0.250"),
    addresses=(IPv4Interface("198.51.100.1/32"),),
    priority=200,
    preempts=False,
    tracks=False,
    routes=(MasterRoute(destination=IPv4Address("203.0.113.1"), via=IPv4Address("192.0.2.1")),),
)
TEXTS = {
    "plain": configuration(PLAIN),
    "two-sites": configuration(replace(PLAIN, routers=(OFFICE, SHOP))),
    "together": configuration(replace(PLAIN, routers=(WAN, OFFICE), together=True)),
}


@pytest.mark.parametrize("name", TEXTS)
def test_a_keepalived_is_rendered_as_its_golden_file(name: str) -> None:
    golden.check(GOLDEN / f"{name}.conf", TEXTS[name])


def test_every_golden_file_has_its_keepalived() -> None:
    assert sorted(path.stem for path in GOLDEN.iterdir()) == sorted(TEXTS)


def test_no_file_is_named_that_does_not_lie_in_the_worlds_directory() -> None:
    words = TEXTS["two-sites"].replace('"', " ").split()
    assert {word for word in words if word.startswith("/") and word != "/bin/sh"} == {
        PLAIN.tracked,
        PLAIN.notify,
    }


def test_a_change_of_state_is_written_down_with_the_time(tmp_path: Path) -> None:
    log, script = tmp_path / "a log", tmp_path / "notify.sh"
    log.write_text("before\n")
    script.write_text(notify_script(str(log)))

    subprocess.run(["/bin/sh", script, "INSTANCE", "office", "MASTER", "200"], check=True)

    before, written = log.read_text().splitlines()
    day, time, *words = written.split()
    assert (before, words) == ("before", ["VRRP", "office", "MASTER"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}", f"{day} {time}")


def test_more_may_be_done_when_a_state_changes(tmp_path: Path) -> None:
    log, more, script = (tmp_path / name for name in ("log", "more", "notify.sh"))
    script.write_text(notify_script(str(log), [f'echo "$1 $3" >>{more}']))

    subprocess.run(["/bin/sh", script, "GROUP", "dc", "BACKUP", "100"], check=True)

    assert log.read_text().split()[2:] == ["VRRP", "dc", "BACKUP"]
    assert more.read_text() == "GROUP BACKUP\n"


@pytest.mark.packet
@pytest.mark.parametrize("name", TEXTS)
def test_keepalived_accepts(name: str, tmp_path: Path) -> None:
    """In a network namespace of its own, with the interfaces that are named."""
    file = tmp_path / "keepalived.conf"
    file.write_text(TEXTS[name].replace("/run/samepath/vpn", str(tmp_path)))
    links = "".join(f"ip link add {one.device} type bridge; " for one in (OFFICE, SHOP, WAN))
    done = subprocess.run(
        ["unshare", "--net", "sh", "-c", f"{links} exec keepalived --config-test -f {file}"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")

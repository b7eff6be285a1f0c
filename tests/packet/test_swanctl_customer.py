"""A customer gateway whose strongSwan configures itself: it comes up, and back, by itself."""

from __future__ import annotations

import json
import stat
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from rich.console import Console
from tests.drivers.daemons.worlds import until
from tests.packet.labs import WITHIN, running, wait_healthy
from tests.packet.leftovers import snapshot
from tests.packet.own import clear, own

from samepath.cli.lab.status import status_table
from samepath.control.diagnosis import Layer
from samepath.control.ike_endpoint import USERSPACE_RECEIVE_BUFFER
from samepath.drivers import sockets
from samepath.drivers.strongswan import Charon
from samepath.lab.evidence import diagnose_all
from samepath.lab.faults import Fault
from samepath.lab.lab import Lab
from samepath.lab.status import EndStatus, StatusReader
from samepath.model.document import parse

EXAMPLE = Path(__file__).parents[2] / "examples" / "strongswan-customer.yaml"
PLAIN = "mode: pinned}"
FAST = "mode: pinned, tunnel_defaults: {dpd: {delay: 1s, timeout: 4s}}}"
TRIES = "initiating IKE_SA seoul-1"
LOADS = "added vici connection: seoul-1"
TOLD = "vici initiate"
"""What charon logs when somebody tells it to start."""
CHARON, FAR = "charon-cgw-seoul-1", "charon-ep-seoul-1"


def text_of(keys: str) -> str:
    text = EXAMPLE.read_text()
    assert PLAIN in text
    return text.replace(PLAIN, keys)


@pytest.fixture(scope="module")
def one() -> Iterator[Lab]:
    """A lab with a quick dead peer detection, taken down after the module; nothing is left."""
    before = snapshot()
    with running("swan", text_of(FAST)) as lab:
        yield lab
    assert snapshot() == before


@pytest.fixture
def lab(one: Lab) -> Iterator[Lab]:
    """The lab of all these tests, with both tunnels up before and after each."""
    yield one
    one.heal(None)
    wait_healthy(StatusReader(one))


def log_of(lab: Lab, daemon: str = CHARON) -> str:
    return (lab.home.path / "log" / f"{daemon}.log").read_text()


def pid_of(lab: Lab, daemon: str = CHARON) -> int:
    found = (each for each in lab.machine.processes.observe() if not each.zombie)
    return next(each.pid for each in found if each.name == daemon)


def ends(lab: Lab) -> tuple[EndStatus, EndStatus]:
    """The gateway's and the customer's end of tunnel 1."""
    seoul = lab.topology.connections["seoul"]
    tunnel = StatusReader(lab).tunnel(seoul, seoul.tunnels[0])
    return tunnel.gateway, tunnel.customer


def test_it_has_loaded_its_own_file_and_nobody_has_told_it_anything(lab: Lab) -> None:
    with Charon(lab.machine.socket(CHARON, "vici")) as charon:
        assert charon.loaded() == {"seoul-1"}
    assert log_of(lab).count(LOADS) == log_of(lab).count("executing start script 'load'")
    kept = json.loads((lab.home.path / "receipts.json").read_text())
    told = {receipt.partition(" ")[0] for receipt in kept}
    assert FAR in told
    assert CHARON not in told
    assert TOLD not in log_of(lab)


def test_its_key_is_in_a_file_that_is_root_s_alone_and_on_no_command_line(lab: Lab) -> None:
    file = lab.home.path / "keys" / f"{CHARON}.conf"
    key = file.read_text().split('secret = "')[1].split('"')[0]
    assert len(key) == 32
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700

    holding = {path for path in lab.home.path.rglob("*") if path.is_file() and key in _text(path)}
    assert holding == {file, lab.home.path / "secrets.json"}
    shown = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    assert "charon-systemd" in shown
    assert key not in shown


def _text(path: Path) -> str:
    return path.read_text(errors="replace")


def test_it_has_the_room_for_arrived_packets_that_other_ends_have(lab: Lab) -> None:
    sizes = [sockets.smallest_receive_buffer(pid_of(lab, each)) for each in (CHARON, FAR)]
    assert sizes == [USERSPACE_RECEIVE_BUFFER] * 2


def test_a_tunnel_that_both_ends_have_given_up_comes_back_by_the_customer_s_own_doing(
    lab: Lab,
) -> None:
    tries = log_of(lab).count(TRIES)
    lab.break_element("seoul/tunnel1", Fault.CUT, None)
    until(lambda: ends(lab)[0].ike == "down" and ends(lab)[1].ike == "CONNECTING", WITHIN)
    lab.heal(None)
    wait_healthy(StatusReader(lab))

    # Dead peer detection starts it once; what gets no answer is sent and tried again, for ever.
    assert log_of(lab).count(TRIES) > tries
    assert "initiating IKE_SA" not in log_of(lab, FAR)
    assert TOLD not in log_of(lab)


def test_a_tunnel_that_the_gateway_closes_is_started_again_by_the_customer(lab: Lab) -> None:
    tries = log_of(lab).count(TRIES)
    with Charon(lab.machine.socket(FAR, "vici")) as gateway:
        assert gateway.terminate(ike="seoul-1")
    until(lambda: log_of(lab).count(TRIES) > tries, WITHIN)
    wait_healthy(StatusReader(lab))
    assert TOLD not in log_of(lab)


def test_a_killed_one_loads_its_file_and_starts_by_itself(lab: Lab) -> None:
    loads, pid = log_of(lab).count(LOADS), pid_of(lab)
    lab.break_element("seoul/tunnel1/customer/charon", Fault.KILL, None)
    until(lambda: log_of(lab).count(LOADS) == loads + 1, WITHIN)
    wait_healthy(StatusReader(lab))
    assert pid_of(lab) != pid
    assert TOLD not in log_of(lab)


def test_a_killed_end_of_the_gateway_is_back_without_a_word_to_the_customer(lab: Lab) -> None:
    lab.break_element("seoul/tunnel1/endpoint/charon", Fault.KILL, None)
    wait_healthy(StatusReader(lab))
    assert TOLD not in log_of(lab)


def test_status_says_whose_configuration_it_is(lab: Lab) -> None:
    console = Console(width=200)
    with console.capture() as shown:
        console.print(status_table(StatusReader(lab).read()))
    assert "cgw:dc: a real strongSwan with its own swanctl.conf" in shown.get()


@contextmanager
def refused(text: str) -> Iterator[Lab]:
    """A lab of which not every tunnel comes up; it goes at the end."""
    name = own("swan-refused")
    try:
        with Lab(name, parse(text).topology) as lab:
            lab.up(text)
            yield lab
    finally:
        clear(name)


def test_who_is_refused_does_not_ask_again_until_it_has_another_key(tmp_path: Path) -> None:
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    for path, key in ((ours, "Planted_for_the.gateway1"), (theirs, "Planted_for_the.customer")):
        path.touch(mode=0o600)
        path.write_text(key)
    keys = (
        f"mode: pinned, tunnels: [{{pre_shared_key: {{file: {ours}}}, "
        f"customer_pre_shared_key: {{file: {theirs}}}}}, {{}}]}}"
    )
    text = text_of(keys)
    with refused(text) as lab:
        until(lambda: "received AUTHENTICATION_FAILED" in log_of(lab), WITHIN)
        until(lambda: StatusReader(lab).read().tunnels[1].usable, WITHIN)
        lab.converge()
        first = diagnose_all(lab, "seoul/tunnel1")[0]
        assert first.layer is Layer.AUTHENTICATION
        assert log_of(lab).count(TRIES) == 1

        pid = pid_of(lab)
        theirs.write_text(ours.read_text())
        lab.converge()
        wait_healthy(StatusReader(lab))
        assert pid_of(lab) != pid
        assert log_of(lab).count(TRIES) == 2
        assert not lab.converge()

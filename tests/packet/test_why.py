"""What stops a tunnel is named by its first failed layer, with evidence, by the end that knows it."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.packet.commands import SAMEPATH, said, samepath
from tests.packet.labs import WITHIN
from tests.packet.leftovers import snapshot
from tests.packet.own import clear, own

from samepath.cli.lab.building import USABLE_WITHIN
from samepath.control.diagnosis import Diagnosis, Layer
from samepath.control.situation import Side
from samepath.drivers.strongswan import Charon
from samepath.lab.events import Event, Kind, read_logs
from samepath.lab.evidence import diagnose_all, diagnose_parts
from samepath.lab.faults import Fault
from samepath.lab.lab import Lab
from samepath.lab.settling import wait_usable
from samepath.lab.status import StatusReader
from samepath.model.document import parse
from samepath.model.elements import InvalidElement

NAME = own("why")
FILE = Path(__file__).parent / "mistakes.yaml"
PFS = "customer.esp.groups"


@pytest.fixture(scope="module")
def up() -> Iterator[subprocess.CompletedProcess[str]]:
    """``lab up``, which waits in vain for tunnels that cannot come up."""
    clear(NAME)
    before = snapshot()
    try:
        yield samepath("lab", "up", str(FILE), "--name", NAME)
    finally:
        clear(NAME)
    assert snapshot() == before


@pytest.fixture(scope="module")
def lab(up: subprocess.CompletedProcess[str]) -> Iterator[Lab]:
    assert "is built" in said(up)
    with Lab.running(NAME) as lab:
        _until(lambda: why(lab, "good").layer is None)
        _until(lambda: all(why(lab, name).layer for name in ("wrong-key", "wrong-ike")))
        yield lab


def why(lab: Lab, connection: str, tunnel: int = 1) -> Diagnosis:
    (found,) = diagnose_all(lab, f"{connection}/tunnel{tunnel}")
    return found


def _until(true: object) -> None:
    import time  # noqa: PLC0415 - used here only

    deadline = time.monotonic() + WITHIN
    while not true():  # type: ignore[operator]
        assert time.monotonic() < deadline
        time.sleep(0.2)  # noqa: TID251 - a log that grows tells nobody


def test_up_ends_with_three_and_says_of_each_tunnel_what_fails(
    up: subprocess.CompletedProcess[str],
) -> None:
    told = up.stderr.splitlines()

    assert up.returncode == 3
    ended = re.search(
        rf"lab {re.escape(NAME)} is built, but not every tunnel is usable after ([\d.]+) s",
        said(up),
    )
    assert ended is not None
    assert float(ended[1]) < USABLE_WITHIN, "it waits for what has been refused"
    for connection, sentence in (
        ("wrong-key", "authentication fails, as the gateway sees it: the peer proves itself with"),
        ("wrong-ike", "IKE fails, as the gateway sees it: the two ends' IKE proposals have"),
        ("wrong-esp", "CHILD_SA fails, as the gateway sees it: the two ends' ESP proposals differ"),
        ("refused", "policy fails, as the gateway sees it: the other end announces routes, and"),
    ):
        for number in (1, 2):
            start = f"samepath: {connection}/tunnel{number}: {sentence}"
            assert [line for line in told if line.startswith(start)], up.stderr
    assert told[-1] == f"The lab stays up; next: samepath lab why --lab {NAME}"
    assert "Traceback" not in up.stderr


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("connections.wrong-key.tunnels[0].customer_pre_shared_key", "from different places"),
        ("connections.wrong-ike.tunnels[1].customer.ike", "no common IKE proposal"),
        ("connections.wrong-esp.tunnels[0].customer.esp", "no common ESP proposal"),
        (f"connections.wrong-pfs.tunnels[0].{PFS}", "the tunnel comes up and fails at its first"),
        (f"connections.wrong-pfs.tunnels[1].{PFS}", "the tunnel comes up and fails at its first"),
    ],
)
def test_up_warns_at_once_and_with_the_place_of_what_cannot_work(
    up: subprocess.CompletedProcess[str], path: str, message: str
) -> None:
    (warning,) = (line for line in up.stderr.splitlines() if f": {path}: " in line)

    assert re.match(rf"warning: {re.escape(str(FILE))}:\d+: ", warning)
    assert message in warning


def test_why_tells_the_files_warning_about_a_tunnel_that_works_until_its_first_rekeying(
    lab: Lab,
) -> None:
    _until(lambda: why(lab, "wrong-pfs", 2).layer is None)
    pfs = samepath("lab", "why", "wrong-pfs/tunnel2", "--lab", lab.name)
    good = samepath("lab", "why", "good", "--lab", lab.name)

    first, second, *_ = pfs.stdout.splitlines()
    assert first.startswith("wrong-pfs/tunnel2: every layer works")
    assert second.startswith(f"  warning   connections.wrong-pfs.tunnels[1].{PFS}: no common PFS")
    assert "fails at its first rekey" in second
    assert (pfs.returncode, good.returncode) == (0, 0)
    assert "warning" not in good.stdout


@pytest.mark.parametrize(
    ("connection", "layer", "evidence"),
    [
        ("wrong-key", Layer.AUTHENTICATION, "MAC mismatched"),
        ("wrong-ike", Layer.IKE, "MODP_2048"),
        ("wrong-esp", Layer.CHILD, "AES_GCM_16_128"),
        # Its site, and sooner or later what it has heard over the other tunnel: an FRR passes that on.
        ("refused", Layer.POLICY, "accepted 0 routes and refused "),
    ],
)
def test_a_mistake_of_configuration_is_told_by_the_end_that_refused(
    lab: Lab, connection: str, layer: Layer, evidence: str
) -> None:
    found = why(lab, connection)

    assert (found.layer, found.seen_by) == (layer, Side.GATEWAY)
    assert evidence in found.evidence


def test_pfs_alone_works_until_the_first_rekeying_and_is_named_after_it(lab: Lab) -> None:
    assert why(lab, "wrong-pfs").layer is None

    with Charon(lab.machine.socket("charon-cgw-wrong-pfs-1", "vici")) as charon:
        assert charon.rekey(child="wrong-pfs-1") == 1
    _until(lambda: why(lab, "wrong-pfs").layer is not None)

    found = why(lab, "wrong-pfs")
    assert (found.layer, found.seen_by) == (Layer.CHILD, Side.GATEWAY)
    assert "PFS" in found.what
    assert "packets still pass" in found.what


@pytest.mark.parametrize(
    ("element", "fault", "hold", "layer"),
    [
        ("good/tunnel1", Fault.CUT, False, Layer.PATH),
        ("good/tunnel1", Fault.ESP, False, Layer.ESP),
        ("good/tunnel1", Fault.BGP, False, Layer.BGP),
        ("good/tunnel1/endpoint/charon", Fault.KILL, True, Layer.DAEMON),
        ("good/tunnel1/endpoint/speaker", Fault.KILL, True, Layer.SPEAKER),
    ],
)
def test_a_fault_is_found_from_evidence_alone(
    lab: Lab, element: str, fault: Fault, hold: bool, layer: Layer
) -> None:
    lab.break_element(element, fault, None, hold=hold)
    try:
        _until(lambda: why(lab, "good").layer is layer)
        assert why(lab, "good", 2).layer is None
    finally:
        lab.heal(None)
    _until(lambda: why(lab, "good").layer is None)


@pytest.mark.parametrize(
    ("element", "fault", "hold", "layer", "side"),
    [
        ("gw:vgw/router", Fault.KILL, True, Layer.SPEAKER, Side.GATEWAY),
        ("cgw:dc/router", Fault.KILL, True, Layer.SPEAKER, Side.CUSTOMER),
        ("cgw:dc/lan", Fault.CUT, False, Layer.LAN, Side.CUSTOMER),
    ],
)
def test_what_is_dead_beside_the_tunnels_is_named_with_and_without_its_name(
    lab: Lab, element: str, fault: Fault, hold: bool, layer: Layer, side: Side
) -> None:
    assert [one.layer for one in diagnose_parts(lab, element)] == [None]

    lab.break_element(element, fault, None, hold=hold)
    try:
        _until(lambda: element in {one.element for one in diagnose_parts(lab)})
        (found,) = diagnose_parts(lab, element)
        ended = samepath("lab", "why", element, "--lab", lab.name)
    finally:
        lab.heal(None)
    _until(lambda: not diagnose_parts(lab) and why(lab, "good").layer is None)

    assert (found.element, found.layer, found.seen_by) == (element, layer, side)
    assert f"{element}: {layer.value} fails" in ended.stdout
    assert ended.returncode == 1


def test_events_are_of_elements_and_hold_faults_in_their_order(lab: Lab) -> None:
    asked = datetime.now(UTC)
    lab.break_element("good/tunnel2", Fault.CUT, None)
    _until(
        lambda: any(
            event.kind is Kind.BFD and "Up to Down" in event.text and event.time > asked
            for event in of("good/tunnel2")
        )
    )
    lab.heal(None)

    faults = [event for event in of("good/tunnel2") if event.kind is Kind.FAULT]
    assert [event.text.split()[0] for event in faults] == ["broken:", "healed:"]
    downs = [event.time for event in of("good/tunnel2") if "Up to Down" in event.text]
    # A machine that has just started a dozen daemons may have lost a session before.
    assert any(faults[0].time < down < faults[1].time for down in downs)
    assert {event.kind for event in of("good/tunnel1")} >= {Kind.IKE, Kind.CHILD, Kind.BGP}
    _until(lambda: why(lab, "good", 2).layer is None)


def of(element: str) -> list[Event]:
    home = Path("/run/samepath", NAME, "log")
    topology = parse(FILE.read_text()).topology
    return [event for event in read_logs(home, topology) if event.is_of(element)]


def test_what_has_no_tunnels_has_no_diagnosis(lab: Lab) -> None:
    with pytest.raises(InvalidElement, match="no tunnels"):
        diagnose_all(lab, "host:app")
    assert len(diagnose_all(lab, "cgw:dc")) == 2


@pytest.mark.parametrize(
    ("words", "seen"),
    [
        (("--outside",), b"UDP-encap: ESP"),
        (("--outside", "--end", "customer"), b"UDP-encap: ESP"),
        (("--inside",), b"BFDv1"),
        (("--inside", "--end", "customer"), b"BFDv1"),
    ],
)
def test_a_capture_shows_what_is_outside_and_what_is_inside(
    lab: Lab, words: tuple[str, ...], seen: bytes
) -> None:
    command = [SAMEPATH, "lab", "capture", "good/tunnel1"]
    done = subprocess.run(
        [*command, *words, "--count", "4", "--seconds", "20", "--lab", lab.name],
        capture_output=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert seen in done.stdout


def test_a_capture_that_nobody_reads_ends_quietly(lab: Lab) -> None:
    command = [SAMEPATH, "lab", "capture", "good/tunnel1", "--outside", "--lab", lab.name]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert b" IP " in process.stdout.readline()
        process.stdout.close()
        said = process.stderr.read()

    assert process.wait() == 1
    assert b"rror" not in said
    assert b"Broken pipe" not in said


@pytest.mark.parametrize(
    ("file", "reason"), [("/nonex/x.pcap", "No such file or directory"), ("/", "Is a directory")]
)
def test_a_capture_that_cannot_be_written_is_an_error_of_the_world(
    lab: Lab, file: str, reason: str
) -> None:
    words = ("capture", "good/tunnel1", "--outside", "--write", file, "--lab", lab.name)
    done = samepath("lab", *words)

    assert (done.returncode, done.stderr) == (3, f"samepath: cannot capture: {file}: {reason}\n")


def test_why_ends_with_one_when_a_layer_fails_and_with_zero_when_none_does(lab: Lab) -> None:
    command = [SAMEPATH, "lab", "why"]
    ends = [
        subprocess.run(
            [*command, element, "--lab", lab.name], capture_output=True, check=False
        ).returncode
        for element in ("good", "wrong-key")
    ]

    assert wait_usable(StatusReader(lab), 0.0).tunnels[0].usable
    assert ends == [0, 1]


def test_of_a_path_that_comes_and_goes_nobody_says_that_it_loses_nothing(lab: Lab) -> None:
    lab.break_element("good/tunnel1", Fault.FLAP, 1)
    try:
        found = [why(lab, "good") for _ in range(8)]
    finally:
        lab.heal(None)

    assert {one.layer for one in found} - {None}
    for one in found:
        assert "not on the outside path" not in one.what, one
        assert one.layer is not Layer.MTU, one

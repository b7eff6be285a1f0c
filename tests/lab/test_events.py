"""Logs are read on from where the last reading ended, also when they were cut meanwhile."""

from __future__ import annotations

from pathlib import Path

from tests.control.topologies import topology

from samepath.lab.events import Event, Kind, Logs, read_logs
from samepath.model.document import parse
from samepath.node.logs import trim

SEOUL = topology({"seoul": ""})
CHARON = "charon-ep-seoul-1.log"
VRRP = """\
samepath: 1
vpcs: {cloud: {cidr: 10.0.0.0/16}}
customer_gateways: {fw1: {address: 198.51.100.1}, fw2: {address: 198.51.100.2}}
sites: {office: {networks: [192.168.10.0/24], customer_gateways: [fw1, fw2], vrrp: {}}}
connections: {one: {customer_gateway: fw1}, two: {customer_gateway: fw2}}
"""


def line(second: int, text: str) -> str:
    return f"2026-01-01 00:00:{second:02}.000 05[IKE] {text}\n"


def initiating(second: int) -> str:
    return line(second, f"initiating IKE_SA seoul-1[{second}] to 203.0.113.1")


def append(directory: Path, text: str, name: str = CHARON) -> None:
    with (directory / name).open("a") as stream:
        stream.write(text)


def seconds(events: list[Event]) -> list[int]:
    return [event.time.second for event in events]


FRR = "frr-cgw-dc-bgpd.log"
FRRS = topology({"seoul": "mode: pinned"}, dc="platform: frr")


def test_an_frr_tells_of_its_sessions_in_lines_of_its_own_form(tmp_path: Path) -> None:
    lines = (
        "2026/01/01 00:00:01.000 BGP: [M59KS-A3ZXZ] %ADJCHANGE: neighbor 169.254.10.1 Up\n",
        "2026/01/01 00:00:02.000 BGP: [HZN6M-XRM1G] %NOTIFICATION: sent to neighbor ...\n",
        "2026/01/01 00:00:03.000 BGP: [VTVCM-Y2NW3] Configuration Read in Took: 00:00:00\n",
        "somebody's line\n",
    )
    append(tmp_path, "".join(lines), FRR)

    assert [
        (event.element, event.kind, event.time.second) for event in read_logs(tmp_path, FRRS)
    ] == [
        ("cgw:dc/router", Kind.BGP, 1),
        ("cgw:dc/router", Kind.BGP, 2),
    ]


def test_only_what_is_new_is_read(tmp_path: Path) -> None:
    logs = Logs(tmp_path, SEOUL)
    assert logs.news() == []
    append(tmp_path, initiating(1) + line(1, "nothing of note"))
    assert seconds(logs.news()) == [1]
    assert logs.news() == []
    append(tmp_path, initiating(3))
    append(tmp_path, initiating(2), "charon-cgw-seoul-1.log")

    news = logs.news()
    assert seconds(news) == [2, 3]
    assert [event.element for event in news] == [
        "seoul/tunnel1/customer/charon",
        "seoul/tunnel1/endpoint/charon",
    ]
    assert seconds(read_logs(tmp_path, SEOUL)) == [1, 2, 3]


def test_who_becomes_master_is_told_of_the_leg_that_it_is_so_on(tmp_path: Path) -> None:
    two = parse(VRRP).topology
    append(
        tmp_path,
        "Thu Jan  1 00:00:01 2026: (office) Entering MASTER STATE\n"
        "2026-01-01 00:00:01.005 VRRP office MASTER\n"
        "2026-01-01 00:00:02.000 VRRP office FAULT\n",
        "keepalived-cgw-fw2.log",
    )
    append(tmp_path, "2026-01-01 00:00:03.000 keepalived-cgw-fw2 ended: killed\n", "agent.log")

    told = [(one.element, one.kind.value, one.text) for one in read_logs(tmp_path, two)]
    assert told == [
        ("cgw:fw2/lan", "VRRP", "office: now master"),
        ("cgw:fw2/lan", "VRRP", "office: now fault"),
        ("cgw:fw2/lan", "daemon", "keepalived-cgw-fw2 ended: killed"),
    ]


def test_a_line_waits_for_its_end(tmp_path: Path) -> None:
    logs = Logs(tmp_path, SEOUL)
    append(tmp_path, initiating(1) + initiating(2)[:-9])
    assert seconds(logs.news()) == [1]
    append(tmp_path, initiating(2)[-9:])
    (event,) = logs.news()
    assert event.text == "initiating IKE_SA seoul-1[2] to 203.0.113.1"


def test_a_log_that_was_cut_is_read_on_behind_the_last_line_that_was_read(tmp_path: Path) -> None:
    logs = Logs(tmp_path, SEOUL)
    append(tmp_path, "".join(initiating(second) for second in range(30)))
    assert len(logs.news()) == 30
    trim(tmp_path, most=1000, kept=500)
    append(tmp_path, initiating(31))
    assert seconds(logs.news()) == [31]

    append(tmp_path, "".join(initiating(second) for second in range(32, 60)))
    trim(tmp_path, most=1000, kept=500)
    news = seconds(logs.news())
    assert news == list(range(news[0], 60))
    assert logs.news() == []

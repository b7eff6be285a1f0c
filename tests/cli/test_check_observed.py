"""``samepath check --observed``: a device's own table answers what the file does not hold."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.cli.test_check import run
from tests.json_schema import accepts

from samepath.cli.check.schema import schema

FILE = """\
samepath: 1
vpcs: {cloud: {cidr: 10.0.0.0/16}}
customer_gateways: {dc: {address: 198.51.100.1, platform: cisco-ios}}
sites: {office: {networks: [192.168.10.0/24]}}
connections: {seoul: {}, busan: {}}
"""
HOPS = {"10.1": 100, "10.5": 200, "10.9": 100, "10.13": 200}
"""The gateway's inside addresses, below 169.254, with the MED of each: busan's first is 10.9."""
USED = "10.9"


def ios() -> str:
    lines = [
        "   Network          Next Hop            Metric LocPrf Weight Path",
        *(
            f"*{'>' if hop == USED else ' '} {'10.0.0.0/16' if hop == '10.1' else '':17}"
            f"{f'169.254.{hop}':16}{med:10}             0 64512 i"
            for hop, med in HOPS.items()
        ),
    ]
    return "\n".join(lines)


def frr() -> str:
    paths = [
        {
            "bestpath": hop == USED,
            "peerId": f"169.254.{hop}",
            "metric": med,
            "path": "64512",
            "nexthops": [{"ip": f"169.254.{hop}"}],
        }
        for hop, med in HOPS.items()
    ]
    return json.dumps({"routes": {"10.0.0.0/16": paths}})


def bird() -> str:
    lines = ["BIRD 2.0.12 ready.", "Table master4:"]
    for hop, med in HOPS.items():
        mark = "* " if hop == USED else ""
        prefix = "10.0.0.0/16" if hop == "10.1" else ""
        lines += [
            f"{prefix:21}unicast [t{hop} 18:10:03.049] {mark}(100) [AS64512i]",
            f"\tvia 169.254.{hop} on tun{hop}",
            "\tType: BGP univ",
            "\tBGP.origin: IGP",
            "\tBGP.as_path: 64512",
            f"\tBGP.next_hop: 169.254.{hop}",
            f"\tBGP.med: {med}",
            "\tBGP.local_pref: 100",
        ]
    return "\n".join(lines)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    made = tmp_path / "vpn.yaml"
    made.write_text(FILE)
    return made


@pytest.mark.parametrize("form", [ios, frr, bird], ids=lambda form: form.__name__)
@pytest.mark.parametrize("name", ["", "dc=", "cgw:dc="])
def test_what_the_table_tells_is_known_and_not_asked_for(
    capsys: pytest.CaptureFixture[str], file: Path, form: object, name: str
) -> None:
    table = file.with_name("table")
    table.write_text(form())  # type: ignore[operator]
    _, before, _ = run(capsys, "--json", file)
    _, after, err = run(capsys, "--json", file, "--observed", f"{name}{table}")
    _, told, _ = run(capsys, file, "--observed", f"{name}{table}")

    assert not err
    (found,) = json.loads(after)["files"]
    assert found["known"] == [
        {
            "subject": "cgw:dc",
            "question": "which of these routes it has had longest",
            "answer": "busan/tunnel1/bgp",
        }
    ]
    assert "table-differs" not in {one["code"] for one in found["findings"]}
    ways = {one["to_vpc"]["tunnel"] for one in found["states"][0]["outcomes"]}
    assert ways == {"busan/tunnel1"}
    (asked,) = json.loads(before)["files"]
    assert {one["to_vpc"]["tunnel"] for one in asked["states"][0]["outcomes"]} > ways
    assert "known of cgw:dc: which of these routes it has had longest: busan/tunnel1" in " ".join(
        told.split()
    )
    for text in (before, after):
        accepts(schema(), json.loads(text))


def test_a_table_that_the_file_does_not_lead_to_is_a_finding(
    capsys: pytest.CaptureFixture[str], file: Path
) -> None:
    table = file.with_name("table")
    table.write_text(ios().replace("       100             0", "       100    300      0"))
    code, told, _ = run(capsys, file, "--observed", table)
    assert code == 0
    assert "warning table-differs at cgw:dc" in told
    assert "has local preference 300, and by the file 100" in " ".join(told.split())
    assert run(capsys, file, "--observed", table, "--fail-on", "warning")[0] == 1


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (
            ("--observed", "nobody={table}"),
            "no gateway with a connection is called 'nobody'; there are: dc, vgw",
        ),
        (("--observed", "{table}", "--observed", "dc={table}"), "a table of cgw:dc already"),
        (("--observed", "dc=/no/such"), "/no/such cannot be read"),
        (("--observed", "dc={file}"), "is no BGP table"),
        (("{file}", "--observed", "{table}"), "--observed goes with one file"),
    ],
)
def test_a_table_that_cannot_be_used_ends_with_2(
    capsys: pytest.CaptureFixture[str], file: Path, words: tuple[str, ...], says: str
) -> None:
    table = file.with_name("table")
    table.write_text(ios())
    code, out, err = run(capsys, file, *(word.format(file=file, table=table) for word in words))
    assert (code, out) == (2, "")
    assert says in " ".join(err.split())


def test_of_several_customer_gateways_it_must_be_said_whose_table_it_is(
    capsys: pytest.CaptureFixture[str], file: Path
) -> None:
    file.write_text(
        FILE.replace("{dc: {", "{far: {address: 198.51.100.2}, dc: {")
        .replace(
            "seoul: {}, busan: {}", "seoul: {customer_gateway: dc}, busan: {customer_gateway: far}"
        )
        .replace("office: {", "office: {customer_gateways: [dc, far], ")
    )
    table = file.with_name("table")
    table.write_text(ios())
    code, _, err = run(capsys, file, "--observed", table)
    assert code == 2
    assert "with NAME one of dc, far, vgw" in " ".join(err.split())


def test_a_gateway_without_a_connection_has_no_table(
    capsys: pytest.CaptureFixture[str], file: Path
) -> None:
    file.write_text(
        FILE.replace("{dc: {", "{idle: {address: 198.51.100.2}, dc: {")
        .replace("seoul: {}, busan: {}", "seoul: {customer_gateway: dc}")
        .replace("office: {", "office: {customer_gateways: [dc], ")
    )
    table = file.with_name("table")
    table.write_text(ios())
    code, _, err = run(capsys, file, "--observed", f"idle={table}")
    assert code == 2
    assert "no gateway with a connection is called 'idle'" in " ".join(err.split())


def test_a_name_of_two_gateways_must_be_said_in_full(
    capsys: pytest.CaptureFixture[str], file: Path
) -> None:
    file.write_text(FILE.replace("vpcs:", "gateways: {dc: {vpc: cloud}}\nvpcs:"))
    table = file.with_name("table")
    table.write_text(ios())
    code, _, err = run(capsys, file, "--observed", f"dc={table}")
    assert code == 2
    assert "dc is two; say cgw:dc or gw:dc" in " ".join(err.split())
    assert run(capsys, file, "--observed", f"cgw:dc={table}")[0] == 0

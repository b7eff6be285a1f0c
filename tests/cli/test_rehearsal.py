"""``lab up`` and ``drill`` of what AWS and devices tell: what is asked, told and refused."""

from __future__ import annotations

import json
import shlex
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console
from tests.aws.descriptions import KEY, connection, text

from samepath.cli import main, rehearsal
from samepath.cli.rehearsal import Wanted, document, show, wanted
from samepath.model.document import parse
from samepath.model.topology import GatewayPrefers, Platform
from samepath.pairing.substitution import Kind, assumed, stands_in

ROOT = Path(__file__).parents[2]
AWS = ROOT / "examples" / "aws"
DEVICES = ROOT / "examples" / "devices"


def office() -> Wanted:
    return wanted(None, [AWS], [f"fw1={DEVICES / 'office.conf'}"], None)


def shown(asked: Wanted) -> str:
    out = StringIO()
    show(Console(file=out, width=80, highlight=False), asked.rehearsed)
    return " ".join(out.getvalue().split())


def refused(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 2
    return " ".join(capsys.readouterr().err.replace("│", " ").split())


def test_the_text_is_a_file_of_what_the_lab_runs_and_says_what_it_is_of() -> None:
    asked = office()

    assert parse(asked.text).topology == asked.topology
    (customer,) = asked.topology.customer_gateways.values()
    (only,) = asked.topology.connections.values()
    assert customer.platform is Platform.FRR
    assert only.gateway_prefers is GatewayPrefers.ACTIVE
    first = asked.text.splitlines()[0]
    assert first == f"# A rehearsal of {AWS}, {DEVICES / 'office.conf'}. Written by samepath."


def test_the_words_name_the_same_again() -> None:
    asked = wanted(None, None, [f"fw1={DEVICES / 'frr.conf'}"], ["fw1=frr"])

    words = shlex.split(asked.words)
    assert words == ["--device", f"fw1={DEVICES / 'frr.conf'}", "--platform", "fw1=frr"]


def test_a_file_is_a_file_and_no_rehearsal() -> None:
    file = ROOT / "examples" / "active-standby.yaml"
    asked = wanted(file, None, None, None)

    assert asked.text == file.read_text()
    assert (asked.rehearsed, asked.substitutions, document(asked.rehearsed)) == (None, (), None)
    assert shown(asked) == ""


def test_people_are_told_what_stands_for_what_and_how_alike_it_is_predicted() -> None:
    told = shown(office())

    assert told.startswith("A rehearsal of vpn-0c3f5a7e stands in: outside addresses")
    assert "vpn-0c3f5a7e/tunnel1, vpn-0c3f5a7e/tunnel2: IKE by aes256gcm16-sha384-20" in told
    assert "as told: vpn-0c3f5a7e: BGP with a hold time of 30s" in told
    assert (
        "In all 24 rows (a pair of networks in a state) the lab is predicted to do as the VPN."
        in told
    )
    assert "In 5 the VPN may do something else as well" in told


def test_where_the_lab_does_otherwise_is_told_with_both_sides() -> None:
    told = shown(wanted(None, None, [f"fw1={DEVICES / 'cisco-ios.cfg'}"], None))

    assert "In 6 of 66 rows (a pair of networks in a state) the lab is predicted to do what" in told
    assert "differs: 198.18.0.0/24 - 172.24.0.0/14, vpn-fw1/tunnel1 down" in told
    assert "there vpn-fw1/tunnel2 to the site, no tunnel to the VPC: unreachable" in told
    assert "in the lab no way: unreachable" in told


def test_programs_are_told_the_same() -> None:
    told = document(wanted(None, None, [f"fw1={DEVICES / 'cisco-ios.cfg'}"], None).rehearsed)

    assert told is not None
    found = json.loads(json.dumps(told))
    assert (found["of"], found["rows"], found["rows_differing"]) == ("vpn-fw1", 66, 6)
    assert {one["kind"] for one in found["substitutions"]} == {one.value for one in Kind}
    (only,) = found["differences"]
    assert len(only["states"]) == 6
    assert only["in_the_lab"] == ["no way: unreachable, an open flow is cut off"]


def test_many_sentences_of_a_kind_are_counted_for_people(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rehearsal, "MOST_LINES", 2)

    assert "stands in: 5 more (--json tells all)" in shown(office())


def test_a_sentence_of_several_elements_is_told_once() -> None:
    said = (stands_in("a", "x"), assumed("a", "x"), stands_in("b", "x"), stands_in("a", "y"))

    assert [*rehearsal.together(said, Kind.STANDS_IN)] == [(["a", "b"], "x"), (["a"], "y")]


def test_no_key_of_a_description_or_a_device_gets_out(tmp_path: Path) -> None:
    described = tmp_path / "vpn.json"
    described.write_text(text(connection()))
    asked = wanted(None, [described], None, None)

    everything = asked.text + shown(asked) + json.dumps(document(asked.rehearsed))
    assert KEY in described.read_text()
    assert KEY not in everything


@pytest.mark.parametrize("command", [("lab", "up"), ("drill",)])
@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "name a topology file, or a description of AWS with --vpn, or a device"),
        (("vpn.yaml", "--vpn", "x.json"), "name a topology file, or a description"),
        (("vpn.yaml", "--platform", "frr"), "--platform goes with --device"),
    ],
)
def test_what_names_nothing_or_too_much_is_refused(
    capsys: pytest.CaptureFixture[str],
    command: tuple[str, ...],
    words: tuple[str, ...],
    said: str,
) -> None:
    assert said in refused(capsys, *command, *words)


@pytest.mark.parametrize("command", [("lab", "up"), ("drill",)])
def test_what_nothing_can_stand_for_is_one_sentence(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, command: tuple[str, ...]
) -> None:
    described = tmp_path / "vpn.json"
    described.write_text(text(connection(vgw=None, tgw="tgw-0a0a0a0a")))

    said = refused(capsys, *command, "--vpn", str(described))
    assert said == (
        "samepath: gw:tgw-0a0a0a0a is a transit gateway, which is predicted here, and which no lab "
        "has: ask samepath check"
    )

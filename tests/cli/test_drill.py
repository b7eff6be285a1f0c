"""What ``samepath drill`` prints and how it ends, of results that a test makes."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Self

import pytest
from tests.lab.drill.test_comparison import as_said

from samepath.cli import main, passing
from samepath.cli.availability.drill_file import NotADrill, read_gaps
from samepath.cli.drill import command as cli
from samepath.cli.exit_codes import ExitCode
from samepath.cli.files import read_topology
from samepath.lab.drill import staging
from samepath.lab.drill.comparison import Compared, compare
from samepath.lab.drill.drill import Drilled, NotReady, Predictions
from samepath.lab.lab import Lab
from samepath.lab.probe import DirectionReport
from samepath.lab.versions import Versions
from samepath.model.elements import ElementKind
from samepath.routing.states import Condition, FailureState, single_states

EXAMPLE = Path(__file__).parents[2] / "examples" / "active-standby.yaml"


class Played:
    """A drill whose packets do as predicted, but for one state."""

    differs: str | None = None
    lost: tuple[DirectionReport, DirectionReport] | None = None

    def __init__(self, _lab: Lab, drilled: Iterable[Drilled], predictions: Predictions) -> None:
        self._drilled = tuple(drilled)
        self._predictions = predictions

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        return

    waited = 1.0

    def run(
        self, states: Iterable[FailureState], begin: Callable[[FailureState], None]
    ) -> Iterator[tuple[Compared, ...]]:
        for state in states:
            begin(state)
            found = []
            for one in self._drilled:
                row = self._predictions[one.pair, state]
                measured = replace(as_said(row.outcomes[0].result), lost=self.lost)
                if state.name == self.differs:
                    measured = replace(measured, to_vpc=("seoul/tunnel1",))
                found.append(compare(row, measured))
            yield tuple(found)


VERSIONS = Versions(samepath="0.1.0", strongswan="5.9.8", bird="2.0.12", kernel="6.1.0")


class Ready:
    ready = True


@pytest.fixture(autouse=True)
def _played(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    make: Callable[..., Lab] = Lab
    monkeypatch.setattr(cli, "Lab", lambda name, topology: make(name, topology, root=tmp_path))
    monkeypatch.setattr(Lab, "up", lambda *_: ())
    monkeypatch.setattr(cli, "check_machine", lambda _: None)
    monkeypatch.setattr(cli, "wait_usable", lambda *_: Ready())
    monkeypatch.setattr(passing, "take_down", lambda _: ())
    monkeypatch.setattr(cli, "Drill", Played)
    monkeypatch.setattr(Played, "differs", None)
    monkeypatch.setattr(cli, "versions_in", lambda _: VERSIONS)
    monkeypatch.setattr(Played, "lost", None)


def ended(*words: str) -> int:
    with pytest.raises(SystemExit) as end:
        main(["drill", *words])
    return int(end.value.code or 0)


def test_each_state_is_told_and_the_end_says_that_all_are_as_predicted(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert ended(str(EXAMPLE)) == 0

    out = " ".join(capsys.readouterr().out.split())
    assert " 2/22 seoul/tunnel1 down ... as predicted" in out
    assert "22 rows, all as predicted, in " in out
    assert "10.0.0.0/16 - 192.168.10.0/24, as measured (tunnels of seoul)" in out
    assert "seoul/tunnel1 down 2 2 pass go on" in out
    assert "Real: strongSwan, BIRD, the kernel's routes. Undetermined rows: 0 of 22." in out


def test_what_differs_is_told_and_ends_with_one(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Played, "differs", "seoul/tunnel1 down")

    assert ended(str(EXAMPLE)) == ExitCode.FINDINGS

    out = " ".join(capsys.readouterr().out.split())
    assert " 2/22 seoul/tunnel1 down ... DIFFERS" in out
    assert (
        "differs seoul/tunnel1 down, 10.0.0.0/16 - 192.168.10.0/24: packets to the VPC take "
        "seoul/tunnel1, and seoul/tunnel2 was predicted" in out
    )
    assert "22 rows, 1 DIFFER from the prediction" in out


def test_for_programs_it_is_one_object(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Played, "differs", "seoul/tunnel1 down")
    assert ended(str(EXAMPLE), "--json") == ExitCode.FINDINGS

    told = json.loads(capsys.readouterr().out)
    assert (told["schema"], told["as_predicted"]) == ("samepath.drill/1", False)
    assert [one["state"] for one in told["states"] if not one["as_predicted"]] == [
        "seoul/tunnel1 down"
    ]
    (up, down) = told["states"][:2]
    assert up["predicted"][0]["to_site"] == "seoul/tunnel1"
    assert down["measured"]["to_site"] == ["seoul/tunnel2"]
    assert down["measured"]["flows"]["vpc"]["new"] == {"tcp": "answered", "udp": "answered"}
    assert told["not_drilled"] == []


def test_a_rehearsal_is_told_first_and_stands_on_its_page(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    device = str(EXAMPLE.parent / "devices" / "office.conf")
    words = ("--vpn", str(EXAMPLE.parent / "aws"), "--device", f"fw1={device}")
    assert ended(*words, "--report", str(tmp_path / "page")) == 0

    out = " ".join(capsys.readouterr().out.split())
    assert out.startswith("A rehearsal of vpn-0c3f5a7e stands in: outside addresses")
    assert "24 rows, all as predicted" in out
    page = (tmp_path / "page" / "index.html").read_text()
    assert "What stands for the real VPN" in page
    assert "pre-shared keys are made for the lab" in page
    assert ended(*words, "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["file"].endswith(f"examples/aws, {device}")
    assert told["rehearsal"]["rows_differing"] == 0


@pytest.mark.parametrize("not_sent", [0, 200])
def test_what_it_has_measured_is_what_an_availability_is_computed_from(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, not_sent: int
) -> None:
    """But for what it counted on a machine that was too busy to send."""
    counted = DirectionReport(
        due=200,
        not_sent=not_sent,
        received=150 - min(not_sent, 150),
        late=0,
        duplicated=0,
        reordered=0,
        overflowed=0,
        longest_gap=0.25,
        interval=0.005,
        behind=0.0,
    )
    monkeypatch.setattr(Played, "lost", (counted, replace(counted, longest_gap=0.75)))
    assert ended(str(EXAMPLE), "--json") == 0

    text = capsys.readouterr().out
    topology = read_topology(EXAMPLE)[1].topology
    measured = read_gaps(text, topology, filename="drill.json")
    states = {state.name for state in single_states(topology)}
    if counted.valid:
        assert measured.gaps == {"10.0.0.0/16 - 192.168.10.0/24": dict.fromkeys(states, 0.75)}
        assert measured.busy == ()
    else:
        assert measured.gaps == {}
        assert set(measured.busy) == states
    assert measured.differing == ()


def test_some_states_are_drilled_where_they_are_named(capsys: pytest.CaptureFixture[str]) -> None:
    words = ("--state", "seoul/tunnel2 down", "--state", "all up", "--state", "all up")
    assert ended(str(EXAMPLE), "--json", *words) == 0

    told = json.loads(capsys.readouterr().out)
    assert [one["state"] for one in told["states"]] == ["seoul/tunnel2 down", "all up"]


def test_a_state_that_is_none_is_refused_with_those_that_are(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert ended(str(EXAMPLE), "--state", "seoul/tunnel3 down") == ExitCode.INPUT
    said = capsys.readouterr().err
    assert "there is no state 'seoul/tunnel3 down' here; these can be drilled:" in said
    assert "\n  seoul/tunnel1 in maintenance\n" in said


def test_what_a_lab_cannot_bring_about_is_told_and_refused_by_name(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(staging._FAULTS, (ElementKind.BGP, Condition.NO_ROUTES))
    assert ended(str(EXAMPLE)) == 0
    out = " ".join(capsys.readouterr().out.split())
    assert "Not drilled, as a lab has no way to bring about: seoul/tunnel1/bgp without" in out

    assert ended(str(EXAMPLE), "--state", "seoul/tunnel1/bgp without routes") == ExitCode.INPUT
    assert "'seoul/tunnel1/bgp without routes' cannot be drilled: " in capsys.readouterr().err


def test_a_topology_in_which_nobody_can_send_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "no-hosts.yaml"
    file.write_text(EXAMPLE.read_text().replace("{desk: 192.168.10.10}", "{}"))

    assert ended(str(file)) == ExitCode.INPUT
    assert "nobody can send: no pair of networks has a host at both ends" in capsys.readouterr().err


def test_a_topology_that_a_lab_cannot_hold_is_refused_before_anything_is_built(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "ios.yaml"
    file.write_text(EXAMPLE.read_text().replace("asn: 65000}", "asn: 65000, platform: cisco-ios}"))

    assert ended(str(file)) == ExitCode.INPUT
    assert "is predicted here, and not run" in capsys.readouterr().err


@pytest.mark.parametrize("words", [(), ("--json",)])
def test_a_page_is_written_and_told_of(
    words: tuple[str, ...],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Played, "differs", "seoul/tunnel1 down")
    page = tmp_path / "new" / "page" / "index.html"

    assert ended(str(EXAMPLE), "--report", str(page.parent), *words) == ExitCode.FINDINGS

    out, err = capsys.readouterr()
    assert err == ""
    assert (json.loads(out)["page"] == str(page)) if words else (f"The page: {page}\n" in out)
    text = page.read_text()
    assert "1 of 22 rows differs from the prediction" in text
    assert str(EXAMPLE) in text
    assert [one.name for one in page.parent.iterdir()] == ["index.html"]


def test_without_one_no_page_is_told_of(capsys: pytest.CaptureFixture[str]) -> None:
    assert ended(str(EXAMPLE), "--json") == 0
    assert json.loads(capsys.readouterr().out)["page"] is None


def test_states_that_nobody_asked_for_are_not_drilled_on_the_page(tmp_path: Path) -> None:
    assert ended(str(EXAMPLE), "--state", "all up", "--report", str(tmp_path / "page")) == 0
    text = (tmp_path / "page" / "index.html").read_text()
    assert text.count("only the named states were asked for") == 21


def test_a_folder_that_cannot_be_used_is_refused_before_anything_is_built(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mine.txt").touch()
    monkeypatch.delattr(Lab, "up")

    assert ended(str(EXAMPLE), "--report", str(tmp_path)) == ExitCode.INPUT

    assert capsys.readouterr().err == (
        f"samepath: {tmp_path} holds what no drill has written: mine.txt; "
        "name a folder that is empty, or not there, or that has an earlier page\n"
    )


def test_a_drill_that_ends_in_between_writes_no_page_and_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def stuck(*_: object) -> Iterator[tuple[Compared, ...]]:
        raise NotReady("the lab did not recover from seoul/tunnel1 down")

    monkeypatch.setattr(Played, "run", stuck)
    page = tmp_path / "page"

    assert ended(str(EXAMPLE), "--report", str(page)) == ExitCode.WORLD

    assert capsys.readouterr().err == (
        f"samepath: no page is written to {page}\n"
        "samepath: the lab did not recover from seoul/tunnel1 down\n"
    )
    assert not page.exists()


def test_fast_timers_are_told_and_no_availability_is_computed_from_their_gaps(
    capsys: pytest.CaptureFixture[str],
) -> None:
    slow = EXAMPLE.with_name("no-bfd-customer.yaml")
    assert ended(str(slow), "--fast-timers", "--json") == 0
    text = capsys.readouterr().out
    assert "seoul: hold time 3s instead of 9s" in json.loads(text)["fast_timers"]
    with pytest.raises(NotADrill, match="drilled with --fast-timers"):
        read_gaps(text, read_topology(slow)[1].topology, filename="drill.json")

    assert ended(str(slow), "--fast-timers") == 0
    assert "Fast timers: seoul: hold time 3s instead of 9s." in capsys.readouterr().out
    assert ended(str(slow)) == 0
    assert "Fast timers" not in capsys.readouterr().out


def test_a_page_says_that_timers_were_fast(tmp_path: Path) -> None:
    page = tmp_path / "page"
    slow = EXAMPLE.with_name("no-bfd-customer.yaml")
    assert ended(str(slow), "--fast-timers", "--report", str(page)) == 0
    assert "hold time 3s instead of 9s" in (page / "index.html").read_text()
    assert ended(str(slow), "--report", str(page)) == 0
    assert "fast timers" not in (page / "index.html").read_text()

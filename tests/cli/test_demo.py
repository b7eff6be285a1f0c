"""What the demo holds against its packets, and how it tells figures that the machine has spoilt."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from samepath.cli import demo as cli
from samepath.cli import main, passing
from samepath.cli.demo import ROUTED, SPOILT, Chapter, chapters, demo_table
from samepath.cli.exit_codes import ExitCode
from samepath.lab.demo.asymmetry import CURED, DROP, predicted
from samepath.lab.demo.failover import STORY
from samepath.lab.demo.scene import Act, Direction, NotSettled, Scene
from samepath.lab.lab import Lab
from samepath.lab.probe import DirectionReport
from samepath.model.document import parse
from samepath.node.home import Holder, WorldBusy

NORMAL, FAILOVER, FAILBACK = STORY


def scene(
    act: Act,
    tunnel: int | None = 1,
    *,
    lost: int | None = None,
    not_sent: int = 0,
    connects: bool | None = None,
    counted: bool = True,
) -> Scene:
    """A scene that was to end on tunnel 1; the VPC's direction did so, the site's as given.

    What is not given is as the act says.
    """
    lost = (0 if act.lossless else 65) if lost is None else lost
    connects = act.connects if connects is None else connects

    def direction(
        tunnel: int | None, lost: int, not_sent: int, connects: bool | None, *, counted: bool
    ) -> Direction:
        report = DirectionReport(
            due=1000,
            not_sent=not_sent,
            received=1000 - not_sent - lost,
            late=0,
            duplicated=0,
            reordered=0,
            overflowed=0,
            longest_gap=lost * 0.002,
            interval=0.002,
            behind=0.0,
        )
        return Direction(
            tunnel=tunnel, expected=1, report=report, connects=connects, counted=counted
        )

    return Scene(
        act=act,
        seconds=2.0,
        to_site=direction(1, 0, 0, act.connects, counted=True),
        to_vpc=direction(tunnel, lost, not_sent, connects, counted=counted),
    )


ACTS = (*STORY, DROP, CURED)


@pytest.mark.parametrize("act", ACTS, ids=lambda act: act.mark)
def test_one_direction_on_another_tunnel_is_held_against_every_step(act: Act) -> None:
    mark = f"{act.mark}, site -> VPC"

    assert scene(act).findings == ()
    assert scene(act, 2).findings == (f"{mark}: packets came out of tunnel 2, not of tunnel 1",)
    assert scene(act, None).findings == (
        f"{mark}: packets came out of no single tunnel, not of tunnel 1",
    )


@pytest.mark.parametrize("act", [NORMAL, FAILBACK, CURED], ids=lambda act: act.mark)
def test_a_lost_packet_is_held_against_a_step_that_promises_none(act: Act) -> None:
    lossy = scene(act, lost=1)

    assert not lossy.as_told
    assert lossy.findings == (
        f"{act.mark}, site -> VPC: 1 of 1000 packets were lost, and none may be",
    )


@pytest.mark.parametrize("act", [FAILOVER, DROP], ids=lambda act: act.mark)
def test_what_is_to_lose_packets_loses_some(act: Act) -> None:
    assert scene(act, lost=65).as_told
    assert scene(act, lost=0).findings == (f"{act.mark}: no packet was lost, and some have to be",)
    assert scene(act, lost=0, not_sent=500).as_told


def test_a_connection_is_held_against_what_the_step_says_of_it() -> None:
    assert scene(DROP).as_told
    assert scene(DROP, connects=True).findings == (
        "asymmetric, site -> VPC: a new TCP connection opened",
    )
    assert scene(CURED).as_told
    assert scene(CURED, connects=False).findings == (
        "repaired, site -> VPC: a new TCP connection did not open",
    )


def test_both_directions_part_before_the_repair_and_meet_after_it() -> None:
    failover, asymmetric, repaired = (
        predicted(parse(chapter.text).topology) for chapter in chapters()
    )
    assert (failover, asymmetric, repaired) == ((1, 1), (1, 2), (2, 2))


def test_the_drop_is_the_example_of_it() -> None:
    example = (Path(__file__).parents[2] / "examples" / "asymmetric-drop.yaml").read_text()
    of_demo = parse(chapters()[1].text).topology
    assert replace(parse(example).topology, name=of_demo.name) == of_demo


def test_a_spoilt_measurement_tells_nothing_of_losses_but_of_the_tunnel() -> None:
    assert scene(NORMAL, lost=1, not_sent=500).as_told
    assert not scene(NORMAL, 2, not_sent=500).as_told


def test_spoilt_figures_are_marked_and_others_are_not() -> None:
    def shown(*scenes: Scene) -> str:
        console = Console(width=120)
        with console.capture() as captured:
            console.print(demo_table(list(scenes)))
        return captured.get()

    spoilt = shown(scene(NORMAL, lost=3, not_sent=500), scene(FAILBACK, lost=7))

    assert "3?" in spoilt
    assert "6? ms" in spoilt
    assert "14 ms" in spoilt
    assert SPOILT in spoilt
    assert "?" not in shown(scene(FAILOVER, lost=3))


def test_a_tunnel_that_nothing_came_out_of_is_marked() -> None:
    console = Console(width=120)
    with console.capture() as captured:
        console.print(demo_table([scene(DROP, counted=False)]))
    assert "-> tunnel 1" in captured.get()
    assert ROUTED in captured.get()
    assert captured.get().count("HANGS") == 2


@pytest.mark.parametrize(("lost", "code"), [(0, None), (1, ExitCode.FINDINGS)])
def test_a_finding_is_told_on_stderr_and_ends_with_code_1(
    lost: int,
    code: ExitCode | None,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    scenes = [scene(NORMAL, lost=lost)]
    monkeypatch.setattr(cli, "check_machine", lambda _: None)
    monkeypatch.setattr(passing, "take_down", lambda _machine: ())
    monkeypatch.setattr(cli, "_up", lambda *_: None)
    monkeypatch.setattr(cli, "chapters", lambda: (Chapter(TEXT, "", lambda *_: scenes),))

    with pytest.raises(SystemExit) as ended:
        main(["demo", "--json"])

    assert (ended.value.code or None) == code
    said = capsys.readouterr()
    (shown,) = json.loads(said.out)["scenes"]
    assert (shown["site_to_vpc"]["lost"], len(shown["findings"])) == (lost, lost)
    assert said.err == "".join(
        f"samepath: not as it should be: {finding}\n" for finding in scenes[0].findings
    )


TEXT = chapters()[0].text


class Stopped:
    """A demo of one chapter, whose lab is a directory, and which is sent signals at the points that a test names.

    ``first removal`` is that of an earlier demo, ``last removal`` the one at the end.
    """

    def __init__(self, root: Path, points: dict[str, int], number: signal.Signals) -> None:
        self.root = root
        self.points = points
        self.number = number
        self.removals = 0

    def reach(self, point: str) -> None:
        for _ in range(self.points.get(point, 0)):
            signal.raise_signal(self.number)

    def take_down(self, _machine: object) -> tuple[()]:
        self.removals += 1
        home = self.root / cli.NAME
        self.reach("first removal" if self.removals == 1 else "last removal")
        if home.exists():
            home.rmdir()
        return ()

    def play(self, lab: Lab, *_: object) -> list[Scene]:
        lab.home.path.mkdir()
        self.reach("play")
        return [scene(NORMAL)]

    def run(self, monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
        make: Callable[..., Lab] = Lab
        monkeypatch.setattr(cli, "Lab", lambda name, topology: make(name, topology, root=self.root))
        monkeypatch.setattr(cli, "check_machine", lambda _: self.reach("check"))
        monkeypatch.setattr(passing, "take_down", self.take_down)
        monkeypatch.setattr(cli, "_up", lambda *_: None)
        monkeypatch.setattr(cli, "chapters", lambda: (Chapter(TEXT, "", self.play),))
        with pytest.raises(SystemExit) as ended:
            main(["demo", *words])
        return int(ended.value.code or 0)

    @property
    def left(self) -> bool:
        return (self.root / cli.NAME).exists()


BOTH = pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda one: one.name)


@BOTH
@pytest.mark.parametrize("point", ["check", "first removal", "play", "last removal"])
def test_a_stop_at_any_point_leaves_nothing(
    point: str,
    number: signal.Signals,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    demo = Stopped(tmp_path, {point: 1}, number)

    assert demo.run(monkeypatch, "--json") == ExitCode.INTERRUPTED

    assert not demo.left
    held = f"samepath: taking the lab {cli.NAME} down first; another stop leaves it\n"
    assert capfd.readouterr() == ("", held if point == "last removal" else "")


@BOTH
def test_a_second_stop_while_it_takes_down_is_held_until_that_is_done(
    number: signal.Signals, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    demo = Stopped(tmp_path, {"play": 1, "last removal": 1}, number)

    assert demo.run(monkeypatch) == ExitCode.INTERRUPTED

    assert (demo.removals, demo.left) == (2, False)


LEFT = f"Something of the lab {cli.NAME} is left. Take it away: samepath lab down {cli.NAME}\n"


@BOTH
def test_whoever_insists_is_told_which_lab_is_left_and_what_removes_it(
    number: signal.Signals,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    demo = Stopped(tmp_path, {"play": 1, "last removal": 2}, number)

    assert demo.run(monkeypatch) == ExitCode.INTERRUPTED

    assert demo.left
    assert capfd.readouterr().err.endswith(f"samepath: stopped. {LEFT}")


@pytest.mark.parametrize(("words", "left"), [((), False), (("--keep",), True)])
def test_a_stop_while_an_earlier_demo_goes_takes_it_away_or_says_that_it_is_left(
    words: tuple[str, ...],
    left: bool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / cli.NAME).mkdir()
    demo = Stopped(tmp_path, {"first removal": 1}, signal.SIGINT)

    assert demo.run(monkeypatch, *words) == ExitCode.INTERRUPTED

    assert demo.left is left
    assert capfd.readouterr().err == (f"samepath: stopped. {LEFT}" if left else "")


def test_a_demo_that_is_to_stay_and_goes_wrong_says_what_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    demo = Stopped(tmp_path, {}, signal.SIGINT)

    def play(lab: Lab, *_: object) -> list[Scene]:
        lab.home.path.mkdir()
        raise NotSettled("the tunnels did not come up within 30 s")

    monkeypatch.setattr(demo, "play", play)

    assert demo.run(monkeypatch, "--keep") == ExitCode.WORLD

    assert demo.left
    assert capfd.readouterr().err == (f"samepath: the tunnels did not come up within 30 s\n{LEFT}")


BUSY = WorldBusy(cli.NAME, Holder(pid=None), 120.0)


def test_a_lab_that_another_command_changes_is_left_to_it_and_waited_for_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / cli.NAME).mkdir()
    demo = Stopped(tmp_path, {}, signal.SIGINT)

    def take_down(_machine: object) -> tuple[()]:
        demo.removals += 1
        raise BUSY

    monkeypatch.setattr(demo, "take_down", take_down)

    assert demo.run(monkeypatch) == ExitCode.WORLD

    assert (demo.removals, demo.left) == (1, True)
    assert capfd.readouterr().err == f"samepath: {BUSY}\n"


def test_a_demo_whose_lab_is_busy_later_on_takes_it_away_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    demo = Stopped(tmp_path, {}, signal.SIGINT)

    def play(lab: Lab, *_: object) -> list[Scene]:
        lab.home.path.mkdir()
        raise BUSY

    monkeypatch.setattr(demo, "play", play)

    assert demo.run(monkeypatch) == ExitCode.WORLD

    assert (demo.removals, demo.left) == (2, False)

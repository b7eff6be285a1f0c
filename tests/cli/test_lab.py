"""``samepath lab`` without a lab: how it refuses, what it offers, what its help promises."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from ipaddress import IPv4Network
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import typer

from samepath.cli import main
from samepath.cli.exit_codes import ExitCode
from samepath.cli.lab import app, building, common, hosts, why
from samepath.control.diagnosis import Diagnosis, Layer
from samepath.control.plan import Step
from samepath.drivers import programs
from samepath.lab.faults import Broken, Fault
from samepath.lab.lab import INTENT, Lab, NoSuchLab, no_such_lab, running_labs
from samepath.lab.status import DirectionStatus, LabStatus, StatusReader
from samepath.model import elements
from samepath.model.document import parse
from samepath.node.home import worlds
from samepath.node.machine import Machine

EXAMPLE = Path(__file__).parents[2] / "examples" / "active-standby.yaml"
COMMANDS: dict[str, Any] = dict(typer.main.get_group(app).commands)


@pytest.fixture
def _no_lab(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(common, "running_labs", lambda: ())


@pytest.fixture
def example(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lab:
    return intended(EXAMPLE.read_text(), tmp_path, monkeypatch)


def intended(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lab:
    """A lab that is there as far as its intent says, and that is told to be built."""
    home = tmp_path / "active-standby"
    home.mkdir()
    (home / INTENT).write_text(text)
    lab = Lab.running("active-standby", root=tmp_path)
    monkeypatch.setattr(common, "running_labs", lambda: ("active-standby",))
    monkeypatch.setattr(Lab, "running", lambda _name: lab)
    monkeypatch.setattr(Lab, "half_built", False)
    return lab


def refused(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    with pytest.raises(SystemExit) as ended:
        main(["lab", *words])
    assert ended.value.code == 2
    said = capsys.readouterr()
    assert not said.out
    assert said.err.count("\n") == 1
    return said.err


@pytest.mark.usefixtures("_no_lab")
@pytest.mark.parametrize("words", [("status",), ("prefer", "seoul/tunnel1"), ("heal",)])
def test_no_lab_is_one_sentence_and_code_2(
    capsys: pytest.CaptureFixture[str], words: tuple[str, ...]
) -> None:
    said = refused(capsys, *words)
    assert said == (
        "samepath: which lab? Running here: none; start one with: samepath lab up FILE\n"
    )


@pytest.mark.parametrize(
    "words",
    [
        ("status", "--sample", "0"),
        ("why", "--json"),
        ("capture", "seoul/tunnel1", "--outside"),
        ("exec", "app", "true"),
        ("ping", "app", "desk", "--json"),
        ("break", "seoul/tunnel1"),
        ("heal",),
        ("prefer", "seoul/tunnel2"),
    ],
    ids=lambda words: words[0],
)
def test_a_command_closes_what_it_opens_to_look_at_a_lab_also_where_it_fails(
    example: Lab, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    closed: list[bool] = []

    def fail(_: Lab) -> None:
        raise NoSuchLab

    monkeypatch.setattr(example.machine, "close", lambda: closed.append(True))
    for asked in ("topology", "faults", "_locked"):
        monkeypatch.setattr(Lab, asked, property(fail), raising=False)
    with pytest.raises(SystemExit):
        main(["lab", *words])

    assert closed == [True]


@pytest.mark.usefixtures("example")
@pytest.mark.parametrize(
    ("routed", "words", "code"),
    [(None, (), 1), (None, ("seoul",), 0), (("seoul", 1), (), 0)],
)
def test_why_fails_of_everything_where_a_direction_has_no_route(
    monkeypatch: pytest.MonkeyPatch,
    routed: tuple[str, int] | None,
    words: tuple[str, ...],
    code: int,
) -> None:
    direction = DirectionStatus(
        source="cloud",
        destination="office",
        network=IPv4Network("192.168.10.0/24"),
        routed=routed,
        used=(),
    )
    monkeypatch.setattr(why, "diagnose_all", lambda *_: ())
    monkeypatch.setattr(why, "diagnose_parts", lambda *_: ())
    monkeypatch.setattr(StatusReader, "directions", lambda *_: (direction,))
    with pytest.raises(SystemExit) as ended:
        main(["lab", "why", *words])

    assert ended.value.code == code


@pytest.mark.usefixtures("example")
@pytest.mark.parametrize(
    ("faults", "labs", "words", "told"),
    [
        ((), 1, (), "samepath lab capture seoul/tunnel1 --outside"),
        ((), 2, (), "samepath lab capture seoul/tunnel1 --outside --lab active-standby"),
        (("seoul",), 1, (), "samepath lab heal seoul"),
        (
            ("seoul",),
            1,
            ("--lab", "active-standby"),
            "samepath lab heal seoul --lab active-standby",
        ),
        (
            ("seoul/tunnel2",),
            1,
            ("--json",),
            "samepath lab capture seoul/tunnel1 --outside",
        ),
    ],
)
def test_what_why_tells_to_type_next_works_as_it_stands(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    faults: tuple[str, ...],
    labs: int,
    words: tuple[str, ...],
    told: str,
) -> None:
    found = Diagnosis(
        element="seoul/tunnel1",
        layer=Layer.PATH,
        seen_by=None,
        what="",
        evidence="",
        next_command="samepath lab capture seoul/tunnel1 --outside",
    )
    broken = tuple(Broken(element=each, fault=Fault.CUT) for each in faults)
    monkeypatch.setattr(common, "running_labs", lambda: ("active-standby", "other")[:labs])
    monkeypatch.setattr(why, "the_lab", lambda _: Lab.running("active-standby"))
    monkeypatch.setattr(why, "diagnose_all", lambda *_: (found,))
    monkeypatch.setattr(why, "diagnose_parts", lambda *_: ())
    monkeypatch.setattr(StatusReader, "directions", lambda *_: ())
    monkeypatch.setattr(Lab, "faults", lambda _: broken)
    with pytest.raises(SystemExit):
        main(["lab", "why", *words])

    said = capsys.readouterr().out
    if "--json" in words:
        assert json.loads(said)["tunnels"][0]["next_command"] == told
    else:
        assert f"  next      {told}\n" in said


def standing(monkeypatch: pytest.MonkeyPatch, *elements: str) -> None:
    """Let faults on these elements stand in the lab, and be healed with what they are a part of."""
    faults = [Broken(element=each, fault=Fault.CUT) for each in elements]

    def heal(_: Lab, element: str, _fault: Fault | None) -> tuple[Broken, ...]:
        healed = tuple(each for each in faults if each.element == element)
        faults[:] = [each for each in faults if each not in healed]
        return healed

    monkeypatch.setattr(Lab, "faults", lambda _: tuple(faults))
    monkeypatch.setattr(Lab, "heal", heal)


@pytest.mark.usefixtures("example")
def test_what_is_broken_with_another_element_is_not_healed_by_itself(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    standing(monkeypatch, "seoul")

    assert refused(capsys, "heal", "seoul/tunnel1") == (
        "samepath: seoul/tunnel1 is broken with seoul (cut), which stays; heal that: "
        "samepath lab heal seoul\n"
    )


@pytest.mark.usefixtures("example")
def test_what_is_healed_is_told_also_where_the_element_stays_broken(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    standing(monkeypatch, "seoul", "seoul/tunnel1")
    with pytest.raises(SystemExit) as ended:
        main(["lab", "heal", "seoul/tunnel1"])

    said = capsys.readouterr()
    assert (ended.value.code, said.out) == (2, "healed: seoul/tunnel1 (cut)\n")
    assert "samepath lab heal seoul" in said.err


@pytest.mark.usefixtures("example")
def test_a_tunnel_that_can_carry_nothing_is_not_made_the_active_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    preferred: list[int] = []
    monkeypatch.setattr(Lab, "prefer", lambda _, __, number: preferred.append(number))
    monkeypatch.setattr(StatusReader, "tunnel", lambda *_: SimpleNamespace(usable=False))
    with pytest.raises(SystemExit) as ended:
        main(["lab", "prefer", "seoul/tunnel1"])

    assert (ended.value.code, preferred) == (ExitCode.WORLD, [])
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err == (
        "samepath: seoul/tunnel1 cannot carry traffic now, so it does not become the active "
        "tunnel; mend or heal it first: samepath lab why seoul/tunnel1\n"
    )


@pytest.fixture
def _keys_by_variables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The lab takes its keys from variables, and they are set, beside some that hold none."""
    key = "pre_shared_key: {environment: TUNNEL_KEY}"
    other = "customer_pre_shared_key: {environment: OTHER_KEY}"
    text = EXAMPLE.read_text()
    assert text.count("{customer_gateway: dc}") == 1
    changed = f"{{customer_gateway: dc, tunnel_defaults: {{{key}, {other}}}}}"
    intended(text.replace("{customer_gateway: dc}", changed), tmp_path, monkeypatch)
    for name in ("TUNNEL_KEY", "OTHER_KEY", "EDITOR", "LC_TIME"):
        monkeypatch.setenv(name, f"value_of_{name}")


class _Ran(Exception):
    """A program that would have been run, with its environment."""

    def __init__(self, words: list[str], environment: dict[str, str]) -> None:
        self.words = words
        self.environment = environment


def run_by(monkeypatch: pytest.MonkeyPatch, *words: str) -> _Ran:
    """The program that ``samepath lab`` runs with these words."""

    def execute(_: str, argv: list[str], environment: dict[str, str]) -> None:
        raise _Ran(argv, environment)

    def run(argv: list[str], *, env: dict[str, str], **_: object) -> None:
        raise _Ran(argv, env)

    monkeypatch.setattr(shutil, "which", lambda name, **_: f"/usr/bin/{name}")
    monkeypatch.setattr(os, "execvpe", execute)
    for way in ("run", "Popen"):
        monkeypatch.setattr(subprocess, way, run)
    with pytest.raises(_Ran) as caught:
        app([*words], standalone_mode=False)
    return caught.value


@pytest.mark.usefixtures("_keys_by_variables")
def test_a_users_command_gets_his_environment_without_the_keys(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ran = run_by(monkeypatch, "exec", "app", "--", "env")

    assert ran.words[-1] == "env"
    assert ran.environment == {
        **{name: value for name, value in os.environ.items() if not name.endswith("_KEY")},
        "SAMEPATH_WORLD": "active-standby",
    }
    assert ran.environment["EDITOR"] == "value_of_EDITOR"


@pytest.mark.usefixtures("_keys_by_variables")
@pytest.mark.parametrize(
    "words",
    [
        ("ping", "app", "desk"),
        ("ping", "app", "desk", "--json"),
        ("capture", "seoul/tunnel1", "--inside"),
    ],
)
def test_what_a_command_runs_by_itself_gets_little_of_the_environment(
    monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    environment = run_by(monkeypatch, *words).environment

    assert environment["SAMEPATH_WORLD"] == "active-standby"
    assert environment["LC_TIME"] == "value_of_LC_TIME"
    assert not {"TUNNEL_KEY", "OTHER_KEY", "EDITOR"} & environment.keys()


def test_the_environment_names_the_lab_where_the_command_does_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    named: list[str] = []

    def none(name: str) -> Lab:
        named.append(name)
        raise NoSuchLab

    monkeypatch.setattr(Lab, "running", none)
    monkeypatch.setenv("SAMEPATH_LAB", "first")
    for words in (("status",), ("status", "--lab", "second")):
        with pytest.raises(SystemExit):
            main(["lab", *words])

    assert named == ["first", "second"]


def test_every_command_of_a_running_lab_takes_its_name_from_the_environment() -> None:
    options = {
        name: option.envvar
        for name, command in COMMANDS.items()
        for option in command.params
        if "--lab" in option.opts
    }
    assert set(options) == set(COMMANDS) - {"up", "down", "list"}
    options["down"] = next(each.envvar for each in COMMANDS["down"].params if each.name == "name")
    assert set(options.values()) == {"SAMEPATH_LAB"}


@pytest.fixture
def taken_down(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The labs that are taken down, in turn; "first" runs, and "half" has never been finished."""
    names: list[str] = []

    def take(machine: Machine, _: object) -> tuple[Step, ...]:
        names.append(machine.home.name)
        return ()

    for name in ("first", "half"):
        (tmp_path / name).mkdir()
    (tmp_path / "first" / INTENT).touch()
    monkeypatch.setattr(building, "take_down", take)
    monkeypatch.setattr(building, "worlds", lambda: worlds(tmp_path))
    monkeypatch.setattr(building, "no_such_lab", lambda name: no_such_lab(name, tmp_path))
    monkeypatch.setattr(building, "running_labs", lambda: running_labs(tmp_path))
    return names


@pytest.mark.parametrize(
    ("variable", "words", "taken"),
    [
        ("", (), ["first"]),
        ("first", (), ["first"]),
        ("half", (), ["half"]),
        ("second", ("first",), ["first"]),
        ("second", ("--all",), ["first"]),
    ],
)
def test_down_takes_the_lab_that_is_typed_or_else_the_one_of_the_variable(
    taken_down: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    variable: str,
    words: tuple[str, ...],
    taken: list[str],
) -> None:
    monkeypatch.setenv("SAMEPATH_LAB", variable)
    with pytest.raises(SystemExit) as ended:
        main(["lab", "down", *words])

    assert (ended.value.code, taken_down) == (0, taken)
    assert capsys.readouterr().out == f"lab {taken[0]} is down; nothing of it is left\n"


def test_down_takes_none_where_the_variable_names_one_that_is_not_there(
    taken_down: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SAMEPATH_LAB", "second")

    said = refused(capsys, "down")
    assert said == "samepath: no lab called 'second' is running here (running: first)\n"
    assert taken_down == []


def test_a_lab_that_is_down_already_may_be_a_misspelt_one(
    taken_down: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["lab", "down", "frist"])

    assert (ended.value.code, taken_down) == (0, ["frist"])
    said = capsys.readouterr().out
    assert said == "no lab called 'frist' is running here (running: first); nothing to do\n"


@pytest.mark.usefixtures("example")
def test_a_strange_tunnel_or_host_is_told_which_there_are(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert "seoul/tunnel1, seoul/tunnel2" in refused(capsys, "prefer", "seoul/tunnel3")
    assert "there are: app, desk" in refused(capsys, "ping", "nobody", "desk")


@pytest.mark.usefixtures("example")
@pytest.mark.parametrize("target", ["desk2", "1.2.3", "1", "", "010.0.0.1", "::1", "-c"])
@pytest.mark.parametrize("more", [(), ("--json",)])
def test_a_target_of_ping_is_a_host_or_an_address_of_four_numbers(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    target: str,
    more: tuple[str, ...],
) -> None:
    monkeypatch.setattr(hosts, "require_ping", None)  # It would become ping where it gets so far.

    assert refused(capsys, "ping", *more, "--", "app", target) == (
        f"samepath: no host called {target!r} in lab active-standby; there are: app, desk; or give "
        "an IPv4 address of four numbers\n"
    )


@pytest.mark.usefixtures("example")
@pytest.mark.parametrize(("target", "far"), [("desk", "192.168.10.10"), ("9.9.9.9", "9.9.9.9")])
def test_ping_asks_a_host_or_an_address(
    monkeypatch: pytest.MonkeyPatch, target: str, far: str
) -> None:
    assert run_by(monkeypatch, "ping", "app", target).words[-1] == far


@pytest.mark.usefixtures("example")
@pytest.mark.parametrize("command", ["break", "heal", "why", "events"])
def test_a_misspelt_element_is_answered_with_the_nearest(
    capsys: pytest.CaptureFixture[str], command: str
) -> None:
    assert "did you mean seoul/tunnel1 " in refused(capsys, command, "seoul/tunel1")


@pytest.mark.parametrize(
    "words",
    [
        ("ping", "app", "desk"),
        ("ping", "app", "desk", "--json"),
        ("exec", "app", "--", "true"),
        ("capture", "seoul/tunnel1", "--outside"),
        ("capture", "seoul/tunnel1", "--inside"),
    ],
)
def test_in_a_half_built_lab_nothing_is_run_and_it_is_told_how_to_go_on(
    example: Lab,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: tuple[str, ...],
) -> None:
    monkeypatch.setattr(Lab, "half_built", True)
    with pytest.raises(SystemExit) as ended:
        main(["lab", *words])

    assert ended.value.code == ExitCode.WORLD
    assert capsys.readouterr().err == (
        "samepath: the lab active-standby is half built: what brought it up was stopped, or has "
        f"not ended yet; go on: samepath lab up {example.file}, or take it away: "
        "samepath lab down active-standby\n"
    )


@pytest.mark.parametrize("more", [(), ("--json",)])
def test_why_explains_a_half_built_lab_and_tells_how_to_go_on(
    example: Lab,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    more: tuple[str, ...],
) -> None:
    found = Diagnosis(
        element="seoul/tunnel1",
        layer=Layer.DAEMON,
        seen_by=None,
        what="",
        evidence="",
        next_command="samepath lab events seoul/tunnel1",
    )
    monkeypatch.setattr(Lab, "half_built", True)
    monkeypatch.setattr(why, "diagnose_all", lambda *_: (found,))
    monkeypatch.setattr(why, "diagnose_parts", lambda *_: ())
    monkeypatch.setattr(StatusReader, "directions", lambda *_: ())
    with pytest.raises(SystemExit) as ended:
        main(["lab", "why", *more])

    said = capsys.readouterr()
    assert ended.value.code == ExitCode.FINDINGS
    assert f"samepath lab up {example.file}" in said.out
    assert "samepath: the lab active-standby is half built: " in said.err


@pytest.mark.usefixtures("example")
def test_capture_is_told_which_packets(capsys: pytest.CaptureFixture[str]) -> None:
    said = refused(capsys, "capture", "seoul/tunnel1")
    assert "--outside" in said
    assert "--inside" in said


@pytest.mark.usefixtures("example")
@pytest.mark.parametrize("more", [(), ("--json",)])
def test_no_ping_at_all_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], more: tuple[str, ...]
) -> None:
    monkeypatch.setattr(hosts, "require_ping", None)  # It would become ping where it gets so far.
    with pytest.raises(SystemExit) as ended:
        main(["lab", "ping", "app", "desk", "-c", "0", *more])

    assert ended.value.code == ExitCode.INPUT
    assert "'--count'" in capsys.readouterr().err


@pytest.mark.usefixtures("example")
@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("status", "--sample", "-1"), "'--sample'"),
        (("status", "--sample", "nan"), "'--sample'"),
        (("status", "--sample", "inf"), "'--sample'"),
        (("status", "--sample", "1e300"), "'--sample'"),
        (("capture", "seoul/tunnel1", "--inside", "--seconds", "nan"), "'--seconds'"),
        (("capture", "seoul/tunnel1", "--inside", "--seconds", "inf"), "'--seconds'"),
        (("events", "--since", f"{'9' * 30}h"), "too long a time"),
        (("events", "--since", f"{'9' * 400}s"), "too long a time"),
        (("events", "--since", "nan"), "no time such as"),
    ],
)
def test_what_is_no_number_of_seconds_is_refused(
    capsys: pytest.CaptureFixture[str], words: tuple[str, ...], told: str
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["lab", *words])

    said = capsys.readouterr().err
    assert (ended.value.code, told in said) == (ExitCode.INPUT, True), said
    assert "Usage: " in said


def test_each_reading_of_watch_is_a_line_of_json_until_the_lab_goes(
    example: Lab, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    found = LabStatus(name=example.name, tunnels=(), directions=(), faults=())
    there = iter((True, True, False))
    monkeypatch.setattr(StatusReader, "read", lambda _: found)
    monkeypatch.setattr(Lab, "exists", lambda _: next(there))
    with pytest.raises(SystemExit) as ended:
        main(["lab", "status", "--watch", "--json", "--sample", "0"])

    said = capsys.readouterr()
    assert ended.value.code == ExitCode.INPUT
    assert said.err == "samepath: the lab 'active-standby' has been taken down\n"
    lines = [json.loads(line) for line in said.out.splitlines()]
    assert [line["schema"] for line in lines] == ["samepath.lab.status/1"] * 2
    assert lines[0]["name"] == "active-standby"


def test_every_command_that_prints_by_itself_has_json() -> None:
    without = {
        name
        for name, command in COMMANDS.items()
        if not any("--json" in option.opts for option in command.params)
    }
    assert without == {"exec", "capture"}  # Both hand over to another program.


@pytest.mark.parametrize("name", COMMANDS)
def test_the_example_in_the_help_works_on_the_example_file(name: str) -> None:
    found = re.search(r"Example: samepath lab (\S+)(.*)", COMMANDS[name].help or "")
    assert found is not None
    assert found[1] == name
    topology = parse(EXAMPLE.read_text(), filename=str(EXAMPLE)).topology
    hosts = {host for vpc in topology.vpcs.values() for host in vpc.hosts}
    hosts |= {host for site in topology.sites.values() for host in site.hosts}
    without_values = re.sub(r"--(?:since|count) \S+", "", found[2].split(" -- ")[0])
    words = [word for word in without_values.split() if not word.startswith("-")]
    if name == "up":
        assert words == ["examples/active-standby.yaml"]
    elif name in {"exec", "ping"}:
        assert words
        assert set(words) <= hosts
    else:
        for word in words:
            elements.resolve(topology, elements.parse(word))


@pytest.mark.usefixtures("example")
def test_a_shell_is_offered_labs_elements_tunnels_and_hosts() -> None:
    context: Any = typer.Context(COMMANDS["ping"])
    context.params = {"lab": None}
    assert common.complete_lab("act") == ["active-standby"]
    assert common.complete_host(context, "") == ["app", "desk"]
    assert common.complete_tunnel(context, "seoul/") == ["seoul/tunnel1", "seoul/tunnel2"]
    assert "seoul/tunnel1/bgp" in common.complete_element(context, "seoul/tunnel1")


def test_what_cannot_be_built_is_refused_before_anything_is_looked_at(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "vpn.yaml"
    text = EXAMPLE.with_name("two-customer-gateways.yaml").read_text()
    assert "first_hop: fw1" in text
    file.write_text(text.replace("first_hop: fw1", "state_sync: true"))

    assert "sites.office.state_sync: sessions that devices share are predicted here" in refused(
        capsys, "up", str(file)
    )


@pytest.mark.usefixtures("example")
@pytest.mark.parametrize("more", [(), ("--json",)])
def test_ping_without_the_program_is_a_missing_part_and_code_3(
    more: tuple[str, ...],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(programs, "SEARCH", str(tmp_path))

    with pytest.raises(SystemExit) as ended:
        main(["lab", "ping", "app", "desk", *more])

    assert ended.value.code == ExitCode.WORLD
    assert capsys.readouterr().err.startswith("samepath: ping is not installed: apt-get install")

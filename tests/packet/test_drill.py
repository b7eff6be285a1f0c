"""``samepath drill`` on real tunnels: what was predicted is measured, and what is not is told."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from tests.packet.commands import SAMEPATH
from tests.packet.labs import running
from tests.packet.own import own

from samepath.lab.drill import drill as module
from samepath.lab.drill.drill import Drill, drillable
from samepath.lab.drill.staging import way_to
from samepath.lab.events import Kind
from samepath.model.amend import amend
from samepath.model.document import parse
from samepath.model.elements import parse as element
from samepath.routing.evaluator import analyse
from samepath.routing.repair import repair
from samepath.routing.states import Condition, FailureState

EXAMPLES = Path(__file__).parents[2] / "examples"
ONE_BACK = FailureState(conditions=((element("seoul/tunnel1"), Condition.RETURNED),))


def cured(folder: Path) -> Path:
    """The example that drops, as ``samepath fix`` repairs it."""
    text = (EXAMPLES / "asymmetric-drop.yaml").read_text()
    file = folder / "cured.yaml"
    file.write_text(amend(text, repair(parse(text).topology).changes))
    return file


def test_a_repaired_file_does_as_predicted_and_its_page_shows_each_state(tmp_path: Path) -> None:
    name, page = own("drill-cured"), tmp_path / "page"
    states = ("all up", "seoul/tunnel2 down", "seoul/tunnel2 returned")
    chosen = [word for state in states for word in ("--state", state)]
    done = subprocess.run(
        [SAMEPATH, "drill", cured(tmp_path), "--name", name, "--json", "--report", page, *chosen],
        capture_output=True,
        text=True,
        check=False,
    )

    told = json.loads(done.stdout)
    assert [one["differences"] for one in told["states"]] == [[]] * len(states)
    assert (done.returncode, told["as_predicted"]) == (0, True)
    assert not Path("/run/samepath", name).exists()
    text = (page / "index.html").read_text()
    assert f"All {len(states)} rows are as predicted" in text
    assert all(f"Loss and events: {state}" in text for state in states)


def test_what_was_lost_and_what_was_logged_are_on_one_axis() -> None:
    text = (EXAMPLES / "active-standby.yaml").read_text()
    topology = parse(text).topology
    states = way_to(ONE_BACK)[:2]
    predictions = {(row.pair, row.state): row for row in analyse(topology, states)}
    drilled, _ = drillable(topology, dict.fromkeys(pair for pair, _ in predictions))

    with running("drill-axis", text) as lab, Drill(lab, drilled, predictions) as drill:
        _, (down,) = drill.run(states, lambda _: None)

    course, lost = down.measured.course, down.measured.lost
    assert course is not None
    assert lost is not None
    for bins, report in zip((course.to_site, course.to_vpc), lost, strict=True):
        assert sum(one.lost for one in bins) == report.lost > 0
        losing = [course.first + i * course.width for i, one in enumerate(bins) if one.lost]
        (broken,) = (one.after for one in course.moments if one.event.kind is Kind.FAULT)
        noticed = min(one.after for one in course.moments if one.event.kind is Kind.BFD)
        assert 0 <= broken < course.done
        assert broken - course.width <= losing[0] <= course.done
        # What was sent before it was noticed may wait, and arrive.
        assert broken < noticed <= losing[-1] + 5 * course.width
    assert course.parted < 0.001


def test_a_doubt_is_settled_by_the_tables_of_the_labs_own_devices(tmp_path: Path) -> None:
    text = (EXAMPLES / "half-cure-local-preference-only.yaml").read_text()
    wanted = "    customer_gateway: dc\n"
    assert wanted in text
    file = tmp_path / "unknown.yaml"
    file.write_text(text.replace(wanted, f"{wanted}    gateway_prefers: unknown\n"))
    name = own("drill-doubt")

    done = subprocess.run(
        [SAMEPATH, "drill", file, "--name", name, "--json", "--state", "all up"],
        capture_output=True,
        text=True,
        check=False,
    )

    told = json.loads(done.stdout)
    (row,) = told["states"]
    assert (row["undetermined"], row["differences"]) == (True, [])
    assert told["observed"] == {
        "settles": True,
        "undetermined": 0,
        "as_predicted": True,
        "differences": [],
    }
    assert done.returncode == 0


def test_a_prediction_that_is_another_topologys_differs(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that the comparison is one: the lab runs one file, and the prediction is of the other."""
    text, other = (
        (EXAMPLES / f"{name}.yaml").read_text() for name in ("active-standby", "asymmetric-drop")
    )
    topology = parse(other).topology
    states = way_to(ONE_BACK)
    predictions = {(row.pair, row.state): row for row in analyse(topology, states)}
    drilled, _ = drillable(topology, dict.fromkeys(pair for pair, _ in predictions))

    monkeypatch.setattr(module, "MARGIN", 2.0)  # Nothing comes to be so: that is waited for.
    with running("drill-other", text) as lab, Drill(lab, drilled, predictions) as drill:
        ((row,),) = drill.run([states[0]], lambda _: None)

    assert row.differences == (
        "packets to the VPC take seoul/tunnel1, and seoul/tunnel2 was predicted",
        "a new TCP flow of the VPC is answered, and asymmetric_dropped was predicted",
        "a new UDP flow of the VPC is answered, and asymmetric_dropped was predicted",
        "a new TCP flow of the site is answered, and asymmetric_dropped was predicted",
        "a new UDP flow of the site is answered, and asymmetric_dropped was predicted",
    )

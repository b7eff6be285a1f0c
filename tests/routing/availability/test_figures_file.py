"""The file of figures: what it means, and every mistake at once."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samepath.routing.availability.figure_keys import KINDS
from samepath.routing.availability.figures import ComponentKind, Whose
from samepath.routing.availability.figures_file import InvalidFigures, read_figures
from samepath.routing.availability.periods import YEAR
from samepath.routing.availability.template import TEMPLATE

SMALL = """\
figures: 1
gateway: {mtbf: 99h, mttr: 1h}
"""


def refused(text: str | None, *options: str) -> list[str]:
    with pytest.raises(InvalidFigures) as error:
        read_figures(text, options, filename="f.yaml")
    return str(error.value).splitlines()


def test_a_figure_is_the_share_of_the_time_that_it_is_down() -> None:
    found = read_figures(SMALL)
    figure = found.kinds[ComponentKind.GATEWAY]

    assert figure.unavailability == pytest.approx(0.01)
    assert figure.mttr == timedelta(hours=1)
    assert figure.whose is Whose.USER
    assert len(found.lacking) == len(ComponentKind) - 1


@pytest.mark.parametrize("text", ["99.9%", "99.9 %", "'99.9%'", "0.999"])
def test_an_availability_may_stand_instead(text: str) -> None:
    found = read_figures(f"figures: 1\ngateway: {{availability: {text}}}\n")

    assert found.kinds[ComponentKind.GATEWAY].unavailability == pytest.approx(0.001)
    assert found.kinds[ComponentKind.GATEWAY].mttr is None


def test_every_figure_of_the_template_is_told_as_assumed() -> None:
    found = read_figures(TEMPLATE)

    assert set(found.kinds) == set(ComponentKind)
    assert {one.whose for one in found.kinds.values()} == {Whose.SAMEPATH}
    assert found.switching is None
    assert found == read_figures(None, assume=True)


def test_no_figure_of_the_template_is_the_threshold_of_a_service_credit() -> None:
    assert {
        round(one.unavailability, 6) for one in read_figures(TEMPLATE).kinds.values()
    }.isdisjoint({0.0005})


def test_an_assumption_that_was_edited_is_neither_ours_nor_a_measurement() -> None:
    found = read_figures(TEMPLATE.replace("mtbf: 3y", "mtbf: 7y"))
    whose = {kind: one.whose for kind, one in found.kinds.items()}

    assert whose.pop(ComponentKind.CUSTOMER_GATEWAY) is Whose.MIXED
    assert set(whose.values()) == {Whose.SAMEPATH}


def test_an_option_goes_before_the_file_and_takes_back_the_other_way_of_saying_it() -> None:
    found = read_figures(
        SMALL,
        ["gateway.availability=99.5%", "power.mtbf=1y", "power.mttr=8h", "power.beta=1"],
    )
    gateway, power = found.kinds[ComponentKind.GATEWAY], found.kinds[ComponentKind.POWER]

    assert gateway.unavailability == pytest.approx(0.005)
    assert gateway.mttr == timedelta(hours=1)
    assert power.unavailability == pytest.approx(8 / (365.25 * 24 + 8))
    assert (power.beta, power.whose) == (1.0, Whose.USER)
    again = read_figures(
        "figures: 1\ngateway: {availability: 99%}\n", ["gateway.mtbf=9h", "gateway.mttr=1h"]
    )
    assert again.kinds[ComponentKind.GATEWAY].unavailability == pytest.approx(0.1)


def test_what_is_not_given_is_assumed_where_that_is_wanted() -> None:
    found = read_figures(SMALL, ["customer_gateway.units=2"], assume=True)
    whose = {kind: one.whose for kind, one in found.kinds.items()}

    assert whose.pop(ComponentKind.GATEWAY) is Whose.USER
    assert whose.pop(ComponentKind.CUSTOMER_GATEWAY) is Whose.MIXED
    assert set(whose.values()) == {Whose.SAMEPATH}
    assert found.kinds[ComponentKind.CUSTOMER_GATEWAY].units == 2


def test_maintenance_and_switching() -> None:
    found = read_figures(
        "figures: 1\nswitching: 250ms\n"
        "customer_gateway:\n"
        "  {mtbf: 5y, mttr: 8h, beta: 10%, units: 2, takeover: 3s,\n"
        "   maintenance: {per_year: 4, lasts: 15m}}\n",
        ["customer_gateway.maintenance.per_year=6"],
    )
    figure = found.kinds[ComponentKind.CUSTOMER_GATEWAY]

    assert found.switching == timedelta(milliseconds=250)
    assert figure.maintenance is not None
    assert (figure.maintenance.per_year, figure.maintenance.lasts) == (6, timedelta(minutes=15))
    assert figure.takeover == timedelta(seconds=3)
    assert figure.unavailability == pytest.approx(
        timedelta(hours=8) / (5 * YEAR + timedelta(hours=8))
    )


def test_every_mistake_is_told_at_once_with_its_place() -> None:
    text = """\
figures: 1
tunnel_endpoint: {mtbf: 30d, beta: 10%}
gateway: {mtbf: 5 years, mttr: 1h}
outside_path: {mtbf: 90d, mttr: 2h}
customer_gateway: {availability: 99.9, beta: 1}
customer_lan: {mtbf: 1y, availability: 99%, mttr: 1h, beta: 0, takeover: 1s}
pover: {mtbf: 1y}
configuration: {mtbf: 1y, mttr: 1h, beta: 120%}
"""
    said = refused(text, "power.mtbf", "gateway.mttr=nothing", "speed=3")

    assert sorted(said) == sorted(
        [
            "f.yaml:2: tunnel_endpoint.mttr: is missing; say how long it is down, such as mttr: 4h",
            (
                'f.yaml:3: gateway.mtbf: "5 years" is not a time with its unit; give a time such as '
                "150ms, 30s, 20m, 8h, 90d, 2w or 5y"
            ),
            (
                "f.yaml:4: outside_path.beta: is missing; say which share of the failures hits all of "
                "them: 0 nothing is shared, 1 all is"
            ),
            (
                "f.yaml:5: customer_gateway.availability: 99.9 is more than all; give a share such as "
                "99.9% or 0.999"
            ),
            "f.yaml:6: customer_lan.availability: is given beside mtbf; give one of the two",
            (
                "f.yaml:6: customer_lan.takeover: one unit has nobody to take over; give units: 2, or "
                "leave it out"
            ),
            "f.yaml:7: pover: pover is not a key here; did you mean power?",
            "f.yaml:8: configuration.beta: 120% is more than all; give a share such as 10% or 0.1",
            "--set: power.mtbf says nothing; write --set customer_gateway.mtbf=5y",
            (
                "--set: gateway.mttr: nothing is not a time with its unit; give a time such as 150ms, "
                "30s, 20m, 8h, 90d, 2w or 5y"
            ),
            (
                "--set: speed: speed is not a key here; known here: configuration, customer_gateway, "
                "customer_lan, gateway, outside_path, power, switching, tunnel_endpoint"
            ),
        ]
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "f.yaml:1: the file is not a mapping of kinds to figures; samepath availability "),
        ("- 1", "f.yaml:1: the file is not a mapping of kinds to figures; samepath availability "),
        ("gateway: {availability: 99%}", "f.yaml:1: figures: is missing; give it as the line "),
        ("figures: 2", "f.yaml:1: figures: this version of the file's form is not known here"),
        ("figures: [", "f.yaml:1: not YAML: "),
        (
            "figures: 1\ngateway: {availability: 99%, maintenance: {per_year: 2}}",
            "f.yaml:2: gateway.maintenance: says either how often or how long; give both",
        ),
        (
            "figures: 1\ngateway: {availability: 99%, maintenance: {per_year: 100, lasts: 1d}}",
            "f.yaml:2: gateway.maintenance: is more than a tenth of the year",
        ),
        ("figures: 1\ngateway: {availability: 0%}", "f.yaml:2: gateway.availability: 0% is too"),
        ("figures: 1\ngateway: {mtbf: 0h, mttr: 1h}", "f.yaml:2: gateway.mtbf: 0h is no time"),
        ("figures: 1\ngateway: {beta: 1}", "f.yaml:2: gateway.beta: beta is not a key here"),
        ("figures: 1\ngateway: {mtbf: 99999y, mttr: 1h}", "f.yaml:2: gateway.mtbf: 99999y is more"),
    ],
)
def test_a_file_that_is_none(text: str, said: str) -> None:
    assert refused(text)[0].startswith(said)


def test_an_option_that_is_given_twice_is_refused() -> None:
    assert refused(SMALL, "gateway.mttr=1h", "gateway.mttr=2h") == [
        "--set: gateway.mttr: is given twice, or is a part of what is given"
    ]


def test_every_kind_has_its_key() -> None:
    assert [one.key for one in KINDS.values()] == [kind.value for kind in ComponentKind]


@given(st.text(max_size=60), st.text(max_size=20))
def test_whatever_it_holds_is_read_or_refused(text: str, option: str) -> None:
    for given_text, options in ((text, ()), (f"figures: 1\n{text}", (option,)), (None, (option,))):
        with suppress(InvalidFigures):
            read_figures(given_text, options)

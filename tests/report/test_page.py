"""The page as a text: whole, well-formed, escaped, and with everything that a drill has found."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from tests.lab.drill.courses import CLOCKS, event, run
from tests.report.records import EVENTS, counted, record, text_of

from samepath.lab.drill.comparison import Measured, compare
from samepath.lab.drill.course import Clocks, course_of
from samepath.lab.drill.record import Record
from samepath.lab.events import Kind
from samepath.model.elements import parse as element
from samepath.report.page import headline, page_of
from samepath.routing.assumption import Question
from samepath.routing.states import Condition, FailureState
from samepath.routing.verdict import PairInState

VOID = {"meta", "link", "br"}
DROP = record(text_of("asymmetric-drop"))
PAGE = page_of(DROP)


class Read(HTMLParser):
    """A page taken apart; it is to be well-formed."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] != "style":
            self.texts.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.texts).split())

    def of(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]

    def classes(self, tag: str) -> list[str]:
        return [attributes.get("class") or "" for attributes in self.of(tag)]


def test_it_says_first_whether_all_is_as_predicted_when_of_what_and_with_what() -> None:
    text = Read(PAGE).text
    head = text[: text.index("Summary")]
    for wanted in (
        "All 22 rows are as predicted",
        "examples/asymmetric-drop.yaml",
        "2026-11-28 05:41:12 UTC",
        "samepath 0.1.0",
        "strongSwan 5.9.8",
        "BIRD 2.0.12",
        "Linux 6.1.0-40-amd64",
    ):
        assert wanted in head
    assert "Undetermined 0 of 22 (0%)" in text
    assert "firewall of cgw:dc nftables and connection tracking: sessions bound" in text


@pytest.mark.parametrize("example", ["active-standby", "asymmetric-drop", "two-customer-gateways"])
def test_every_row_is_told_with_both_sides_and_every_state_is_plotted(example: str) -> None:
    made = record(text_of(example))
    page = Read(page_of(made))
    for row in made.rows:
        assert row.predicted.state.name in page.text
    assert page.classes("tr").count("measured") == len(made.rows)
    plots = [one for one in page.of("svg") if one["class"] == "chart"]
    assert len(plots) == len(made.rows)
    assert not page.classes("tbody").count("differs")


def test_it_asks_for_nothing_and_needs_no_script() -> None:
    page = Read(PAGE)
    assert {"script", "img", "iframe", "object", "embed"}.isdisjoint(tag for tag, _ in page.tags)
    reached = [
        value
        for _, attributes in page.tags
        for name, value in attributes.items()
        if name in {"src", "href", "action", "data", "poster", "srcset"} and value
    ]
    assert {value for value in reached if not value.startswith("#")} == {"data:,"}
    assert not re.search(r"url\(|@import", PAGE)
    (policy,) = [one for one in page.of("meta") if one.get("http-equiv")]
    assert (policy["content"] or "").startswith("default-src 'none'")


@pytest.mark.parametrize("example", ["asymmetric-drop", "two-customer-gateways"])
def test_names_are_unique_and_what_is_referred_to_is_there(example: str) -> None:
    page = Read(page_of(record(text_of(example), {"all up": other_way})))
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    referred = [(attributes.get("href") or "#")[1:] for attributes in page.of("a")]
    for _, attributes in page.tags:
        referred += (attributes.get("aria-labelledby") or "").split()
    assert set(referred) <= set(ids)
    assert referred


def test_tables_and_pictures_can_be_read_without_being_seen() -> None:
    page = Read(PAGE)
    assert all(one.get("scope") in {"col", "row", "rowgroup"} for one in page.of("th"))
    assert len(page.of("desc")) == len(page.of("svg"))
    assert all(one["role"] == "img" and one["aria-labelledby"] for one in page.of("svg"))
    (html,) = page.of("html")
    assert html["lang"] == "en"


def other_way(measured: Measured) -> Measured:
    return replace(measured, to_vpc=("seoul/tunnel1",))


def test_a_row_that_differs_stands_out_and_says_why() -> None:
    made = record(text_of("active-standby"), {"seoul/tunnel1 down": other_way})
    page = Read(page_of(made))
    assert headline(made) == "1 of 22 rows differs from the prediction"
    assert page.classes("tbody").count("differs") == 1
    assert page.classes("tr").count("why") == 1
    why = "packets to the VPC take seoul/tunnel1, and seoul/tunnel2 was predicted"
    assert page.text.count(why) == 2, "at the head of the page, and in the row"
    assert page.text.count("≠ differs") == 2, "in the row, and at its plot"
    assert page.classes("header") == ["differs"]


def test_many_rows_that_differ_are_counted() -> None:
    made = record(text_of("active-standby"), {"all up": no_way, "seoul/tunnel1 down": no_way})
    assert headline(made) == "2 of 22 rows differ from the prediction"
    assert headline(replace(made, rows=made.rows[2:3])) == "The one row is as predicted"


def no_way(measured: Measured) -> Measured:
    return replace(measured, to_site=(), to_vpc=())


OPEN = Question(subject="cgw:dc", what="which way it goes", answers=("one", "other"))


def both_ways(row: PairInState, other: PairInState) -> PairInState:
    outcomes = zip(OPEN.answers, (*row.outcomes, *other.outcomes), strict=True)
    return replace(
        row,
        outcomes=tuple(
            replace(outcome, because=(((OPEN, answer),),)) for answer, outcome in outcomes
        ),
    )


def test_what_is_undetermined_is_counted_and_each_outcome_told() -> None:
    dropping = {row.predicted.state: row.predicted for row in DROP.rows}
    made = record(text_of("active-standby"))
    rows = tuple(
        compare(both_ways(row.predicted, dropping[row.predicted.state]), row.measured)
        if row.predicted.state.name == "all up"
        else row
        for row in made.rows
    )
    text = Read(page_of(replace(made, rows=rows))).text
    assert "Undetermined 1 of 22 (5%)" in text
    assert "all up undetermined predicted tunnel 1 tunnel 1 pass" in text
    assert "predicted, or tunnel 1 tunnel 2 drop" in text


def once_more(measured: Measured) -> Measured:
    gone = ("seoul/tunnel2/bgp: BFD session down",)
    return replace(other_way(measured), again=2, disturbed=gone)


def test_a_row_that_was_measured_again_says_so_and_what_had_gone_down() -> None:
    made = record(text_of("active-standby"), {"seoul/tunnel1 down": once_more})
    text = Read(page_of(made)).text
    assert text.count("measured again") == 2, "in the row, and among the terms"
    assert "meanwhile, by itself: seoul/tunnel2/bgp: BFD session down" in text
    assert "measured again" not in Read(page_of(record(text_of("active-standby")))).text


def test_what_the_devices_tables_leave_open_is_told_beside_what_was_open() -> None:
    made = record(text_of("active-standby"))
    title = "Undetermined with the devices' own BGP tables"
    assert title not in Read(page_of(made)).text
    known = tuple(
        compare(row.predicted, other_way(row.measured))
        if row.predicted.state.name == "seoul/tunnel1 down"
        else row
        for row in made.rows
    )
    text = Read(page_of(replace(made, known=known))).text
    assert f"{title} 0 of 22 (0%), 1 not as predicted then" in text


def test_states_that_were_not_drilled_are_told_with_the_reason() -> None:
    state = FailureState(conditions=((element("cgw:dc"), Condition.RETURNED),))
    made = record(text_of("active-standby"), not_drilled=((state, "nobody <can>"),))
    assert "cgw:dc returned nobody <can>" in Read(page_of(made)).text
    assert "Every state that is predicted was drilled" in Read(PAGE).text


def test_a_pair_without_hosts_is_told_and_one_that_was_not_counted_too() -> None:
    text = text_of("active-standby")
    more = text.replace("[192.168.10.0/24]", "[192.168.10.0/24, 192.168.11.0/24]")
    assert (
        "10.0.0.0/16 - 192.168.11.0/24 it has no host at both ends"
        in Read(page_of(record(more))).text
    )
    heard = more.replace("{desk: 192.168.10.10}", "{desk: 192.168.10.10, shelf: 192.168.11.10}")
    page = Read(page_of(record(heard)))
    assert len([one for one in page.classes("table") if one == "results"]) == 2
    assert len([one for one in page.of("svg") if one["class"] == "chart"]) == 22


HOSTILE = "\"><script>alert(1)</script><img src=x onerror=alert(2)>&amp;'\u202e\x07\udcff"


def hostile() -> Record:
    made = record(
        text_of("asymmetric-drop"),
        {
            "seoul/tunnel1 down": lambda measured: counted(
                measured, run(1.0), (event(0.1, Kind.IKE, HOSTILE, HOSTILE), *EVENTS)
            )
        },
        not_drilled=((FailureState(), HOSTILE),),
        file=HOSTILE,
    )
    versions = replace(made.versions, bird=HOSTILE, kernel=HOSTILE)
    topology = replace(made.topology, name=HOSTILE)
    rows = (replace(made.rows[0], differences=(HOSTILE,)), *made.rows[1:])
    return replace(made, versions=versions, topology=topology, rows=rows)


def test_whatever_somebody_calls_something_is_a_text() -> None:
    text = page_of(hostile())
    page = Read(text)
    assert {"script", "img"}.isdisjoint(tag for tag, _ in page.tags)
    assert not any(name.startswith("on") for _, attributes in page.tags for name in attributes)
    shown = HOSTILE.replace("\u202e\x07\udcff", "\\u202e\\x07\\udcff")
    assert page.text.count(shown) >= 8
    text.encode()


def test_a_machine_that_was_too_busy_and_clocks_that_parted_are_told() -> None:
    page = Read(page_of(record(text_of("active-standby")))).text
    assert "The machine was too busy to send in time" in page
    assert "went apart by 0.000 ms at most" in page

    late = Clocks(wall=CLOCKS.wall + 2_007_000_000, monotonic=CLOCKS.monotonic + 2_000_000_000)

    def parted(measured: Measured) -> Measured:
        return replace(measured, course=course_of(run(1.0), CLOCKS, late, ()))

    page = Read(page_of(record(text_of("active-standby"), {"all up": parted}))).text
    assert "went apart by 7.000 ms at most" in page
    assert page.count("The clocks went apart by 7.0 ms meanwhile.") == 1


def test_events_are_listed_with_their_time() -> None:
    text = Read(PAGE).text
    assert "+0.151 s BFD cgw:dc/router bfd1: Session changed from Up to Down" in text
    assert "No event was logged." in text

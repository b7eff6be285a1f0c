"""The page in a real browser: it asks for nothing, fits its window, can be read, and prints."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, sync_playwright
from tests.report.records import record, text_of
from tests.report.test_page import hostile, other_way
from tests.report.topologies import Shape

from samepath.report.page import page_of

CHROMIUM = "/usr/bin/chromium"
"""Debian's own; playwright brings the protocol and no browser."""
WIDTHS = (1280, 390)
PAGES = ("agrees", "differs", "hostile", "three")

MEETING = """
svg => {
  const texts = [...svg.querySelectorAll('text')].map(one => [one.textContent, one.getBBox()]);
  const paper = svg.viewBox.baseVal;
  const found = [];
  texts.forEach(([text, box], i) => {
    if (box.x < paper.x - 1 || box.y < paper.y || box.x + box.width > paper.width
        || box.y + box.height > paper.height + 1) found.push(`${text} leaves`);
    texts.slice(i + 1).forEach(([other, its]) => {
      if (box.x < its.x + its.width && its.x < box.x + box.width
          && box.y + 2 < its.y + its.height && its.y + 2 < box.y + box.height)
        found.push(`${text} meets ${other}`);
    });
  });
  return found;
}
"""
"""The texts of a drawing that meet, or leave it; a line's box has two pixels of air."""

FAINT = """
() => {
  const number = text => text.match(/[0-9.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map(one => one / 255).map(
    one => one <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4
  ).reduce((sum, one, i) => sum + one * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = element => {
    for (let one = element; one; one = one.parentElement) {
      const colour = number(getComputedStyle(one).backgroundColor);
      if (colour.length === 3 || colour[3] === 1) return colour;
    }
    return [255, 255, 255];
  };
  const found = new Set();
  for (const element of document.querySelectorAll('body *')) {
    const own = [...element.childNodes].some(one => one.nodeType === 3 && one.data.trim());
    if (!own || !element.getClientRects().length) continue;
    const style = getComputedStyle(element);
    const ink = number(element.closest('svg') ? style.fill : style.color);
    const [high, low] = [light(ink), light(behind(element))].sort((a, b) => b - a);
    const contrast = (high + 0.05) / (low + 0.05);
    if (contrast < 4.5) found.add(`${element.tagName} ${element.className} ${contrast.toFixed(1)}`);
  }
  return [...found];
}
"""
"""Texts with less contrast than WCAG 2 asks of small type (AA)."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=sandbox)
        yield running
        running.close()


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("pages")
    records = {
        "agrees": record(text_of("asymmetric-drop")),
        "differs": record(text_of("active-standby"), {"seoul/tunnel1 down": other_way}),
        "hostile": hostile(),
        "three": record(Shape(customers=3, hosts=8, networks=3).text, most=2),
    }
    found = {name: folder / f"{name}.html" for name in records}
    for name, made in records.items():
        found[name].write_text(page_of(made), encoding="utf-8")
    return found


@pytest.fixture(params=PAGES)
def file(request: pytest.FixtureRequest, files: dict[str, Path]) -> Path:
    return files[request.param]


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    made = browser.new_page()
    yield made
    made.close()


def test_it_asks_for_nothing_and_nothing_complains(page: Page, file: Path) -> None:
    asked: list[str] = []
    said: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        said.append(message.text)

    def note(request: Request) -> None:
        asked.append(request.url)

    page.on("console", hear)
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("dialog", lambda dialog: said.append(dialog.message))
    page.on("request", note)
    page.goto(file.as_uri(), wait_until="networkidle")

    assert [url for url in asked if not url.startswith("data:")] == [file.as_uri()]
    assert said == []
    assert page.locator("h1").count() == 1


@pytest.mark.parametrize("width", WIDTHS)
def test_it_fits_its_window_and_what_is_wider_scrolls_by_itself(
    page: Page, file: Path, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(file.as_uri())
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    scrolling = page.evaluate(
        "[...document.querySelectorAll('.scroll')]"
        ".filter(one => one.scrollWidth > one.clientWidth).map(one => one.tabIndex)"
    )
    assert set(scrolling) <= {0}, "by the keyboard, too"
    assert bool(scrolling) is (width < 600)


def test_no_two_texts_of_a_drawing_meet_in_the_typeface_that_is_there(
    page: Page, file: Path
) -> None:
    page.goto(file.as_uri())
    drawings = page.locator("svg").all()
    assert len(drawings) > 2
    assert [found for one in drawings for found in one.evaluate(MEETING)] == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("media", ["screen", "print"])
def test_every_text_stands_out_from_its_ground(
    page: Page,
    files: dict[str, Path],
    scheme: Literal["light", "dark"],
    media: Literal["screen", "print"],
) -> None:
    page.emulate_media(color_scheme=scheme, media=media)
    page.goto(files["differs"].as_uri())
    assert page.evaluate(FAINT) == []
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (ground == "rgb(255, 255, 255)") is (scheme == "light" or media == "print")


def test_a_row_that_differs_is_marked_by_more_than_colour(
    page: Page, files: dict[str, Path]
) -> None:
    page.emulate_media(media="print")
    page.goto(files["differs"].as_uri())
    row = page.locator("tbody.differs")
    assert row.count() == 1
    assert row.locator(".mark").inner_text() == "≠ differs"
    assert row.evaluate("one => getComputedStyle(one).borderLeftWidth") == "5px"


def test_it_prints_on_a4_with_the_events_and_nothing_beside_the_paper(
    page: Page, file: Path
) -> None:
    page.emulate_media(media="print")
    page.set_viewport_size({"width": A4, "height": 1000})
    page.goto(file.as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") <= A4
    assert page.evaluate(CUT_OFF) == []
    assert page.locator("details .events").first.evaluate("one => one.offsetHeight") > 0

    printed = page.pdf(prefer_css_page_size=True, print_background=False)

    boxes = re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", printed)
    assert len(boxes) >= 3
    assert {(round(float(x)), round(float(y))) for x, y in boxes} == {(595, 842)}


A4 = 688
"""Pixels (96 an inch) that A4 leaves between the margins of the style sheet: 182 mm."""
CUT_OFF = """
() => [...document.querySelectorAll('.scroll')]
  .filter(one => one.scrollWidth > one.clientWidth + 1)
  .map(one => one.getAttribute('aria-label') ?? one.getAttribute('aria-labelledby'))
"""
"""What is wider than its place, where nobody can scroll."""

"""The reference page of the platforms: generated, and current."""

from __future__ import annotations

from pathlib import Path

from tests.model import golden

from samepath.routing import reference
from samepath.routing.firewalls import DEFAULTS
from samepath.routing.platforms import PLATFORMS

ROOT = Path(__file__).parents[2]


def test_the_reference_page_in_the_tree_is_current() -> None:
    golden.check(ROOT / "docs" / "reference" / "platforms.md", reference.render())


def test_every_platform_and_each_of_its_notes_is_on_the_page() -> None:
    page = reference.render()
    for rules in PLATFORMS.values():
        assert f"| {rules.title} |" in page
        for note in rules.notes:
            assert note in page


def test_every_firewall_and_each_knob_of_it_is_on_the_page() -> None:
    page = reference.render().partition("## Firewalls")[2]
    for platform, one in DEFAULTS.items():
        assert f"| {PLATFORMS[platform].title} |" in page
        for knob in one.knobs:
            assert knob in page


def test_every_mark_on_a_default_is_on_a_field_that_exists() -> None:
    for rules in PLATFORMS.values():
        for name, _ in rules.surenesses:
            assert hasattr(rules, name)

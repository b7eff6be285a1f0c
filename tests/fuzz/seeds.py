"""What a fuzzer of a reader begins with: configurations of the platform that are whole."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tests.device.writing_laws import customer

from samepath.device.readers import UnknownPlatform, detect
from samepath.device.reading.source import Source
from samepath.device.writers import WRITERS
from samepath.model.topology import Platform

ROOT = Path(__file__).parents[2]
SUFFIXES = {".conf", ".cfg"}


def seeds(platform: Platform) -> Iterator[str]:
    """The examples, what the tests hold as golden files, and what we write ourselves."""
    for folder in (ROOT / "examples" / "devices", ROOT / "tests" / "device"):
        for file in sorted(folder.rglob("*")):
            if file.suffix in SUFFIXES and _is_of(platform, text := file.read_text()):
                yield text
    for one in WRITERS:
        if one.platform is platform:
            for by_bgp in (True, False):
                for written in one.load().customer(customer(bgp=by_bgp)):
                    yield written.text


def words_of(texts: Iterator[str]) -> tuple[str, ...]:
    """The words that these texts have, each once."""
    return tuple(dict.fromkeys(word for text in texts for word in text.split()))


def _is_of(platform: Platform, text: str) -> bool:
    try:
        return detect([Source(name="seed", text=text)]) is platform
    except UnknownPlatform:
        return False

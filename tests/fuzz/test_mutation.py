"""Every reader takes mutated configurations of its platform: a little of `make fuzz`, each time."""

from __future__ import annotations

import pytest
from tests.fuzz.mutation import mutated
from tests.fuzz.seeds import seeds, words_of

from samepath.cli.errors import exit_code
from samepath.cli.exit_codes import ExitCode
from samepath.device.readers import platforms, read
from samepath.device.reading.source import Source
from samepath.model.topology import Platform

TIMES = 40


@pytest.mark.parametrize("platform", platforms(), ids=lambda one: one.value)
def test_a_mutated_configuration_is_read_or_refused(platform: Platform) -> None:
    texts = [*seeds(platform)]
    assert texts, "nothing to begin with"
    words = words_of(iter(texts))
    for seed in range(TIMES):
        text = mutated(texts[seed % len(texts)], words, seed)
        assert text == mutated(texts[seed % len(texts)], words, seed)
        try:
            found = read([Source(name="fw1.cfg", text=text)], platform)
        except Exception as error:
            if exit_code(type(error)) is ExitCode.BUG:
                raise AssertionError(f"{platform.value}, seed {seed}") from error
            continue
        counted = sum(found.support.counts().values()) + found.support.outside
        assert counted <= len(text.split("\n"))

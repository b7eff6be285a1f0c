"""One reader under a coverage-guided fuzzer, as a process of its own: libFuzzer ends it."""

from __future__ import annotations

import sys
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["samepath.device"]):
    from samepath.device.readers import UnknownPlatform, read
    from samepath.device.reading.prefix_sets import TooManyPatterns
    from samepath.device.reading.source import Source

from tests.fuzz.mutation import mutated

from samepath.cli.device.lines import lines
from samepath.cli.errors import exit_code
from samepath.cli.exit_codes import ExitCode
from samepath.model.topology import Platform


def main(words: list[str]) -> None:
    """``words``: the platform, a file with its words, and those of libFuzzer."""
    platform, vocabulary = Platform(words[1]), tuple(Path(words[2]).read_text().split())

    def one_input(data: bytes) -> None:
        text = data.decode("utf-8", "replace")
        source = Source(name="fuzz.cfg", text=text)
        try:
            found = read([source], platform)
        except (UnknownPlatform, TooManyPatterns):
            return
        except Exception as error:
            if exit_code(type(error)) is ExitCode.BUG:
                raise
            return
        counted = sum(found.support.counts().values()) + found.support.outside
        assert counted <= len(text.split("\n")), "a line has one state"
        for line in lines(found, source.name):
            assert "\x1b" not in line.plain, "a terminal would obey it"

    def custom(data: bytes, max_size: int, seed: int) -> bytes:
        if seed % 4 == 0:
            return bytes(atheris.Mutate(data, max_size))
        return mutated(data.decode("utf-8", "replace"), vocabulary, seed).encode()[:max_size]

    atheris.Setup([words[0], *words[3:]], one_input, custom_mutator=custom)
    atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv)

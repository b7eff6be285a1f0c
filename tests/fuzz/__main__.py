"""Fuzz the readers of devices, guided by the coverage of their code, for a bounded time.

What a reader failed on is kept, and read again with --again FILE.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.fuzz.seeds import seeds, words_of

from samepath.device.readers import platforms
from samepath.model.topology import Platform

LARGEST = 20_000
"""Bytes of an input."""
SLOWEST = 10
"""Seconds for one input; one of that size takes some hundredths."""


def main() -> int:
    """Fuzz; the exit code is 1 where a reader failed."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    names = [one.value for one in platforms()]
    parser.add_argument("--reader", action="append", choices=names, help="only this one")
    parser.add_argument("--seconds", type=int, default=60, help="for each reader")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kept", type=Path, default=Path("fuzz"), help="folder for what failed")
    parser.add_argument("--again", type=Path, help="read this input again, and nothing else")
    words = parser.parse_args()
    words.kept.mkdir(parents=True, exist_ok=True)
    failed = [
        name
        for name in words.reader or names
        if not _fuzz(Platform(name), words.seconds, words.seed, words.kept, words.again)
    ]
    print(f"failed: {', '.join(failed)}; see {words.kept}" if failed else "no reader failed")
    return 1 if failed else 0


def _fuzz(platform: Platform, seconds: int, seed: int, kept: Path, again: Path | None) -> bool:
    texts = [*seeds(platform)]
    if not texts:
        raise SystemExit(f"there is no configuration of {platform.value} to begin with")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for number, text in enumerate(texts):
            (folder / f"seed-{number}").write_text(text)
        vocabulary = kept / f"{platform.value}.words"
        vocabulary.write_text("\n".join(words_of(iter(texts))))
        inputs = [str(again)] if again else [str(folder), f"-max_total_time={seconds}"]
        command = [sys.executable, "-m", "tests.fuzz.target", platform.value, str(vocabulary)]
        options = [f"-seed={seed}", f"-timeout={SLOWEST}", f"-max_len={LARGEST}"]
        place = f"-artifact_prefix={kept / platform.value}-"
        done = subprocess.run(
            [*command, *options, place, *inputs], check=False, capture_output=True, text=True
        )
        vocabulary.unlink()
    told = done.stderr.splitlines()
    if done.returncode != 0:
        print("\n".join(told[-40:]))
    last = next(
        (line for line in reversed(told) if "exec/s" in line or line.startswith("Done")), ""
    )
    print(f"{platform.value}: {last}", flush=True)
    return done.returncode == 0


if __name__ == "__main__":
    sys.exit(main())

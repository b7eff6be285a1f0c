"""Of what code, and by what options, a sample was measured: samples of two kinds are no one run."""

from __future__ import annotations

import hashlib
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.scenario import Options

TREE = Path(__file__).parent.parent


@dataclass(frozen=True, kw_only=True, slots=True)
class Origin:
    """The code's commit and the options; two samples with the same one may stand in one table."""

    commit: str
    """Its full name; empty where the code lies in no git repository."""
    changes: str
    """A digest of what the tree has that is not committed; empty where it is clean."""
    options: Options

    @property
    def clean(self) -> bool:
        """Whether the tree was the commit's, and nothing else."""
        return bool(self.commit) and not self.changes

    def __str__(self) -> str:
        code = f"commit {self.commit[:12]}" if self.commit else "no commit that is known"
        if self.changes:
            code += f" with changes that are not committed ({self.changes})"
        return f"{code}, SECONDS={self.options.seconds:g}"


def refusal(there: Iterable[Origin], origin: Origin, directory: Path) -> str:
    """Why a run cannot go on with samples of these origins, as a sentence; empty if it can."""
    strangers = sorted({str(one) for one in there if one != origin})
    if not strangers:
        return ""
    return (
        f"{directory} has samples of {'; of '.join(strangers)}; this is {origin}. "
        "They cannot stand in one table: measure into another directory (OUT=, --out), "
        "or forget the samples that are there (NEW=1, --new)"
    )


class Changed(RuntimeError):
    """The code is not any more what the samples of this run were measured with."""


def see_no_change(before: Origin, now: Origin) -> None:
    """Raise :class:`Changed` where the code is not what it was when the run began."""
    if now != before:
        raise Changed(f"the tree has changed while it was measured: it was {before}, it is {now}")


def observe_origin(options: Options, out: Path, tree: Path = TREE) -> Origin:
    """The origin of what is measured now with the code of ``tree``; ``out`` is no part of that."""
    commit = _git(tree, "rev-parse", "HEAD")
    if commit is None:
        return Origin(commit="", changes="", options=options)
    changed = [_git(tree, "diff", "HEAD", "--binary") or b""]
    new = _git(tree, "ls-files", "--others", "--exclude-standard", "-z") or b""
    for name in filter(None, new.split(b"\0")):
        path = tree / name.decode(errors="surrogateescape")
        if path.resolve().is_relative_to(out.resolve()):
            continue
        changed += [name, path.read_bytes() if path.is_file() else b""]
    changes = hashlib.blake2s(b"\0".join(changed), digest_size=6).hexdigest()
    return Origin(
        commit=commit.decode().strip(), changes=changes if any(changed) else "", options=options
    )


def _git(tree: Path, *arguments: str) -> bytes | None:
    """What git says of a tree, which may be another user's; None if it is none, or git is not there."""
    command = ("git", "-c", f"safe.directory={tree}", "-C", str(tree), *arguments)
    try:
        done = subprocess.run(command, check=False, capture_output=True)
    except FileNotFoundError:
        return None
    return done.stdout if done.returncode == 0 else None

"""Stored decisions: what is written is what the next one reads, whole or not at all."""

from __future__ import annotations

import stat
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samepath.control.situation import Side, TunnelEnd
from samepath.node.decisions import FILE, Decisions, DecisionStore
from samepath.node.home import CannotKeep

ONE = Decisions(
    usable=frozenset({TunnelEnd.of("seoul", 1, Side.GATEWAY)}), active={"seoul": 1, "osaka": 2}
)
names = st.from_regex(r"[a-z][a-z0-9-]{0,30}", fullmatch=True)
ends = st.builds(TunnelEnd.of, names, st.sampled_from((1, 2)), st.sampled_from(Side))
decided = st.builds(
    Decisions,
    usable=st.frozensets(ends, max_size=5),
    active=st.dictionaries(names, st.sampled_from((1, 2)), max_size=3),
    proven=st.frozensets(st.tuples(names, st.sampled_from((1, 2))), max_size=4),
    sessions=st.dictionaries(ends, st.text(max_size=24), max_size=4),
    followed=st.dictionaries(names, st.sampled_from((1, 2)), max_size=3),
)


@given(first=decided, last=decided)
def test_what_was_written_last_is_read(first: Decisions, last: Decisions) -> None:
    with TemporaryDirectory() as folder:
        DecisionStore(Path(folder)).write(first)
        DecisionStore(Path(folder)).write(last)

        assert DecisionStore(Path(folder)).read() == last


def test_in_a_new_world_nothing_is_decided(tmp_path: Path) -> None:
    assert DecisionStore(tmp_path).read() == Decisions()
    assert not any(tmp_path.iterdir())


def test_only_the_owner_may_read_or_write_them_and_nothing_else_is_left(tmp_path: Path) -> None:
    DecisionStore(tmp_path).write(ONE)

    assert [path.name for path in tmp_path.iterdir()] == [FILE]
    assert stat.S_IMODE((tmp_path / FILE).stat().st_mode) == 0o600


def test_one_decision_has_one_spelling(tmp_path: Path) -> None:
    """Whatever the order in which a set gives its ends."""
    ends = [TunnelEnd.of("seoul", number, side) for number in (1, 2) for side in Side]
    texts = set[str]()
    for order in (ends, ends[::-1]):
        DecisionStore(tmp_path).write(Decisions(usable=frozenset(order)))
        texts.add((tmp_path / FILE).read_text())

    assert len(texts) == 1


def test_a_write_that_fails_leaves_the_old_decisions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = DecisionStore(tmp_path)
    store.write(ONE)

    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("os.replace", refuse)
        with pytest.raises(CannotKeep, match="No space"):
            store.write(Decisions())

    assert store.read() == ONE
    assert [path.name for path in tmp_path.iterdir()] == [FILE]

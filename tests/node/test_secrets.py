"""Pre-shared keys: AWS's rule, where they come from, where they must never show."""

from __future__ import annotations

import re
import stat
from pathlib import Path

import pytest

from samepath.model.unknown import SecretRef, SecretSource
from samepath.node.secrets import Secret, SecretStore, SecretUnavailable, generate

AWS_RULE = re.compile(r"(?!0)[A-Za-z0-9._]{8,64}")


def ref(source: SecretSource, locator: str) -> SecretRef:
    return SecretRef(source=source, locator=locator)


GENERATED = ref(SecretSource.GENERATED, "seoul/tunnel1")
VARIABLE = ref(SecretSource.ENVIRONMENT, "SEOUL_1")


def test_a_generated_key_keeps_awss_rule_and_is_new_each_time() -> None:
    keys = [generate() for _ in range(200)]

    assert all(AWS_RULE.fullmatch(key) for key in keys)
    assert len(set(keys)) == len(keys)


def test_a_generated_key_is_one_key_for_both_ends_and_after_a_restart(tmp_path: Path) -> None:
    first = SecretStore(tmp_path).resolve(GENERATED).reveal()

    assert SecretStore(tmp_path).resolve(GENERATED).reveal() == first
    other = ref(SecretSource.GENERATED, "seoul/tunnel2")
    assert SecretStore(tmp_path).resolve(other).reveal() != first
    assert stat.S_IMODE((tmp_path / "secrets.json").stat().st_mode) == 0o600


def test_a_variable_is_kept_for_the_agent_and_follows_a_new_value(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEOUL_1", "plantedplanted1")
    assert SecretStore(tmp_path).resolve(VARIABLE).reveal() == b"plantedplanted1"
    monkeypatch.delenv("SEOUL_1")
    assert SecretStore(tmp_path).resolve(VARIABLE).reveal() == b"plantedplanted1"
    monkeypatch.setenv("SEOUL_1", "plantedplanted2")
    assert SecretStore(tmp_path).resolve(VARIABLE).reveal() == b"plantedplanted2"
    assert stat.S_IMODE((tmp_path / "secrets.json").stat().st_mode) == 0o600


def test_a_variable_that_every_program_gets_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("TMPDIR", "Planted.0123456789")
    reference = SecretRef(source=SecretSource.ENVIRONMENT, locator="TMPDIR")
    with pytest.raises(SecretUnavailable, match="TMPDIR is given to every program"):
        SecretStore(tmp_path).resolve(reference)


def test_a_variable_and_a_generated_key_of_one_name_are_two(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("x", "plantedplanted1")
    store = SecretStore(tmp_path)

    assert store.resolve(ref(SecretSource.ENVIRONMENT, "x")).reveal() == b"plantedplanted1"
    assert store.resolve(ref(SecretSource.GENERATED, "x")).reveal() != b"plantedplanted1"


def test_a_file_gives_its_first_line(tmp_path: Path) -> None:
    path = tmp_path / "psk"
    path.write_text("  plantedplanted1 \nsecond\n")

    found = SecretStore(tmp_path).resolve(ref(SecretSource.FILE, str(path)))
    assert found.reveal() == b"plantedplanted1"
    assert not (tmp_path / "secrets.json").exists()


def test_a_secret_that_is_not_there_is_told_by_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SEOUL_1", raising=False)
    empty = tmp_path / "empty"
    empty.write_text("\n")
    store = SecretStore(tmp_path)
    for reference, said in (
        (VARIABLE, "SEOUL_1 is not set"),
        (ref(SecretSource.FILE, str(empty)), "empty is empty"),
        (ref(SecretSource.FILE, str(tmp_path / "none")), "No such file"),
        (ref(SecretSource.FILE, str(tmp_path)), "Is a directory"),
    ):
        with pytest.raises(SecretUnavailable, match=said):
            store.resolve(reference)


BROKEN = {
    "2short": "has 6 characters",
    "x" * 65: "has 65 characters",
    "0plantedplanted": "begins with 0",
    "planted planted": "has characters other than",
    "planted-planted": "has characters other than",
    "plantedplant\u00e9d": "has characters other than",
    "plantedplanted\u0661": "has characters other than",
}


@pytest.mark.parametrize("key", [*BROKEN, "\u00e9" * 7])
@pytest.mark.parametrize("source", [SecretSource.FILE, SecretSource.ENVIRONMENT])
def test_a_key_that_aws_would_not_take_is_refused_without_being_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: SecretSource, key: str
) -> None:
    path = tmp_path / "psk"
    path.write_text(key + "\n")
    monkeypatch.setenv("SEOUL_1", key)
    reference = VARIABLE if source is SecretSource.ENVIRONMENT else ref(source, str(path))

    with pytest.raises(SecretUnavailable) as refused:
        SecretStore(tmp_path).resolve(reference)

    told = str(refused.value)
    assert reference.locator in told
    assert BROKEN.get(key, "has 7 characters") in told
    assert key not in told
    assert not (tmp_path / "secrets.json").exists()


@pytest.mark.parametrize("key", ["a2345678", "_" * 64, ".0aZ_9.x"])
def test_a_key_at_the_ends_of_awss_rule_is_taken(tmp_path: Path, key: str) -> None:
    path = tmp_path / "psk"
    path.write_text(key)

    found = SecretStore(tmp_path).resolve(ref(SecretSource.FILE, str(path)))
    assert found.reveal() == key.encode()


def test_a_secret_does_not_show_itself() -> None:
    secret = Secret(b"plantedplanted1")

    assert "planted" not in f"{secret} {secret!r} {[secret]}"


@pytest.mark.parametrize(
    ("begins", "said"),
    [(b"", "more than 4096 bytes in its first line"), (b"plantedplanted1\n", None)],
)
def test_of_a_file_without_an_end_only_so_much_is_read(
    tmp_path: Path, begins: bytes, said: str | None
) -> None:
    path = tmp_path / "psk"
    with path.open("wb") as stream:
        stream.write(begins + b"x" * 5000)
        stream.truncate(1 << 40)  # 1 TiB of nothing: reading it all could not end well.
    reference = ref(SecretSource.FILE, str(path))
    if said is None:
        assert SecretStore(tmp_path).resolve(reference).reveal() == b"plantedplanted1"
        return
    with pytest.raises(SecretUnavailable, match=said):
        SecretStore(tmp_path).resolve(reference)


@pytest.mark.parametrize(
    "text", [b"", b'{"generated:seoul/tunnel1": "plantedplan', b"[]", b'{"a": 1}', b"\xff"]
)
def test_kept_keys_that_cannot_be_read_are_told_by_their_place_and_stay(
    tmp_path: Path, text: bytes
) -> None:
    path = tmp_path / "secrets.json"
    path.write_bytes(text)

    with pytest.raises(SecretUnavailable) as refused:
        SecretStore(tmp_path).resolve(GENERATED)

    assert str(path) in str(refused.value)
    assert "samepath lab down" in str(refused.value)
    assert "planted" not in str(refused.value)
    assert path.read_bytes() == text

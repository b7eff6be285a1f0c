"""Messages of charon, read: built by hand, with parts missing, and rubbish."""

from __future__ import annotations

from datetime import UTC, datetime
from ipaddress import IPv4Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samepath.drivers.errors import NotUnderstood
from samepath.drivers.ike import (
    EVENTS,
    ChildDown,
    ChildRekeyed,
    ChildUp,
    IkeDown,
    IkeRekeyed,
    IkeUp,
    LogLine,
    Message,
    parse_event,
    parse_sas,
)

NOW = datetime(2026, 1, 1, tzinfo=UTC)
CHILD: dict[str, object] = {
    "name": b"seoul-1",
    "uniqueid": b"3",
    "state": b"INSTALLED",
    "spi-in": b"c0ffee01",
    "spi-out": b"c0ffee02",
    "encr-alg": b"AES_GCM_16",
    "encr-keysize": b"256",
    "encap": b"yes",
    "bytes-in": b"10",
    "packets-in": b"1",
    "install-time": b"5",
    "rekey-time": b"3000",
    "local-ts": [b"0.0.0.0/0"],
    "remote-ts": [b"0.0.0.0/0"],
}
IKE: dict[str, object] = {
    "uniqueid": b"1",
    "version": b"2",
    "state": b"ESTABLISHED",
    "established": b"7",
    "initiator": b"yes",
    "local-host": b"192.0.0.1",
    "local-port": b"4500",
    "local-id": b"198.51.100.1",
    "remote-host": b"203.0.113.1",
    "remote-port": b"4500",
    "remote-id": b"203.0.113.1",
    "nat-remote": b"yes",
    "encr-alg": b"AES_GCM_16",
    "encr-keysize": b"256",
    "prf-alg": b"PRF_HMAC_SHA2_384",
    "dh-group": b"ECP_384",
    "child-sas": {"seoul-1-3": CHILD},
}


def event(kind: str, message: Message) -> list[object]:
    return list(parse_event(kind, message, NOW, 1.0))


def test_an_sa_with_its_child() -> None:
    (sa,) = parse_sas({"seoul-1": IKE})

    assert (sa.name, sa.state, sa.established, sa.initiator) == ("seoul-1", "ESTABLISHED", 7, True)
    assert sa.local_host == IPv4Address("192.0.0.1")
    assert (sa.nat_local, sa.nat_remote) == (False, True)
    assert sa.suite == "AES_GCM_16-256/PRF_HMAC_SHA2_384/ECP_384"
    (child,) = sa.children
    assert (child.name, child.spi_in, child.encapsulated) == ("seoul-1", "c0ffee01", True)
    assert (child.bytes_in, child.bytes_out, child.age, child.rekey_in) == (10, 0, 5, 3000)
    assert child.remote_selectors == ("0.0.0.0/0",)


def test_an_address_that_charon_does_not_know_is_the_unspecified_one() -> None:
    (sa,) = parse_sas({"x": {**IKE, "remote-host": b"%any"}})

    assert sa.remote_host == IPv4Address(0)


@pytest.mark.parametrize("key", sorted({"uniqueid", "version", "state", "local-host", "remote-id"}))
def test_an_sa_without_what_it_must_have_is_not_understood(key: str) -> None:
    with pytest.raises(NotUnderstood, match=key):
        list(parse_sas({"x": {k: v for k, v in IKE.items() if k != key}}))


@pytest.mark.parametrize(
    ("kind", "up", "down"),
    [("ike-updown", IkeUp, IkeDown), ("child-updown", ChildUp, ChildDown)],
)
def test_up_and_down(kind: str, up: type, down: type) -> None:
    (came,) = event(kind, {"up": b"yes", "seoul-1": IKE})
    (went,) = event(kind, {"seoul-1": IKE})

    assert type(came) is up
    assert type(went) is down


def test_rekeying_tells_the_old_one_and_the_new() -> None:
    newer = {**IKE, "uniqueid": b"2"}
    (ike,) = event("ike-rekey", {"seoul-1": {"old": IKE, "new": newer}})
    pair = {"old": CHILD, "new": {**CHILD, "spi-in": b"c0ffee03"}}
    (child,) = event("child-rekey", {"seoul-1": {**IKE, "child-sas": {"seoul-1": pair}}})

    assert isinstance(ike, IkeRekeyed)
    assert (ike.old.unique_id, ike.new.unique_id) == (1, 2)
    assert isinstance(child, ChildRekeyed)
    assert (child.old.spi_in, child.new.spi_in) == ("c0ffee01", "c0ffee03")


def test_a_line_of_the_log() -> None:
    line: Message = {"thread": b"7", "group": b"IKE", "level": b"1", "msg": b"text \xff"}
    (found,) = event("log", line)

    assert found == LogLine(
        at=NOW,
        monotonic=1.0,
        thread=7,
        group="IKE",
        level=1,
        ike=None,
        unique_id=None,
        text="text \ufffd",
    )


def test_an_unknown_event_is_not_understood() -> None:
    with pytest.raises(NotUnderstood, match="weather"):
        event("weather", {})


@pytest.mark.parametrize("value", [b"many", b"", b"\xff", ["1"], {}])
def test_a_number_that_is_none_is_not_understood(value: object) -> None:
    with pytest.raises(NotUnderstood, match="uniqueid"):
        list(parse_sas({"seoul-1": {**IKE, "uniqueid": value}}))


KEYS = st.sampled_from(sorted({*IKE, *CHILD, "old", "new", "up", "msg", "thread"}))
VALUES = st.sampled_from([*IKE.values(), *CHILD.values()]) | st.binary(max_size=8)
MESSAGES = st.recursive(
    st.dictionaries(KEYS, VALUES | st.lists(st.binary(max_size=4), max_size=2), max_size=6)
    | st.just(IKE)
    | st.just(CHILD),
    lambda inner: st.dictionaries(KEYS, inner | VALUES, max_size=6),
    max_leaves=8,
)


@given(kind=st.sampled_from(EVENTS), message=MESSAGES)
def test_any_message_is_read_or_not_understood(kind: str, message: Message) -> None:
    try:
        found = event(kind, message)
    except NotUnderstood as error:
        assert str(error).startswith("a message")  # noqa: PT017 - either outcome is right
    else:
        assert all(item.at == NOW for item in found if isinstance(item, IkeUp | LogLine))

"""The contract of the strongSwan driver, against two real charons on a wire.

One (left) has the address that ends in 1 and calls; the other (right) is called.
"""

from __future__ import annotations

import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from socket import AF_UNIX, SOCK_DGRAM

import pytest
from tests.drivers.daemons.worlds import ADDRESSES, World, until, wire, world

from samepath.device.swanctl.connection import Section
from samepath.drivers import strongswan
from samepath.drivers.errors import DaemonUnreachable, Refused
from samepath.drivers.ike import ChildRekeyed, ChildUp, IkeDown, IkeSa, IkeUp, LogLine, texts
from samepath.drivers.strongswan import Charon

pytestmark = pytest.mark.packet

NAME = "seoul-1"
KEY, OTHER_KEY = b"planted.key-of.both-4d1e", b"planted.key-of.one-b77c"
WITHIN = timedelta(seconds=20)
LEFT, RIGHT = ADDRESSES


@dataclass(frozen=True, kw_only=True, slots=True)
class Pair:
    """Two charons in namespaces of their own."""

    world: World
    namespaces: tuple[str, str]
    left: Charon
    right: Charon

    def log(self, name: str) -> str:
        """What the charon called ``name`` has written."""
        return (self.world.directory / "log" / f"{name}.log").read_text()


@contextmanager
def charons() -> Iterator[Pair]:
    with wire() as namespaces, world() as made:
        sockets = [
            made.charon(name, namespace)
            for name, namespace in zip(("left", "right"), namespaces, strict=True)
        ]
        with Charon(sockets[0]) as left, Charon(sockets[1]) as right:
            yield Pair(world=made, namespaces=namespaces, left=left, right=right)


@pytest.fixture(scope="module")
def shared() -> Iterator[Pair]:
    with charons() as made:
        yield made


@pytest.fixture
def pair(shared: Pair) -> Iterator[Pair]:
    """The two, with nothing loaded and nothing up; so are they afterwards."""
    yield shared
    for charon in (shared.left, shared.right):
        charon.unload(NAME)
    for charon in (shared.left, shared.right):
        charon.terminate(ike=NAME, force=True)
    until(lambda: not shared.left.sas() and not shared.right.sas())


def section(local: str, remote: str) -> Section:
    """A connection between two addresses, all traffic in its tunnel."""
    everything = ["0.0.0.0/0"]
    return {
        "version": "2",
        "local_addrs": [local],
        "remote_addrs": [remote],
        "proposals": ["aes256gcm16-prfsha384-ecp384"],
        "local": {"auth": "psk", "id": local},
        "remote": {"auth": "psk", "id": remote},
        "children": {
            NAME: {
                "local_ts": everything,
                "remote_ts": everything,
                "esp_proposals": ["aes256gcm16-ecp384"],
            }
        },
    }


def load(pair: Pair, *, left: bytes = KEY, right: bytes = KEY) -> None:
    """Load the connection at both ends, each with its key."""
    pair.left.load(NAME, section(LEFT, RIGHT), secret=left, identities=ADDRESSES)
    pair.right.load(NAME, section(RIGHT, LEFT), secret=right, identities=ADDRESSES)


def up(pair: Pair) -> tuple[IkeSa, IkeSa]:
    """Load, set up, and show both ends' SAs."""
    load(pair)
    pair.left.initiate(NAME, ike=NAME, timeout=WITHIN)
    until(
        lambda: [child.state for sa in pair.right.sas() for child in sa.children] == ["INSTALLED"]
    )
    (left,), (right,) = pair.left.sas(), pair.right.sas()
    return left, right


# ----------------------------------------------------------------------------------- configuration


def test_a_connection_is_loaded_replaced_and_unloaded_with_its_key(pair: Pair) -> None:
    assert pair.left.loaded() == frozenset()
    for _ in range(2):
        pair.left.load(NAME, section(LEFT, RIGHT), secret=KEY, identities=ADDRESSES)
        assert (pair.left.loaded(), _keys(pair.left)) == (frozenset({NAME}), frozenset({NAME}))

    for _ in range(2):
        pair.left.unload(NAME)
        assert (pair.left.loaded(), _keys(pair.left)) == (frozenset(), frozenset())


def test_a_key_of_another_name_goes_by_that_name(pair: Pair) -> None:
    pair.left.load(NAME, section(LEFT, RIGHT), secret=KEY, identities=ADDRESSES, secret_id="k")
    assert _keys(pair.left) == {"k"}
    pair.left.unload(NAME, secret_id="k")
    assert _keys(pair.left) == frozenset()


def _keys(charon: Charon) -> frozenset[str]:
    return frozenset(texts(charon._request("get-shared"), "keys"))


def test_a_section_that_charon_does_not_know_is_refused_without_the_key(pair: Pair) -> None:
    wrong: Section = {**section(LEFT, RIGHT), "versoin": "2"}
    with pytest.raises(Refused, match=r"charon refuses load-conn: .*versoin") as no:
        pair.left.load(NAME, wrong, secret=KEY, identities=ADDRESSES)

    assert KEY.decode() not in str(no.value)
    assert pair.left.loaded() == frozenset()
    assert pair.left.version()


def test_a_key_is_in_no_log(pair: Pair) -> None:
    up(pair)
    for name in ("left", "right"):
        assert NAME in pair.log(name)
        assert KEY.decode() not in pair.log(name)
        assert KEY.hex() not in pair.log(name).lower()


# ------------------------------------------------------------------------------------------- state


def test_what_is_up_is_told_alike_by_both_ends(pair: Pair) -> None:
    assert pair.left.sas() == ()
    left, right = up(pair)

    assert (left.name, left.stands, left.initiator) == (NAME, True, True)
    assert (right.name, right.stands, right.initiator) == (NAME, True, False)
    assert (str(left.local_host), left.local_id, str(left.remote_host)) == (LEFT, LEFT, RIGHT)
    assert left.suite == right.suite == "AES_GCM_16-256/PRF_HMAC_SHA2_384/ECP_384"
    (mine,), (its,) = left.children, right.children
    assert (mine.name, mine.carries, mine.encapsulated) == (NAME, True, True)
    assert (mine.spi_in, mine.spi_out) == (its.spi_out, its.spi_in)
    assert mine.suite == "AES_GCM_16-256"
    assert mine.local_selectors == mine.remote_selectors == ("0.0.0.0/0",)


def test_an_initiation_that_is_not_waited_for_comes_up_by_itself(pair: Pair) -> None:
    load(pair)
    pair.left.initiate(NAME)
    until(lambda: any(child.carries for sa in pair.left.sas() for child in sa.children))


# ------------------------------------------------------------------------------------------ action


def test_an_unknown_child_cannot_be_initiated(pair: Pair) -> None:
    with pytest.raises(Refused, match="charon refuses initiate: "):
        pair.left.initiate("osaka-1")


def test_a_wrong_key_is_refused_and_nothing_is_up(pair: Pair) -> None:
    load(pair, right=OTHER_KEY)
    with pytest.raises(Refused, match="charon refuses initiate: "):
        pair.left.initiate(NAME, ike=NAME, timeout=WITHIN)

    assert not [sa for charon in (pair.left, pair.right) for sa in charon.sas() if sa.children]
    assert "AUTHENTICATION_FAILED" in pair.log("left")
    assert "MAC mismatched" in pair.log("right")


def test_an_ike_sa_is_closed_with_its_child_and_the_second_time_there_is_none(pair: Pair) -> None:
    up(pair)
    assert pair.left.terminate(ike=NAME, timeout=WITHIN)
    assert pair.left.sas() == ()
    until(lambda: pair.right.sas() == ())

    assert not pair.left.terminate(ike=NAME, timeout=WITHIN)
    assert not pair.right.terminate(child=NAME, force=True)


def test_a_child_is_closed_and_its_ike_sa_stays(pair: Pair) -> None:
    before, _ = up(pair)
    assert pair.left.terminate(child=NAME, timeout=WITHIN)

    (sa,) = pair.left.sas()
    assert (sa.unique_id, sa.stands, sa.children) == (before.unique_id, True, ())


def test_sas_stay_when_their_connection_is_unloaded(pair: Pair) -> None:
    up(pair)
    pair.left.unload(NAME)

    (sa,) = pair.left.sas()
    assert [child.carries for child in sa.children] == [True]


def test_a_child_is_rekeyed_with_new_spis_and_what_is_not_there_is_not(pair: Pair) -> None:
    load(pair)
    with pair.left.events() as events:
        pair.left.initiate(NAME, ike=NAME, timeout=WITHIN)
        assert pair.left.rekey(child=NAME) == 1
        told = next(event for event in events if isinstance(event, ChildRekeyed))

    assert told.old.spi_in != told.new.spi_in
    assert told.new.suite.endswith("ECP_384")


# ------------------------------------------------------------------------------------------ events


def test_ups_and_downs_are_told_in_their_order_with_the_log_between(pair: Pair) -> None:
    load(pair)
    with pair.right.events() as events:
        pair.left.initiate(NAME, ike=NAME, timeout=WITHIN)
        pair.left.terminate(ike=NAME, timeout=WITHIN)
        told = []
        for event in events:
            told.append(event)
            if isinstance(event, IkeDown):
                break

    kinds = [type(event) for event in told if not isinstance(event, LogLine)]
    assert kinds.index(IkeUp) < kinds.index(ChildUp) < kinds.index(IkeDown)
    assert any(isinstance(event, LogLine) and event.group == "IKE" for event in told)
    moments = [event.monotonic for event in told]
    assert moments == sorted(moments)


def test_closing_ends_an_iteration_that_waits(pair: Pair) -> None:
    events = pair.left.events()
    heard: list[object] = []
    thread = threading.Thread(target=lambda: heard.extend(events))
    thread.start()
    events.close()
    thread.join(WITHIN.total_seconds())

    assert not thread.is_alive()


# ---------------------------------------------------------------------------------- a dead daemon

CALLS: dict[str, Callable[[Charon], object]] = {
    "load": lambda charon: charon.load(
        NAME, section(LEFT, RIGHT), secret=KEY, identities=ADDRESSES
    ),
    "unload": lambda charon: charon.unload(NAME),
    "loaded": Charon.loaded,
    "version": Charon.version,
    "sas": Charon.sas,
    "events": lambda charon: charon.events(),
    "initiate": lambda charon: charon.initiate(NAME),
    "terminate": lambda charon: charon.terminate(ike=NAME),
    "rekey": lambda charon: charon.rekey(ike=NAME),
}


def test_a_dead_charon_is_unreachable_by_every_call_and_the_next_one_is_found() -> None:
    with charons() as pair:
        pair.left.load(NAME, section(LEFT, RIGHT), secret=KEY, identities=ADDRESSES)
        with pair.left.events() as events:
            pair.world.signal("left", signal.SIGKILL)
            with pytest.raises(DaemonUnreachable, match=r"left\.vici"):
                list(events)
        for call in CALLS.values():
            with pytest.raises(DaemonUnreachable, match=r"no charon answers at .*left\.vici"):
                call(pair.left)

        pair.world.charon("left", pair.namespaces[0])
        assert pair.left.loaded() == frozenset()
        assert up(pair)[0].stands


def test_a_stopped_charon_is_given_up_in_time_and_heard_when_it_goes_on(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = pair.world.directory / "run" / "left.vici"
    with monkeypatch.context() as patched:
        patched.setattr(strongswan, "ANSWER_LIMIT", timedelta(seconds=0.2))
        pair.world.signal("left", signal.SIGSTOP)
        try:
            for question in (Charon.version, Charon.loaded, Charon.sas, Charon.events):
                with Charon(path) as charon, pytest.raises(DaemonUnreachable, match="in time"):
                    question(charon)
        finally:
            pair.world.signal("left", signal.SIGCONT)
    assert pair.left.version()


def test_whoever_has_less_patience_gives_up_earlier(pair: Pair) -> None:
    path = pair.world.directory / "run" / "left.vici"
    pair.world.signal("left", signal.SIGSTOP)
    try:
        began = time.monotonic()
        with (
            Charon(path, patience=timedelta(seconds=0.2)) as charon,
            pytest.raises(DaemonUnreachable, match="in time"),
        ):
            charon.sas()
        assert time.monotonic() - began < strongswan.ANSWER_LIMIT.total_seconds() / 2
    finally:
        pair.world.signal("left", signal.SIGCONT)


def test_where_many_wait_for_charon_one_more_waits_too(pair: Pair) -> None:
    path = pair.world.directory / "run" / "left.vici"
    with ExitStack() as stack:
        pair.world.signal("left", signal.SIGSTOP)
        try:
            with suppress(BlockingIOError):
                while True:
                    waiting = stack.enter_context(socket.socket(socket.AF_UNIX))
                    waiting.setblocking(False)
                    waiting.connect(str(path))
            goes_on = threading.Timer(0.2, pair.world.signal, ("left", signal.SIGCONT))
            goes_on.start()
            with Charon(path) as charon:
                assert charon.version()
            goes_on.join()
        finally:
            pair.world.signal("left", signal.SIGCONT)


def test_a_charon_says_nothing_to_the_journal_of_the_machine() -> None:
    with wire() as namespaces, world() as made, socket.socket(AF_UNIX, SOCK_DGRAM) as journal:
        runs = made.directory / "systemd"
        (runs / "journal").mkdir(parents=True)
        journal.bind(str(runs / "journal" / "socket"))
        # In a /run of its own, which has this world and the journal, nothing else.
        mount = f"""
            mount --bind {made.directory} /mnt && mount -t tmpfs none /run &&
            mkdir {made.directory} && mount --move /mnt {made.directory} &&
            mkdir /run/systemd && mount --bind {runs} /run/systemd && exec "$@"
        """
        control = made.charon("left", namespaces[0], "unshare", "--mount", "sh", "-ec", mount, "sh")
        with Charon(control) as left:
            until(lambda: _answers(left))
        made.processes.quit()

        assert "DMN" in (made.directory / "log" / "left.log").read_text()
        journal.setblocking(False)
        with pytest.raises(BlockingIOError):
            journal.recv(1 << 16)


def _answers(charon: Charon) -> bool:
    with suppress(DaemonUnreachable):
        return bool(charon.version())
    return False

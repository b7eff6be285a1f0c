"""What a cluster's machine does with a tunnel when it becomes active, and when it is no more."""

from __future__ import annotations

from pathlib import Path

import pytest

from samepath.drivers.errors import DaemonUnreachable
from samepath.node.tunnel_starter import BEGIN_AFTER, Keeper, LiveTunnel, has_address, tunnels_of


class Played:
    """A tunnel that writes down what is done with it."""

    def __init__(self, *, state: bool | None = False) -> None:
        self.done: list[str] = []
        self.state = state
        self.enabled = True
        self.silent = False

    def carries(self) -> bool | None:
        self._answer()
        return self.state

    def start(self) -> None:
        self._answer()
        self.done.append("start")
        self.state = None

    def forget(self) -> None:
        self._answer()
        self.done.append("forget")
        self.state = False

    def enable_session(self) -> None:
        self._answer()
        self.enabled = True

    def disable_session(self) -> None:
        self._answer()
        self.enabled = False

    def _answer(self) -> None:
        if self.silent:
            raise DaemonUnreachable("no charon answers")

    def news(self) -> list[str]:
        news, self.done = self.done, []
        return news


def test_a_takeover_forgets_starts_once_and_enables_the_session_when_the_sa_carries() -> None:
    tunnel = Played()
    keeper = Keeper(tunnel)
    assert not keeper.look(active=False)
    assert (tunnel.news(), tunnel.enabled) == (["forget"], False)

    assert keeper.look(active=True)
    assert tunnel.news() == ["forget", "start"]
    assert keeper.look(active=True)
    assert tunnel.news() == []
    tunnel.state = True
    for _ in range(BEGIN_AFTER - 1):
        assert keeper.look(active=True)
        assert not tunnel.enabled
    assert not keeper.look(active=True)
    assert not keeper.look(active=True)
    assert (tunnel.news(), tunnel.enabled) == ([], True)


def test_an_sa_that_is_lost_while_active_is_started_again() -> None:
    tunnel = Played()
    keeper = Keeper(tunnel)
    keeper.look(active=True)
    tunnel.state = True
    while keeper.look(active=True):
        continue
    tunnel.news()

    tunnel.state = False
    assert keeper.look(active=True)
    assert (tunnel.news(), tunnel.enabled) == (["start"], True)


def test_who_stands_by_forgets_once_and_keeps_a_new_bird_from_trying() -> None:
    tunnel = Played()
    keeper = Keeper(tunnel)
    keeper.look(active=True)
    tunnel.news()

    assert not keeper.look(active=False)
    assert (tunnel.news(), tunnel.enabled) == (["forget"], False)
    tunnel.enabled = True
    assert not keeper.look(active=False)
    assert (tunnel.news(), tunnel.enabled) == ([], False)


def test_a_new_process_goes_on_with_a_tunnel_that_carries() -> None:
    tunnel = Played(state=True)
    keeper = Keeper(tunnel)
    while keeper.look(active=True):
        continue
    assert (tunnel.news(), tunnel.enabled) == ([], True)


@pytest.mark.parametrize("active", [True, False])
def test_a_daemon_that_does_not_answer_is_asked_again_soon(active: bool) -> None:
    tunnel = Played()
    keeper = Keeper(tunnel)
    tunnel.silent = True
    assert keeper.look(active=active)
    tunnel.silent = False
    keeper.look(active=active)
    assert tunnel.news() == (["start"] if active else ["forget"])


def test_each_tunnel_is_named_by_three_words() -> None:
    words = ["/run/c1.vici", "seoul-1", "p_seoul_1", "/run/c2.vici", "seoul-2", "p_seoul_2"]
    bird = Path("/run/bird.ctl")
    assert list(tunnels_of(str(bird), words)) == [
        LiveTunnel(
            charon=Path(f"/run/c{number}.vici"),
            name=f"seoul-{number}",
            bird=bird,
            protocol=f"p_seoul_{number}",
        )
        for number in (1, 2)
    ]
    with pytest.raises(ValueError, match="shorter"):
        list(tunnels_of(str(bird), words[:4]))


def test_an_address_of_this_namespace_is_known_and_another_is_not() -> None:
    assert has_address("127.0.0.1")
    assert not has_address("198.51.100.1")

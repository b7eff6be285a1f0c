"""Namespaces that a crash left half made, or that go while they are looked at: the live kernel."""

from __future__ import annotations

import gc
import secrets
import warnings
from collections.abc import Callable, Iterator
from ipaddress import IPv4Address

import pytest
from tests.packet.own import own

from samepath.control.plan import Create, Delete, plan
from samepath.drivers import kernel as driver
from samepath.drivers.inside import NETNS
from samepath.drivers.kernel import KernelRefused, LiveKernel, NextHop
from samepath.linux.objects import Namespace

pytestmark = pytest.mark.packet


@pytest.fixture
def half_made() -> Iterator[tuple[LiveKernel, Namespace]]:
    """``ip netns`` makes a file and then mounts on it; here the crash came in between."""
    item = Namespace(name=f"sp-{own(secrets.token_hex(3))}")
    kernel = LiveKernel()
    NETNS.mkdir(exist_ok=True)
    (NETNS / item.name).touch()
    yield kernel, item
    kernel.delete(item)
    kernel.close()


def test_one_that_is_wanted_is_made_anew(half_made: tuple[LiveKernel, Namespace]) -> None:
    kernel, item = half_made

    assert plan([item], kernel.observe([item.name], [item])) == (Create(object=item),)
    kernel.create(item)
    assert kernel.observe([item.name], [item]) == {item}


def test_one_that_nobody_wants_is_removed(half_made: tuple[LiveKernel, Namespace]) -> None:
    kernel, item = half_made

    assert plan([], kernel.observe([item.name], [])) == (Delete(object=item),)
    kernel.delete(item)
    assert item.name not in kernel.namespaces()


def test_a_netlink_socket_leaves_no_event_loop_behind() -> None:
    """One is asked for in a namespace that is there, then has gone, then is another."""
    item = Namespace(name=f"sp-{own(secrets.token_hex(3))}")
    with warnings.catch_warnings(record=True) as left:
        warnings.simplefilter("always", ResourceWarning)
        kernel = LiveKernel()
        for _ in range(2):
            kernel.create(item)
            found = kernel.lookup(item.name, IPv4Address("127.0.0.1"))
            assert found == NextHop(device="lo", via=None)
            kernel.delete(item)
            with pytest.raises(FileNotFoundError):
                kernel._sockets.inside(item.name)
        kernel.close()
        gc.collect()
    assert [str(one.message) for one in left] == []


LOOKS: dict[str, Callable[[LiveKernel, str], object]] = {
    "observe": lambda kernel, name: kernel.observe([name], []),
    "lookup": lambda kernel, name: kernel.lookup(name, IPv4Address("192.0.2.1")),
    "counters": lambda kernel, name: kernel.counters(name, "samepath"),
}


@pytest.mark.parametrize("look", LOOKS)
def test_one_that_goes_while_it_is_looked_at_is_told_and_not_made_again(
    look: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    name, kernel = f"sp-{own(secrets.token_hex(3))}", LiveKernel()
    kernel.create(Namespace(name=name))

    def there_and_gone(name: str) -> bool:
        kernel.delete(Namespace(name=name))
        return True

    monkeypatch.setattr(driver, "is_namespace", there_and_gone)
    with pytest.raises(KernelRefused, match=name):
        LOOKS[look](kernel, name)
    assert name not in kernel.namespaces()
    kernel.close()

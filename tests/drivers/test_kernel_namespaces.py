"""Namespaces that a crash left half made, on the live kernel."""

from __future__ import annotations

import secrets
from collections.abc import Iterator

import pytest

from samepath.control.plan import Create, Delete, plan
from samepath.drivers.kernel import NETNS, LiveKernel
from samepath.linux.objects import Namespace

pytestmark = pytest.mark.packet


@pytest.fixture
def half_made() -> Iterator[tuple[LiveKernel, Namespace]]:
    """``ip netns`` makes a file and then mounts on it; here the crash came in between."""
    item = Namespace(name=f"sp-test-{secrets.token_hex(3)}")
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

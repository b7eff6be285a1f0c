"""Killed within a step, at each of its calls to the machine: the next one makes the object whole.

On the live kernel. A call that is not made any more stands for SIGKILL just before it: no step
cleans up after itself, and each call is done or not done.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from typing import Any

import pytest
from tests.drivers.kernels import Bench, live
from tests.drivers.test_kernel import KINDS

from samepath.control.plan import Change, Create, plan
from samepath.drivers import kernel as driver
from samepath.drivers import rulesets
from samepath.drivers.kernel import LiveKernel
from samepath.linux.objects import Namespace, Object

pytestmark = pytest.mark.packet


class KilledHere(BaseException):
    """Stands for kill -9."""


class Mortal:
    """Counts calls to the machine, and ends at the one that has the number ``left``."""

    def __init__(self, left: int) -> None:
        self.left = left

    def call(self, made: Callable[..., Any]) -> Callable[..., Any]:
        """``made``, as long as there is life left."""

        def counted(*words: Any, **named: Any) -> Any:  # noqa: ANN401 - as the call is
            if self.left == 0:
                raise KilledHere
            self.left -= 1
            return made(*words, **named)

        return counted

    def kernel(self, patch: pytest.MonkeyPatch) -> LiveKernel:
        """A kernel's driver whose every call counts."""
        kernel = LiveKernel()
        opened = kernel._sockets.inside

        class Socket:
            def __init__(self, namespace: str) -> None:
                self._ip = opened(namespace)

            def __getattr__(socket, name: str) -> Any:  # noqa: ANN401, N805 - self is the counter
                return self.call(getattr(socket._ip, name))

        patch.setattr(kernel._sockets, "inside", Socket)
        for module, name in (
            (driver, "in_namespace"),
            (driver, "run_inside"),
            (rulesets, "run_inside"),
        ):
            patch.setattr(module, name, self.call(getattr(module, name)))
        return kernel


def mend(bench: Bench, *wanted: Object) -> None:
    """What the next reconciliation does: look, plan, apply."""
    for step in plan(wanted, bench.kernel.observe([bench.a, bench.b], wanted)):
        match step:
            case Create(object=item):
                bench.kernel.create(item)
            case Change(object=item):
                bench.kernel.change(item)
            case _:
                bench.kernel.delete(step.object)


def placeholder_is_up(bench: Bench) -> bool:
    """Whether the name of a moved device is taken in its daemon's namespace, and up."""
    shown = subprocess.run(
        ["ip", "-n", bench.b, "-j", "-d", "link", "show", "ipsec0"],
        capture_output=True,
        text=True,
        check=False,
    )
    (link,) = json.loads(shown.stdout or "[{}]")
    return bool(link) and link["linkinfo"]["info_kind"] == "bridge" and "UP" in link["flags"]


def killed_and_mended(bench: Bench, left: int, item: Object, *rest: Object) -> bool:
    """Make ``item`` with so many calls, then reconcile; whether it was killed."""
    killed = False
    with pytest.MonkeyPatch.context() as patch:
        mortal = Mortal(left).kernel(patch)
        try:
            mortal.create(item)
        except KilledHere:
            killed = True
        mortal.close()
    both = (Namespace(name=bench.a), Namespace(name=bench.b))
    mend(bench, *both, *rest, item)
    assert bench.seen(item) == frozenset({*rest, item}) - set(both)
    return killed


@pytest.mark.parametrize("kind", KINDS)
def test_an_object_of_which_a_part_was_made_is_made_whole(kind: str) -> None:
    needs, one, _ = KINDS[kind]
    killed, left = True, 0
    while killed:
        with live() as bench:
            if kind == "tun":
                bench.open_tun(bench.b, "ipsec0")
            before = needs(bench)
            for item in before:
                bench.kernel.create(item)
            killed = killed_and_mended(bench, left, one(bench), *before)
            assert kind != "tun" or placeholder_is_up(bench), f"killed at call {left}"
        left += 1
    assert left > 1


FRESH = (
    *("net.ipv4.conf.all.rp_filter", "net.ipv4.conf.default.rp_filter"),
    *("net.ipv6.conf.all.disable_ipv6", "net.ipv6.conf.default.disable_ipv6"),
)


def state(namespace: str) -> tuple[str, ...]:
    """What every namespace of ours is to have: its settings, and whether lo is up."""
    inside = ("ip", "netns", "exec", namespace)
    settings = subprocess.check_output((*inside, "sysctl", "-n", *FRESH), text=True).split()
    (lo,) = json.loads(subprocess.check_output((*inside, "ip", "-j", "link", "show", "lo")))
    return (*settings, "lo up" if "UP" in lo["flags"] else "lo down")


def test_a_namespace_of_which_a_part_was_made_is_made_whole() -> None:
    killed, left = True, 0
    while killed:
        with live() as bench:
            bench.kernel.delete(Namespace(name=bench.a))
            killed = killed_and_mended(bench, left, Namespace(name=bench.a))
            assert state(bench.a) == ("0", "0", "1", "1", "lo up"), f"killed at call {left}"
        left += 1
    assert left > 2

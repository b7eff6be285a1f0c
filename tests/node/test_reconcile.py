"""Reconciling: round after round until nothing is to do, a failure told after the rest."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from samepath.control.plan import Create, Step, describe, outcome
from samepath.drivers.errors import Refused
from samepath.linux.objects import Bridge, ConfigFile, Namespace, Object, Sysctl
from samepath.node.reconcile import MOST_ROUNDS, NotConverging, reconcile

A, B = Namespace(name="a"), Namespace(name="b")
FORWARDING = Sysctl(namespace="a", name="net.ipv4.ip_forward", value="1")
FILE = ConfigFile(path="etc/x.conf", text="one")
BRIDGE = Bridge(namespace="a", name="br", ports=())
WANTED: frozenset[Object] = frozenset({A, B, FORWARDING, FILE, BRIDGE})


class Pretended:
    """A world in memory; ``refuses`` names a step that fails, ``loses`` what each round loses."""

    def __init__(self, there: Iterable[Object] = (), refuses: str = "", loses: int = 0) -> None:
        self.looks = 0
        self.there = frozenset(there)
        self.refuses = refuses
        self.loses = loses

    def observe(self, desired: Iterable[Object] = ()) -> frozenset[Object]:
        assert desired is not None
        self.looks += 1
        return self.there

    def apply(self, step: Step, desired: Iterable[Object]) -> None:
        assert desired == WANTED
        if describe(step) == self.refuses:
            raise Refused("no")
        if step.object == BRIDGE and self.loses > 0:
            self.loses -= 1
            return
        self.there = outcome(self.there, [step])


def test_the_world_becomes_what_is_wanted_and_a_second_time_is_nothing_to_do() -> None:
    world = Pretended([Namespace(name="old")])
    taken = reconcile(world, WANTED)

    assert world.there == WANTED
    assert describe(taken[0]) == "delete namespace old"
    assert reconcile(world, WANTED) == ()


def test_progress_is_told_before_each_step() -> None:
    told: list[tuple[int, int]] = []
    reconcile(Pretended(), WANTED, lambda done, total, _: told.append((done, total)))

    assert told == [(done, 5) for done in range(5)]


def test_a_step_that_fails_keeps_no_other_from_being_taken_and_is_told_in_the_end() -> None:
    world = Pretended(refuses="create sysctl a/net.ipv4.ip_forward")
    with pytest.raises(Refused):
        reconcile(world, WANTED)
    assert world.there == {A, B, FILE, BRIDGE}

    world.refuses = ""
    taken = reconcile(world, WANTED)
    assert [step.object for step in taken] == [FORWARDING]
    assert world.there == WANTED


def test_what_a_round_loses_the_next_one_makes() -> None:
    world = Pretended(loses=2)
    taken = reconcile(world, WANTED)

    assert world.there == WANTED
    assert [step.object for step in taken].count(BRIDGE) == 3


def test_the_last_round_may_be_the_one_that_does_it() -> None:
    world = Pretended(loses=MOST_ROUNDS - 1)
    reconcile(world, WANTED)

    assert world.there == WANTED


def test_a_world_that_never_gets_there_is_given_up_with_what_is_left() -> None:
    world = Pretended(loses=MOST_ROUNDS)
    with pytest.raises(NotConverging, match="create bridge a/br") as gave_up:
        reconcile(world, WANTED)

    assert gave_up.value.steps == (Create(object=BRIDGE),)


def test_a_round_of_objects_that_stand_alone_needs_no_second_look() -> None:
    world = Pretended([A, B, BRIDGE])
    reconcile(world, WANTED)

    assert world.there == WANTED
    assert world.looks == 1


def test_any_other_object_in_a_round_makes_it_look_again() -> None:
    world = Pretended([A, B])
    reconcile(world, WANTED)

    assert world.there == WANTED
    assert world.looks == 2

"""The forms of a policy: each does the same, and they differ in where a change stands."""

from __future__ import annotations

from hypothesis import given
from tests.device import writing_laws as laws

from samepath.device.writing.forms import REJECTS_ALL, decides, forms
from samepath.model.change import Direction
from samepath.model.policy import Changes, Conditions, Disposition, Policy, PrefixMatch, Term
from samepath.model.policy_form import normal

FIRST = Term(changes=Changes(local_preference=200), disposition=Disposition.NEXT)
SOME = Conditions(communities=("65000:1",))


@given(policy=laws.policies(Direction.IMPORT))
def test_every_form_does_what_the_policy_does(policy: Policy) -> None:
    for form in forms(policy):
        assert normal(Policy(terms=(*form, REJECTS_ALL))) == normal(policy)


@given(policy=laws.policies(Direction.IMPORT))
def test_no_form_says_that_the_rest_is_rejected_but_behind_a_term_that_goes_on(
    policy: Policy,
) -> None:
    for form in forms(policy):
        goes_on = len(form) > 1 and form[-2].disposition is Disposition.NEXT
        assert not form or form[-1] != REJECTS_ALL or goes_on


def test_a_change_for_every_route_stands_in_front_or_in_each_term() -> None:
    behind = (Term(conditions=SOME), Term(conditions=SOME, disposition=Disposition.REJECT))
    policy = Policy(terms=(FIRST, *behind, REJECTS_ALL))

    assert forms(policy)[:2] == (
        (FIRST, *behind),
        (Term(conditions=SOME, changes=FIRST.changes), behind[1]),
    )


def test_a_form_decides_if_its_last_term_takes_every_route() -> None:
    assert decides((Term(),))
    assert not decides((Term(conditions=SOME),))
    assert not decides(())


def test_communities_that_are_added_in_front_stay_there() -> None:
    first = Term(changes=Changes(add_communities=("65000:1",)), disposition=Disposition.NEXT)
    policy = Policy(terms=(first, Term(conditions=SOME), REJECTS_ALL))

    assert all(form[0] == first for form in forms(policy))


def test_everything_that_is_rejected_takes_no_term() -> None:
    inner = PrefixMatch(prefix=laws.customer().vpc[0], minimum=16, maximum=16)
    needless = Term(conditions=Conditions(prefixes=(inner,)), disposition=Disposition.REJECT)

    assert forms(Policy(terms=(needless, REJECTS_ALL))) == ((needless,), ())

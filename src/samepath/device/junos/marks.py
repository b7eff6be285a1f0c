"""What the lines of policies and lists are, now that it is known which are used."""

from __future__ import annotations

from samepath.device.junos.draft import Draft
from samepath.device.reading.source import Place
from samepath.device.reading.support import (
    UNDERSTOOD,
    Part,
    contradictory,
    irrelevant,
    not_modelled,
)


def mark_forwarding(draft: Draft) -> None:
    """Say of the policies of the forwarding table what they do."""
    for one in draft.forwarding_export:
        policy = draft.policies.get(str(one.value))
        if policy is None:
            why = f"there is no policy {one.value}, and Junos does not take the configuration"
            draft.ledger.mark(one.line, contradictory(why, {Part.TO_AWS}))
            continue
        policy.used = True
        kinds = {action.kind for term in policy.ordered() for action in term.actions}
        if not kinds <= {"load-balance", "accept"}:
            why = "a policy decides what is forwarded by"
            draft.ledger.mark(one.line, not_modelled(why, {Part.TO_AWS}))


def mark_policies(draft: Draft, reaching: set[Place]) -> None:
    """Mark the lines of policies and lists, now that it is known which are used."""
    for policy in draft.policies.values():
        odd = {line.place for line, _ in policy.odd} if policy.used else set()
        preferences = {
            action.line.place
            for term in policy.ordered()
            for action in term.actions
            if action.kind == "local_preference"
        }
        for line in policy.lines:
            if not policy.used:
                draft.ledger.mark(
                    line, irrelevant("nothing that is understood applies this policy")
                )
            elif line.place in preferences - reaching:
                why = "it does not reach a neighbour of another AS"
                draft.ledger.mark(line, irrelevant(why))
            elif line.place not in odd:
                draft.ledger.mark(line, UNDERSTOOD)
    for lists in (draft.prefix_lists, draft.communities, draft.as_paths):
        for named in lists.values():
            for line in named.lines:
                unused = irrelevant("nothing that is understood uses this list")
                draft.ledger.mark(line, UNDERSTOOD if named.used else unused)

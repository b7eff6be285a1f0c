"""Where the platforms of the family differ though they use the same words.

Of a list or a map that is named and not defined: FRR and Quagga deny (``prefix_list_apply`` and
``bgp_input_modifier`` find nothing and refuse); what IOS does depends on where the name stands, and
a reader of it should not trust either.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Dialect:
    """A platform's meaning of the common words."""

    title: str
    """What the platform is called in reasons."""
    undefined_denies: bool
    """Whether a list or map that is not defined refuses everything; else nobody should rely on it."""
    same_kind_replaces: bool
    """Whether a second ``match`` of a kind takes the first one's place; else either will do."""
    lengths_exceed: bool = False
    """Whether ``ge`` and ``le`` of a prefix list have to exceed the prefix's own length."""
    sets_at_end: bool = False
    """Whether a route map changes a route only when it has ended."""
    redistributes_plainly: bool = False
    """Whether a redistribution takes a metric and a map, and nothing else."""
    one_list: bool = False
    """Whether a condition names one list only."""
    member_needs_as: bool = False
    """Whether a neighbour without an AS may only join a group that has one."""
    deny_goes_on: bool = False
    """Whether a clause that denies may say that a route goes on."""
    last_decides: bool = True
    """Whether a route that a clause has sent on, and no later one takes up, is denied."""

"""Repair: the smallest change of a topology after which nothing is dropped, proven state by state.

The connections that back one another up form a group (:mod:`~samepath.routing.repair.groups`), and
groups are repaired one by one. What a repair has to reach is its goal
(:mod:`~samepath.routing.repair.goal`); the changes that may reach it are designs, listed from the
smallest on (:mod:`~samepath.routing.repair.designs`); the first one that reaches the goal in every
failure state is the repair (:mod:`~samepath.routing.repair.search`). In which order its statements
are typed is decided last (:mod:`~samepath.routing.repair.steps`).

It must not hold: anything that is believed and not analysed. A design is a proposal, whatever its
author thought; the verdicts on the changed topology decide.
"""

from samepath.routing.repair.goal import RepairMode
from samepath.routing.repair.whole import GroupRepair, Repair, Result, repair

__all__ = ["GroupRepair", "Repair", "RepairMode", "Result", "repair"]

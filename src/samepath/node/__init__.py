"""The agent of one machine: observe, plan, apply, report.

``lab up``, ``connect`` and the service's agent are this package with intent from a file, from
AWS's XML, and from the service. There is no other path by which samepath creates a namespace, a
process, a route or a rule.

It must not hold: decisions (those are ``control``'s) or anything about where intent comes from.
"""

"""Writing Junos: a neighbour's policy as commands, and a whole customer gateway.

Commands are those of configuration mode, and mean nothing before ``commit``. The policy of a
neighbour is a chain of policy statements, of which the innermost level that names some takes the
place of the others' (the neighbour, its group, all of BGP). So a neighbour can have a chain of its
own without a copy of anything: what is new for it alone stands in a statement in front.
"""

"""``samepath check``: which tunnel each direction takes in every failure state, and what drops.

What is shown is decided in :mod:`samepath.routing.grouping` and :mod:`samepath.cli.check.lines`,
which print nothing; the command prints.
"""

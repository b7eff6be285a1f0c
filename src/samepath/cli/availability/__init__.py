"""``samepath availability``: which share of the time a design has no working way, to be expected.

What is computed is decided in :mod:`samepath.routing.availability`. What is shown of it is decided
in :mod:`samepath.cli.availability.lines`, which prints nothing; the command prints.
"""

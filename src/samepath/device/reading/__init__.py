"""Reading what somebody's device is configured to do: text in, values out.

What every platform's reader shares lives here: lines and their places, the five states of a line,
the grammar of command lines, routing policy, and the value that all readers return. A platform is a
folder beside this one, and a line in :mod:`samepath.device.readers`.

This package must not hold: the words of one platform.
"""

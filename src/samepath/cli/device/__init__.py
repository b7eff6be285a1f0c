"""``samepath device``: what is understood of a device's configuration.

Here are the words and the form of what is printed; what is read is decided in
:mod:`samepath.device`.
"""

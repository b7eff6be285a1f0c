"""Writing devices: a policy, or a whole customer gateway, in the words of each platform.

What is written is read again by the platform's reader (:mod:`samepath.device.readers`), and has to
come to what was meant: a writer is believed no more than a reader is.

It must not hold: the words of one platform. Those lie in the platform's own folder.
"""

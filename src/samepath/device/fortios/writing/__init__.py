"""Writing FortiOS: an amended policy, or a whole FortiGate, as commands of its CLI.

``text`` makes blocks of commands, ``device`` finds what a policy is made of, ``rules`` says what a
rule of a route map takes, ``amending`` and ``site`` write; ``typed`` is what the device has then.
"""

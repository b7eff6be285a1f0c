"""What a Linux machine holds for a VPN: the vocabulary that is both desired and observed.

A plan is the difference between two sets of these values, so the same type says what somebody
wants (``control``), what is there (``drivers`` observe it) and what is to be made (``node``
applies it).

This package must not hold: I/O, decisions, or anything of a VPN's meaning.
"""

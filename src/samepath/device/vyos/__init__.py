"""VyOS, and EdgeOS, which comes from the same root: reading ``set`` commands, or ``config.boot``.

VyOS renders its configuration for FRR, so that its BGP, its maps and its lists are those of the
family (:mod:`samepath.device.ios_family`) in other words. Text only.
"""

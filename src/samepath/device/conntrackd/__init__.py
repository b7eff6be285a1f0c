"""conntrackd: rendering what the machines of a cluster share of their sessions.

Text only: no daemon is started or asked here.
"""

"""Junos: reading what a Juniper router or firewall is configured to do.

``statements`` makes one tree of both of Junos's forms, ``groups`` lets it inherit, ``commands`` says
what each statement is, and the other modules what they mean together.
"""

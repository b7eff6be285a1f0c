"""BIRD 2: rendering the speakers of a gateway and of a customer gateway.

Text only: no daemon is started or asked here.
"""

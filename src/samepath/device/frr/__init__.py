"""FRR 8: rendering a customer gateway's router.

Text only: no daemon is started or asked here.
"""

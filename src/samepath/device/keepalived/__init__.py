"""keepalived: rendering a customer gateway's part in VRRP.

Text only: no daemon is started or asked here.
"""

"""What AWS tells of a VPN: its descriptions read, and made a topology.

AWS's answers (``describe-vpn-connections`` and its like), its customer gateway configuration (XML)
and Terraform's view of the same become an :class:`~samepath.aws.inventory.Inventory`. What these
leave open is assumed, and each assumption is said.

This package must not hold: files, sockets, AWS's client or its credentials (drivers have them), or
anything of a device's own configuration. It imports nothing of samepath but the model.
"""

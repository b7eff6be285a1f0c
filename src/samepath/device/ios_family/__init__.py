"""The words that IOS, FRR and Quagga have in common: BGP, route maps, lists.

A platform of the family takes what it has of these commands, adds its own, and says in a
:class:`~samepath.device.ios_family.dialect.Dialect` where it means something else by the same words.
"""

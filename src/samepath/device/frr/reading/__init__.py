"""FRR and Quagga: reading ``frr.conf``, or the files of each daemon together.

Text only. What FRR itself makes of a configuration is compared in the tests.
"""

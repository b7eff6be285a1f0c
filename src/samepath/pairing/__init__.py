"""The two ends of a VPN, paired: what AWS tells of it, and what its devices are configured to do.

A description of AWS leaves the customer's end open, a device's configuration AWS's. Here the
neighbours and tunnels of devices are matched with AWS's tunnels, and both become one topology: with
the devices' policies, and with the line of a file for what a prediction says of them. What does not
match, what no topology can hold and what a reader did not understand is told. And such a topology
becomes one that a lab can run (a rehearsal), with a sentence for whatever stands for something else.

This package must not hold: files or sockets, a platform's syntax (``samepath.device`` reads it), or a
decision on which way packets go (``samepath.routing``).
"""

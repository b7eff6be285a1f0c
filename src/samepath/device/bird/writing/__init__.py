"""Writing BIRD: a neighbour's policy as a difference of its file, and a whole customer gateway.

BIRD's configuration is a file that it reads anew (``birdc configure``), and not a list of commands:
a patch is a difference of that file. What stands in it stays as it is written, remarks and all.
"""

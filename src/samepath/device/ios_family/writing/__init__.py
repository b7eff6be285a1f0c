"""Writing route maps, in the words that IOS, FRR and Quagga have in common.

A change has several forms: lines of a clause, a further clause, a map of its own. Each that may do
is written, and the shortest one is taken that its reader reads as what was meant.
"""

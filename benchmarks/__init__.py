"""What samepath reaches, measured: ``make bench``.

A *scenario* measures its *arms* by turns in one run, ours and the control it is compared with, so
that a slow minute of the machine falls on both. Every sample is kept; the summary, its percentiles
and the verdict against each aim are computed from the samples alone.

It must not hold anything that the product needs: it looks at a lab as its user does.
"""

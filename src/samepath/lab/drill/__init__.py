"""The drill: bring each failure state about in a lab, and see whether it is as it was predicted.

:mod:`staging` says how a state is brought about, :mod:`comparison` how what was measured is held
against what was predicted, :mod:`course` how loss and events come onto one axis, and :mod:`record`
what is kept of a drill; all are pure. :mod:`drill` breaks, waits and measures.

It must not correct either side: a prediction is made before the lab is built, and what was measured
stands as it is.
"""

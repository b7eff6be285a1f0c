"""Availability: which share of the time a pair of networks has no working way, to be expected.

The model, and what it rests on:

*Components.* Each thing that fails (:class:`~samepath.routing.availability.figures.ComponentKind`)
is an alternating renewal process: it works for MTBF on average, then is down for MTTR on average.
In the long run it is down for the share u = MTTR / (MTBF + MTTR) of the time, whatever the two
distributions are, and fails u / MTTR times in a unit of time (Birolini, Reliability Engineering,
2007, 6.2.5 and A7.3). MTBF is the mean operating time between failures (IEC 60050-192). Components
are independent of each other, so the probability of a state is the product of u of those that are
down and 1 - u of the others.

*Common cause.* Like components that stand in for each other are not independent. The beta factor is
the fraction of their failures that hits all of them (IEC 61508-6, annex D; NUREG/CR-5485). Here one
more component fails them all, for the share beta u of the time, and each fails alone for the share
(1 - beta) u / (1 - beta u) of the rest. That is NUREG/CR-5485's split of a component's probability,
so that one of them taken for itself is down for exactly u; to the first order in u it is IEC
61508-6's split of the rate, too. With beta = 1 redundancy is worth nothing, with 0 they are
independent. It is never taken for granted: every figure of what may be redundant says its beta.

*Outage.* What a state means to a pair is predicted as ``samepath check`` does
(:mod:`samepath.routing.evaluator`): it is an outage if the new flows of either end do not pass, be
it that nothing is left, that routes lead nowhere, or that a firewall drops an asymmetric flow. So
redundancy counts as far as routing makes use of it, and a failure may also *end* an outage. Where
the verdict is undetermined, or what has returned last decides, the outage is a range from 0 to 1.

*States.* A component whose failure alone leaves nothing that could carry a flow is *fatal*: no
further failure mends that, so all states in which one of them is down are an outage, exactly. Of the
others each state with none, one or two down is predicted. The probability of more is known exactly
(the distribution of their number), and is added to the upper end of the range.

*Switches.* A state tells what holds once everybody has noticed. Until then packets vanish: for each
change into a state that works there is a gap, which ``samepath drill`` measures. The expected share
of the time is the sum of how often a change happens times its gap. A change whose gap nobody has
measured is told with its frequency and adds nothing. Where a repair ends an outage, what it takes
until traffic runs again belongs to MTTR.

*Planned work* is a share of the time in which one component is down for certain, one at a time,
while all others may fail as ever.

This package must not hold: a figure of any component that is presented as a fact.
"""

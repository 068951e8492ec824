"""
What is on its way, held against how it really comes: beyond what was expected, on another day, or in parts of which
each has a day.

``surplus`` reads; ``rescheduling`` writes the days of an ``Inbound``, ``dividing`` those and the quantities of one that
it parts.
"""

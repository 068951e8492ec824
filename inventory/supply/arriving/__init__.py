"""
What is on its way, held against how it really comes: beyond what was expected, or in parts of which each has a day.

``surplus`` reads; ``dividing`` writes the quantities and days of an ``Inbound`` that it parts.
"""

"""
The cards of Today: what stands at the head of each role's morning, each a link into the list it counts.

Writes nothing; what it counts it remembers for half a minute.
"""

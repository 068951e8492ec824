"""
What people asked for: the only writer of ``DemandEntry`` and its roll-up, of what events lifted, and of what a group
has in common.
"""

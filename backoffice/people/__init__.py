"""
Who works here: let in, sign in, where they live, what they may do, and what stays when they leave. The only writer of
users, of ``OwnZone`` and of what the groups may do.
"""

"""
Who works here: let in, sign in, where they live, which keys they use, what they may do, and what stays when they leave.
The only writer of users, of ``OwnZone``, of ``LettersOff`` and of what the groups may do.
"""

"""
Sending mail: what a letter is, one sender over every table of letters, the brake, how far a conversation with a mail
server came and what its answer is about. It declares no table; of those that are letters it writes what became of each.
"""

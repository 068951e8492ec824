"""
Sending mail: how far a conversation with a mail server came, and what its answer is about. It writes no table.
"""

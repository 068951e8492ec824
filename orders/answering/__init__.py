"""
"Where is my order?": one sentence, one window, why, whose turn it is, what would be sooner, and all that happened.
Reads only.
"""

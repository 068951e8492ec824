"""
Days, places, numbers and the one window of a line, the way they are said on every screen and in every mail. Writes
nothing.
"""

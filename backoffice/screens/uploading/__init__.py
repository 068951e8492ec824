"""Screens for files on their way in: choose, look, say how it is to be read, load."""

"""Scratch databases filled with a shop of any size, by the million; dropped at the end."""

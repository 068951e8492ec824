"""
From bytes to rows of text: what kind of file it is, how it is parted, which sheet, and how much of it is too much.
Writes nothing.
"""

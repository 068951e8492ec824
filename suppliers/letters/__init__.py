"""
Orders that go to their suppliers by mail: what such a letter says, its paper and its sheet, and when one is written.
The only writer of ``OrderLetter``; what became of each the one sender writes.
"""

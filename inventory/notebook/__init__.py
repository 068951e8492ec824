"""
What people write down, whose turn it is, lists as somebody likes them, and what a person must decide: the only writer
of ``Note``, ``Assignment``, ``SavedView`` and ``Alert``. Any use case of any app may call it, last in its transaction.
"""

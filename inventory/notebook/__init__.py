"""
What people write down, whose turn it is, who follows what, lists as somebody likes them, and what a person must decide:
the only writer of ``Note``, ``Follow``, ``Assignment``, ``SavedView`` and ``Alert``. Any use case of any app may call
it, last in its transaction.
"""

"""
Orders that were placed unpaid: their units are kept for a while, then free; paid late they ask anew; never paid they
are canceled.

The only writer of ``OrderPayment`` and of ``Order.is_unpaid``.
"""

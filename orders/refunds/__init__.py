"""
What is owed back to customers, from the event that owes it until somebody has paid it: no money moves here.

The only writer of ``Refund``, ``RefundLine`` and ``Repayment``.
"""

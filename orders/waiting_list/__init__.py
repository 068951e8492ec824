"""
The restock list: who asks to be told, what they are told, and when an offer is over. The only writer of
``RestockRequest``, ``RestockLetter`` and ``RestockList``, with the waves themselves (``orders.allocation.offering``),
which are held in the transaction that frees their units, and the sender.
"""

"""
What customers are owed to hear: facts, the mails they become, and the calls. The only writer of ``Notice`` and
``NoticeLine``, with the sender (``inventory.ground.post``), which writes what became of each notice.
"""

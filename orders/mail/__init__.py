"""
What customers are owed to hear: facts, the mails they become, and what became of those. The only writer of ``Notice``,
``NoticeLine`` and ``MailBrake``.
"""

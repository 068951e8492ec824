"""
The date we stand by, told or typed, and the time that moves it: the only writer of ``Promise`` and ``promised_date``.
"""

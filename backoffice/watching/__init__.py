"""
Does the shop go on? What stands still is found here and told to those who look after it. The only writer of ``Trouble``
and ``ClockTick``.
"""

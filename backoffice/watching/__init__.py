"""
Does the shop go on? What stands still is found here and written to those who look after it. The only writer of
``Trouble``, ``ClockTick`` and ``StaffLetter``, with the sender, which writes what became of a letter.
"""

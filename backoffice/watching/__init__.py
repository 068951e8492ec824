"""
Does the shop go on, and what waits for a person? What stands still is found here and written to those who look after
it; what must be decided becomes an alert, and stops to be one; who wants it gets one mail a day of what they follow.
The only writer of ``Trouble``, ``ClockTick``, ``DailyMail`` and ``StaffLetter``, with the sender, which writes what
became of a letter.
"""

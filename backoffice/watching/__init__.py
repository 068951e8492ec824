"""
Does the shop go on, and what waits for a person? What stands still is found here and written to those who look after
it; what must be decided becomes an alert, and stops to be one. The only writer of ``Trouble``, ``ClockTick`` and
``StaffLetter``, with the sender, which writes what became of a letter.
"""

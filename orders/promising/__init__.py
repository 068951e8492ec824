"""
Promises by hand, and the time that moves them: dates that people type, the night's sweep, the day by which a buyer must
order. It writes through ``orders.allocation`` alone.
"""

"""
The reorder points, every night, and what they would be if something were otherwise: the only writer of
``ForecastState``, ``ForecastLine``, ``ReorderPolicy``, ``PolicyChange`` and ``ReorderBlock``.
"""

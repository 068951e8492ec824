"""
What became of what customers were told, and the figures of it, week by week; drawn and explained on one page.

Alone writes ``OrderOutcome``, ``LineOutcome``, ``ArrivalForecast`` and ``WeeklyFigure``; ``night`` is its door.
"""

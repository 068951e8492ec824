"""What ``manage.py backtest`` replays of both sides: would the dates, and the risks, have been right? Reads only."""

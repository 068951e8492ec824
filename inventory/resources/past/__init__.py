"""
Files of the past: sales, demand and what a backtest replays. Reads files; ``inventory.demand`` writes what they say.
"""

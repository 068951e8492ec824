"""
A believable shop, made from a seed: what ``manage.py demo`` shows.

Products, suppliers and customers are written as a loader would write them. Everything that happens to them, from
the first purchase order two seasons ago to the mail of this morning, goes through the real use cases, each at
its own moment in the past; nothing here writes a quantity, a date or a state.
"""

"""Screens for new dates: of one inbound, of a whole purchase order or order, from a pasted column."""

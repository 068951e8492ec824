"""Parcels that left, and what came back of them: their lists, and what can be done to them. Writes nothing."""

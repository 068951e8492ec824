"""Placing, receiving, slipping, looking, and the night, beside a long queue."""

"""Placing, receiving and looking, beside a long queue."""

"""The channels by which orders come in, and orders that are paid after they were placed."""

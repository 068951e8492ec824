"""The pages of an order and of a customer that are read first: the answer, its lines, its story."""

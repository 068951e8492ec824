"""Where things are and go besides: the addresses of customers, and the warehouse in Berlin."""

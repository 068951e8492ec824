"""On which days a warehouse works, and counting in them; pure, on the library `holidays`."""

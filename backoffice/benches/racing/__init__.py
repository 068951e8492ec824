"""Many processes at once: deeds of every kind, and what the ledger says after them."""

"""Do the books balance, and is there a copy of them? Reads every table, repairs none; writes backups."""

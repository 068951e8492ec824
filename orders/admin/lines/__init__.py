"""What can be done to lines of the queue: each operation, its page, what it shows before. Writes nothing by itself."""

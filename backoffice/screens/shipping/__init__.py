"""The shipping desk at a browser: what can leave, batches with their papers and numbers, and their handing over."""

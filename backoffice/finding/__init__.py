"""The palette and the way around: any order, customer, product or mail by any part of it. Reads only."""

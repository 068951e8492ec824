"""A restock list under load: thousands who ask, few units, workers that are killed; and what that leaves behind."""

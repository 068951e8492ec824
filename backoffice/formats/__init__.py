"""How dates are written, by language: short, and the same on every screen."""

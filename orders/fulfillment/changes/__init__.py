"""What changes of an order that was placed, until it has shipped: terms, where it goes, further products, a stop."""

"""What changes of an order that was placed, until it has shipped: its terms, where it goes, further products."""

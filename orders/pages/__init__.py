"""
The customer's own page of an order, behind a signed link: what they see (GET, changes nothing) and decide (POST, once).

Writes ``PageAct``, ``Consent``, ``PageLinks`` and what a customer wants to hear; what an act does to an order is a use
case of ``orders.fulfillment``.
"""

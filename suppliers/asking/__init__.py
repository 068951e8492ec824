"""
Suppliers are asked whether what they confirmed has left: when, about which lines, and what they answered.
The only writer of ``AskedDate``.
"""

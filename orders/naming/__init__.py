"""
An order from names, as files, forms and channels hand it in: whom, what and which order do they mean? Every door asks
here. It writes ``Customer`` and ``CustomerKey`` of a file or a channel.
"""

from .customers import Customers
from .named import NamedCustomer, NamedLine, NamedOrder, Objection
from .references import is_another, placed_before
from .resolving import Resolution, Resolved, resolve

__all__ = [
    "Customers",
    "NamedCustomer",
    "NamedLine",
    "NamedOrder",
    "Objection",
    "Resolution",
    "Resolved",
    "is_another",
    "placed_before",
    "resolve",
]

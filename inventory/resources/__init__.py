"""
What can be loaded from files into inventory. Each resource says its columns, checks a sheet without writing
anything, and applies what it found through the domain.
"""

from . import inbound, products, stock
from .past import history
from .plan import Plan, Resource, in_words, rows_of

RESOURCES = [products.RESOURCE, stock.RESOURCE, inbound.RESOURCE, history.RESOURCE]

__all__ = ["RESOURCES", "Plan", "Resource", "in_words", "rows_of"]

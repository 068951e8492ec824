"""What staff type to name a customer, a product or a new order, looked up by its key. Fields for forms."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from inventory import known
from inventory.ground import keys
from inventory.models import Product
from orders.naming import Customers, Objection, customers


class WhoField(forms.CharField):
    """Whom an order is for, as it is typed: an address; or our number of somebody, for one who has none."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.TextInput(attrs={"class": "vTextField", "inputmode": "email"}))
        super().__init__(**{"max_length": 254, "label": "Customer’s e-mail", **kwargs})

    def clean(self, value: Any) -> Any:
        typed = super().clean(value)
        return customers.typed(typed) if typed else None


class CustomerField(WhoField):
    """A customer who is known, looked up as an order looks them up."""

    def clean(self, value: Any) -> Any:
        named = super().clean(value)
        if named is None:
            return None
        [who] = Customers.known([named]).who
        if isinstance(who, Objection):
            raise ValidationError(who.words)
        return who


class SkuField(forms.CharField):
    """A product that is known, by its SKU in any case."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"max_length": 64, "label": "SKU", **kwargs})

    def clean(self, value: Any) -> Product | None:
        typed = super().clean(value)
        product = Product.find(typed) if typed else None
        if typed and product is None:
            raise ValidationError(known.unknown(typed))
        return product


class ReferenceField(forms.CharField):
    """What an order is called: as it is kept, and not what a spreadsheet has made of it."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"max_length": 80, **kwargs})

    def clean(self, value: Any) -> str:
        typed = keys.clean(super().clean(value))
        if not typed:
            raise ValidationError("Enter what the order is called.")
        if wrong := keys.damage(typed):
            raise ValidationError(f"“{typed}” is {wrong}. Enter the real number.")
        return typed

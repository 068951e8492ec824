"""What staff type to name a customer, a product or a new order, looked up by its key. Fields for forms."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from inventory.ground import keys
from inventory.models import Product
from orders.models import Customer

NUMBER = "#"


class CustomerField(forms.CharField):
    """A customer who is known, by their address; or by their number, for one who has no address."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.TextInput(attrs={"class": "vTextField", "inputmode": "email"}))
        super().__init__(**{"max_length": 254, "label": "Customer’s e-mail", **kwargs})

    def clean(self, value: Any) -> Customer | None:
        typed = super().clean(value)
        if not typed:
            return None
        number = typed.removeprefix(NUMBER)
        if typed.startswith(NUMBER) and number.isdecimal() and number.isascii() and len(number) < 19:
            found = Customer.objects.filter(pk=number).first()
        else:
            found = Customer.find(typed)
        if found is None:
            raise ValidationError("There is no customer with this address. Add them under Customers first.")
        return found


class SkuField(forms.CharField):
    """A product that is known, by its SKU in any case."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"max_length": 64, "label": "SKU", **kwargs})

    def clean(self, value: Any) -> Product | None:
        typed = super().clean(value)
        product = Product.find(typed) if typed else None
        if typed and product is None:
            raise ValidationError(f"There is no product with the SKU “{typed}”.")
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

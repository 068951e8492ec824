"""What staff type to name a customer, a product, a new order, or where one goes. Fields for forms."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q

from inventory import known
from inventory.ground import keys
from inventory.models import Product
from orders.fulfillment import Address
from orders.fulfillment.labels import NUMBER_SIGNS, no_number, number
from orders.models import Customer, CustomerAddress
from orders.models.address import FIELDS
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


def meant(text: str) -> Q:
    """Ask for the customer who is meant by what was typed; nothing is looked up before somebody asks."""
    named = customers.typed(text.strip())
    if named.pk is not None:
        return Q(pk=named.pk)
    return Customer.named(named.email) if named.email else Q(pk__in=())


class KnownAddressField(forms.ModelChoiceField):  # type: ignore[type-arg]
    """One of the addresses of a customer."""

    def __init__(self, customer: Q, **kwargs: Any) -> None:
        own = CustomerAddress.objects.filter(customer__in=Customer.objects.filter(customer))
        super().__init__(own, **{"required": False, "label": "Ship to", **kwargs})
        self.error_messages["invalid_choice"] = "This is no address of this customer any more. Choose again."


def address_fields(prefix: str = "") -> dict[str, forms.Field]:
    """Give the fields of an address, each as long as it may be; that there is a country is for the form to ask."""
    return {f"{prefix}{name}": field for name, field in forms.fields_for_model(CustomerAddress, FIELDS).items()}


def address(cleaned: Mapping[str, Any], prefix: str = "") -> Address:
    """Give the address that was chosen as ``known``, or else the one that was typed."""
    known: CustomerAddress | None = cleaned.get("known")
    return Address(**{name: str(getattr(known, name) if known else cleaned[f"{prefix}{name}"]) for name in FIELDS})


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


class TrackingField(forms.CharField):
    """The number of a parcel, typed or scanned: as it is kept, and not the heading of its column."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"required": False, "max_length": NUMBER_SIGNS, **kwargs})

    def clean(self, value: Any) -> str:
        typed = number(super().clean(value))
        if wrong := no_number(typed):
            raise ValidationError(f"“{typed}” is {wrong}, and no tracking number.")
        return typed

"""A purchase order that a buyer types in: products of one supplier, for one warehouse."""

from datetime import datetime
from typing import Any

from django import forms
from django.contrib.auth.models import User

from inventory.models import Warehouse
from suppliers import purchasing
from suppliers.models import Offer, PurchaseOrder, Supplier


class DraftForm(forms.Form):
    supplier = forms.ModelChoiceField(Supplier.objects.all())
    warehouse = forms.ModelChoiceField(Warehouse.objects.filter(is_open=True), label="For warehouse")


def propose(form: DraftForm, lines: Any, *, by: User, at: datetime) -> PurchaseOrder:
    """
    Put the lines into the draft of this supplier and warehouse.

    :raises purchasing.UnknownOffer: if the supplier does not offer one of the products
    """
    supplier, warehouse = form.cleaned_data["supplier"], form.cleaned_data["warehouse"]
    wanted = lines.filled()
    offers = dict(
        Offer.objects.filter(
            supplier=supplier, is_active=True, product__in=[line["product"] for line in wanted]
        ).values_list("product_id", "pk")
    )
    missing = [line["product"].sku for line in wanted if line["product"].pk not in offers]
    if missing:
        raise purchasing.UnknownOffer(f"{supplier} has no active offer for {', '.join(missing)}.")
    drafts = [
        purchasing.DraftLine(
            offer_id=offers[line["product"].pk],
            warehouse_id=warehouse.pk,
            quantity=line["units"],
            reason=f"Entered by {by.get_username()}.",
        )
        for line in wanted
    ]
    [order] = purchasing.propose(drafts, by=by, at=at)
    return order

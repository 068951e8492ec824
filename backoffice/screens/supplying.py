"""
From a line to its supply: the purchase order that covers it; where nothing does, an order that is filled in, or an
offer where nobody is known to ask.
"""

from collections.abc import Sequence

from django.contrib import messages
from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.db.models import Sum
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.http import urlencode
from django.utils.safestring import SafeString

from inventory.desk import careful
from inventory.desk.careful import numbers
from inventory.desk.operations import person
from inventory.desk.tables import address, link
from inventory.formulas.quantities import order_quantity
from inventory.models import Inbound, LeadTime, Product
from orders.models import OrderLine
from suppliers import unsent
from suppliers.models import Offer, PurchaseOrderLine

ORDER, OFFER = "suppliers.add_purchaseorder", "suppliers.add_offer"


def order_product(request: HttpRequest, pk: int, *, site: AdminSite) -> HttpResponse:
    """
    Lead to a purchase order of what is not covered; of a product that nobody offers, to a new offer of it.

    What was approved and is not sent is named, and not asked for again.
    """
    by = person(request)
    if not by.has_perm(ORDER):
        raise PermissionDenied
    product = careful.found(Product.objects.all(), pk)
    offer = _offer(product)
    if offer is None:
        if not by.has_perm(OFFER):
            raise PermissionDenied
        return _to("suppliers_offer_add", product=product.pk)
    approved = unsent.approved([product.pk]).get(product.pk, [])
    if approved:
        messages.warning(request, _approved(product, approved))
    units = _units(product, offer, sum(each.units for each in approved))
    filled: dict[str, str | int] = {"supplier": offer.supplier_id, "sku": product.sku, "units": units}
    place = numbers(request.GET.get("warehouse", ""), 1)
    return _to("suppliers_purchaseorder_add", **filled, **({"warehouse": place[0]} if place else {}))


def inbound_order(request: HttpRequest, pk: int, *, site: AdminSite) -> HttpResponse:
    """Lead to the purchase order that units come with; to what is on its way if it is none, or none of the reader's."""
    row = careful.found(Inbound.objects.all(), pk)
    ordered = PurchaseOrderLine.objects.filter(inbound=row).values_list("purchase_order", flat=True).first()
    places = [("suppliers_purchaseorder_change", ordered)] if ordered else []
    for name, number in (*places, ("inventory_inbound_change", row.pk)):
        if url := address(name, number)[0]:
            return HttpResponseRedirect(url)
    raise PermissionDenied


def _offer(product: Product) -> Offer | None:
    """The offer of whom lead times count on; else any that is active."""
    offers = list(Offer.objects.filter(product=product, is_active=True).select_related("supplier").order_by("pk"))
    senders = set(LeadTime.objects.filter(product=product).values_list("sender", flat=True))
    return next((each for each in offers if each.supplier.name in senders), offers[0] if offers else None)


def _approved(product: Product, found: Sequence[unsent.ApprovedUnits]) -> SafeString:
    units = sum(each.units for each in found)
    orders = format_html_join(
        ", ", "{}", ((link(each.reference, "suppliers_purchaseorder_change", each.order_id),) for each in found)
    )
    said = f"{units:,} {product.sku} {'is' if units == 1 else 'are'} approved and not sent"
    return format_html("{}: {}. Send that first; the units below come on top.", said, orders)


def _units(product: Product, offer: Offer, approved: int) -> int:
    """What waits without supply, and is not approved, in whole packs; at least one that can be ordered."""
    waiting = OrderLine.objects.filter(product=product, is_held_back=False, is_stopped=False, uncovered__gt=0)
    units = waiting.aggregate(units=Sum("uncovered", default=0))["units"]
    wanted = order_quantity(max(1, units - approved), minimum=offer.minimum, pack=offer.pack, capacity=offer.capacity)
    return max(1, int(wanted))


def _to(name: str, **filled: str | int) -> HttpResponse:
    return HttpResponseRedirect(f"{reverse(f'admin:{name}')}?{urlencode(filled)}")

"""Suppliers and what they offer."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from inventory.desk.base import WHOLE, Desk
from inventory.desk.tables import Table, chip, day, lines, link, money, named, number, shown
from inventory.formulas.calendars import public_holidays
from inventory.ground import currencies, keys
from inventory.models import Product
from inventory.models.folded import meant
from inventory.night import popular
from suppliers.models import Offer, PriceBreak, PurchaseOrder, Supplier

from . import closing
from .purchase_page import priced_in

RECENT = 50
LEAST = {"order_cost": 0, "freight": 0, "review_days": 1}
"""What files take at least, too."""


class SupplierForm(forms.ModelForm):
    def clean_code(self) -> str:
        """Take what files would take, and no second one that they could mean by it; what stands may stay."""
        typed: str = self.cleaned_data["code"]
        code = keys.clean(typed)
        if "code" not in self.changed_data:
            return typed
        if wrong := keys.damage(typed):
            raise forms.ValidationError(f"“{typed}” is {wrong}, as programs leave it. Enter the real one.")
        others = Supplier.objects.exclude(pk=self.instance.pk).order_by("pk").values_list("code", flat=True)
        if other := next((each for each in others if keys.key(each) == keys.key(code)), None):
            raise forms.ValidationError(f"“{code}” is there already, as “{other}”.")
        return code

    def clean_country(self) -> str:
        if "country" not in self.changed_data:
            return str(self.cleaned_data["country"])
        try:
            return public_holidays.known(self.cleaned_data["country"], "")[0]
        except public_holidays.NoSuchHolidays as why:
            raise forms.ValidationError(str(why)) from why

    def clean_currency(self) -> str:
        """What orders were sent in stays what they are in."""
        currency: str = self.cleaned_data["currency"].strip().upper()
        if currency and (told := currencies.objection(currency)):
            raise forms.ValidationError(f"{told}.")
        was = self.initial.get("currency", "")
        if (
            was
            and currency != was
            and PurchaseOrder.objects.filter(supplier=self.instance).exclude(sent_at=None).exists()
        ):
            raise forms.ValidationError(f"Orders in {was} were sent to this supplier. Make a new one for {currency}.")
        return currency

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        own, rate = settings.SHOP_CURRENCY, cleaned.get("rate")
        if cleaned.get("currency", "") in {"", own} and rate and rate != 1:
            self.add_error("rate", "This supplier is paid in the shop's own currency, so the rate is 1.")
        if cleaned.get("is_on_hold") and not cleaned.get("hold_reason"):
            self.add_error("hold_reason", "Say why this supplier is on hold; buyers will ask.")
        return cleaned


@admin.register(Supplier)
class SupplierAdmin(Desk):
    is_written_on = True
    form = SupplierForm
    list_display = ("name", "code", "email", "offers_count", "state", "cost", "freight_cost")
    list_filter = ("is_on_hold",)
    list_select_related = False
    search_fields = ("name",)
    search_help_text = "Any part of the name, the code or the e-mail address."
    fieldsets = (
        (None, {"fields": (("code", "name"), ("email", "country", "is_asked"), ("is_on_hold", "hold_reason"))}),
        ("Terms", {"fields": (("approval_days", "review_days"), ("order_cost", "freight"), ("currency", "rate"))}),
    )
    operations = closing.OPERATIONS

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name in LEAST:
            kwargs["min_value"] = LEAST[db_field.name]
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Supplier]:
        rows: QuerySet[Supplier] = (
            super().get_queryset(request).annotate(offers_active=Count("offers", filter=Q(offers__is_active=True)))
        )
        return rows

    def recognize(self, term: str) -> Q:
        return Supplier.found_by(term)

    @admin.display(description="offers")
    def offers_count(self, row: Any) -> SafeString:
        return number(row.offers_active)

    @admin.display(description="state", ordering="is_on_hold")
    def state(self, row: Supplier) -> SafeString:
        return chip(f"on hold: {row.hold_reason}", "amber") if row.is_on_hold else chip("active", "green")

    @admin.display(description="cost of an order", ordering="order_cost")
    def cost(self, row: Supplier) -> SafeString:
        return number(money(row.order_cost, row.money))

    @admin.display(description="freight", ordering="freight")
    def freight_cost(self, row: Supplier) -> SafeString:
        return number(money(row.freight, row.money))

    def tables(self, request: HttpRequest, row: Supplier) -> list[Table]:
        offers = Offer.objects.filter(supplier=row).select_related("product").prefetch_related("prices")
        shown = list(offers.order_by("product__sku")[:RECENT])
        popular.mark(offer.product for offer in shown)
        orders = PurchaseOrder.objects.filter(supplier=row).select_related("warehouse")
        return [
            closing.table(row.closures.order_by("-starts_on", "-pk")[:RECENT]),
            Table(
                "Offers",
                ("Product", "Name", "MOQ", "Pack", "Prices", "Quoted, days", "Learned, days", "From deliveries"),
                [
                    (
                        named(
                            link(offer.product, "suppliers_offer_change", offer.pk),
                            is_popular=offer.product.is_popular,
                        ),
                        offer.product.name,
                        offer.minimum,
                        offer.pack,
                        prices(offer, row.money),
                        offer.quoted_days,
                        learned(offer),
                        offer.observed,
                    )
                    for offer in shown
                ],
                empty="No offer yet: add one under Offers, or load a file of them.",
                numbers=("MOQ", "Pack", "Quoted, days", "From deliveries"),
            ),
            Table(
                "Purchase orders, newest first",
                ("Order", "For", "State", "Proposed", "Sent"),
                [
                    (
                        link(order, "suppliers_purchaseorder_change", order.pk),
                        order.warehouse.code,
                        order.words,
                        day(order.proposed_at),
                        day(order.sent_at),
                    )
                    for order in orders[:20]
                ],
                empty="Nothing was ordered from them yet.",
            ),
        ]


def prices(offer: Offer, currency: str) -> SafeString:
    """Write the price breaks of an offer; they come prefetched."""
    return lines(f"{shown(money(each.unit_price, currency))} from {each.minimum:,}" for each in offer.prices.all())


def learned(offer: Offer) -> str:
    if offer.mean_days is None or offer.sd_days is None:
        return ""
    return f"{offer.mean_days:.1f} ± {offer.sd_days:.1f}"


class PriceInline(admin.TabularInline):
    model = PriceBreak
    formfield_overrides = WHOLE
    extra = 0
    min_num = 1

    def get_formset(self, request: HttpRequest, obj: Offer | None = None, **kwargs: Any) -> Any:
        formset = super().get_formset(request, obj, **kwargs)
        if "unit_price" in formset.form.base_fields:
            currency = obj.supplier.money if obj else None
            formset.form.base_fields["unit_price"].label = priced_in("Unit price", currency)
        return formset


@admin.register(Offer)
class OfferAdmin(Desk):
    list_display = ("item", "name", "supplier", "unit_prices", "moq", "pack_size", "quoted", "time", "is_active")
    list_filter = ("is_active", "supplier")
    list_select_related = ("product", "supplier")
    search_fields = ("product__sku",)
    search_help_text = "Any part of a product or a supplier, or a supplier’s whole SKU."
    ordering = ("product_id", "supplier_id")
    autocomplete_fields = ("product", "supplier")
    fieldsets = (
        (None, {"fields": (("product", "supplier"), ("supplier_sku", "is_active"))}),
        ("Terms", {"fields": (("minimum", "pack", "capacity"), "quoted_days")}),
        ("What deliveries taught", {"fields": (("mean", "spread", "observed"),)}),
    )
    readonly_fields = ("mean", "spread", "observed")
    inlines = (PriceInline,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Offer]:
        return super().get_queryset(request).select_related("product", "supplier").prefetch_related("prices")

    def recognize(self, term: str) -> Q:
        return Q(supplier_sku=term) | meant(term, product=Product, supplier=Supplier)

    @admin.display(description="name")
    def name(self, row: Offer) -> str:
        return row.product.name

    @admin.display(description="learned lead time")
    def mean(self, row: Offer) -> str:
        return "–" if row.mean_days is None else f"{row.mean_days:.1f} days"

    @admin.display(description="its spread")
    def spread(self, row: Offer) -> str:
        return "–" if row.sd_days is None else f"{row.sd_days:.1f} days"

    @admin.display(description="prices")
    def unit_prices(self, row: Offer) -> SafeString:
        return prices(row, row.supplier.money) or chip("no price", "red")

    @admin.display(description="MOQ", ordering="minimum")
    def moq(self, row: Offer) -> SafeString:
        return number(row.minimum)

    @admin.display(description="pack", ordering="pack")
    def pack_size(self, row: Offer) -> SafeString:
        return number(row.pack)

    @admin.display(description="quoted, days", ordering="quoted_days")
    def quoted(self, row: Offer) -> SafeString:
        return number(row.quoted_days)

    @admin.display(description="learned, days", ordering="mean_days")
    def time(self, row: Offer) -> str:
        return learned(row)

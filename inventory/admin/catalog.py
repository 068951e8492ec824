"""Products: what is sold."""

from collections import defaultdict
from collections.abc import Iterable
from functools import partial
from typing import Any

from django.contrib import admin
from django.db.models import IntegerField, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from inventory.desk.base import Desk
from inventory.desk.operations import Elsewhere, person
from inventory.desk.tables import Table, link, money, named, number, window
from inventory.models import Inbound, LeadTime, Owed, Product, ReorderPolicy, Stock, Warehouse

from . import chart, whatif
from .points import chance_chip, parts_table

RECENT = 20
"""Inbound that the page of a product shows; the rest stands in the list."""
SEES_COST = ("suppliers.view_offer", "suppliers.view_purchaseorder")
"""Who may look at one of these knows what a product costs."""


def units_of(rows: QuerySet[Any], column: str, *, per: str = "product") -> Coalesce:
    """Sum a column of rows that belong to the one at hand, 0 where there are none."""
    own = rows.filter(**{per: OuterRef("pk")}).order_by().values(per).annotate(units=Sum(column)).values("units")
    return Coalesce(Subquery(own, output_field=IntegerField()), Value(0))


@admin.register(Product)
class ProductAdmin(Desk):
    is_written_on = True
    list_display = ("item", "name", "group", "on_hand", "available", "coming", "owed", "sells", "price_shown")
    list_filter = ("backorder_policy", "is_discontinued")
    search_fields = ("sku",)
    search_help_text = "Any part of the SKU, or words of the name."
    ordering = ("sku",)
    list_select_related = False
    change_form_template = "admin/inventory/product/change_form.html"
    elsewhere = (Elsewhere("What if…", "inventory_product_whatif", "inventory.view_reorderpolicy"),)
    fieldsets = (
        (None, {"fields": (("sku", "name"), ("group", "is_discontinued"), ("price", "cost"))}),
        ("When it is out of stock", {"fields": ("backorder_policy", ("backorder_limit", "covered_days"))}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Product]:
        rows: QuerySet[Product] = (
            super()
            .get_queryset(request)
            .annotate(
                units_here=units_of(Stock.objects.all(), "on_hand"),
                units_free=units_of(Stock.objects.all(), "available"),
                units_coming=units_of(Inbound.objects.open(), "outstanding"),
                units_owed=units_of(Owed.objects.all(), "units"),
            )
        )
        return rows

    def get_fieldsets(self, request: HttpRequest, obj: Product | None = None) -> Any:
        """What a known product costs is for whoever may see what suppliers ask for it."""
        fieldsets = super().get_fieldsets(request, obj)
        if obj is None or any(person(request).has_perm(name) for name in SEES_COST):
            return fieldsets
        return [(title, {**how, "fields": _without_cost(how["fields"])}) for title, how in fieldsets]

    def get_readonly_fields(self, request: HttpRequest, obj: Product | None = None) -> tuple[str, ...]:
        # a twin of an older product is known by nothing yet: a new SKU makes it one of its own
        return ("sku",) if obj and obj.key is not None else ()

    def has_delete_permission(self, request: HttpRequest, obj: Product | None = None) -> bool:
        """A product that was ever sold is discontinued, not deleted."""
        return False

    def recognize(self, term: str) -> Q:
        return Product.found_by(term)

    def product_of(self, row: Product) -> Product:
        return row

    @admin.display(description="SKU", ordering="sku")
    def item(self, row: Product) -> SafeString:
        return named(row.sku, is_popular=row.is_popular)

    @admin.display(description="on hand")
    def on_hand(self, row: Any) -> SafeString:
        return number(row.units_here)

    @admin.display(description="available")
    def available(self, row: Any) -> SafeString:
        return number(row.units_free)

    @admin.display(description="coming")
    def coming(self, row: Any) -> SafeString:
        return number(row.units_coming)

    @admin.display(description="owed")
    def owed(self, row: Any) -> SafeString:
        return number(row.units_owed)

    @admin.display(description="when out of stock", ordering="backorder_policy")
    def sells(self, row: Product) -> str:
        if row.is_discontinued:
            return "discontinued"
        words: str = row.get_backorder_policy_display()
        return words.partition(":")[0]

    @admin.display(description="price", ordering="price")
    def price_shown(self, row: Product) -> SafeString:
        return number(money(row.price))

    def get_urls(self) -> list[URLPattern]:
        supposing = self.admin_site.admin_view(partial(whatif.show, self))
        return [path("<int:pk>/what-if/", supposing, name="inventory_product_whatif"), *super().get_urls()]

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        if (row := kwargs.get("obj")) and _sees_policies(request):
            code = request.GET.get(chart.PLACE)
            drawn = chart.of(row, _known_policies(request, row), code=code, today=timezone.localdate())
            context |= {"timeline": drawn, "parts": parts_table(drawn.policy) if drawn and drawn.policy else None}
        return super().render_change_form(request, context, *args, **kwargs)

    def tables(self, request: HttpRequest, row: Product) -> list[Table]:
        policies = _known_policies(request, row)
        reorder = [_policies(policies)] if _sees_policies(request) else []
        coming = list(Inbound.objects.open().filter(product=row).select_related("warehouse").in_arrival_order())
        return [_places(row, policies, coming, reorders=bool(reorder)), *reorder, _coming(coming), _around(row)]


def _without_cost(fields: Any) -> list[Any]:
    rows = (row if isinstance(row, list | tuple) else (row,) for row in fields)
    return [[name for name in row if name != "cost"] for row in rows]


def _sees_policies(request: HttpRequest) -> bool:
    return bool(person(request).has_perm(whatif.PERMISSION))


def _known_policies(request: HttpRequest, product: Product) -> list[ReorderPolicy]:
    """Read the reorder points of a product, for whoever may see them."""
    if not _sees_policies(request):
        return []
    return list(ReorderPolicy.objects.filter(product=product).select_related("warehouse", "product"))


def _places(product: Product, policies: list[ReorderPolicy], open_inbound: list[Inbound], *, reorders: bool) -> Table:
    """Stock, supply and debt of the product, warehouse by warehouse."""
    stock = {row.warehouse_id: row for row in Stock.objects.filter(product=product).select_related("warehouse")}
    coming: dict[int, int] = defaultdict(int)
    for inbound in open_inbound:
        coming[inbound.warehouse_id] += inbound.outstanding
    debts = list(Owed.objects.filter(product=product).select_related("warehouse"))
    owed: dict[int, int] = defaultdict(int)
    for debt in debts:
        owed[debt.warehouse_id] += debt.units
    by_place = {policy.warehouse_id: policy for policy in policies}
    times = {time.warehouse_id: time for time in LeadTime.objects.filter(product=product)}
    reorder_columns = ("Reorder at", "Runs out") if reorders else ()
    holders: Iterable[Any] = (*stock.values(), *open_inbound, *debts, *policies)
    places: set[Warehouse] = {row.warehouse for row in holders}
    return Table(
        "Stock by warehouse",
        ("Warehouse", "On hand", "Set aside", "Available", "Coming", "Owed", *reorder_columns, "Lead time"),
        [
            (
                place.code,
                here.on_hand if (here := stock.get(place.pk)) else 0,
                here.allocated if here else 0,
                here.available if here else 0,
                coming[place.pk],
                owed[place.pk],
                *(
                    (
                        _point(by_place.get(place.pk)),
                        _runs_out(by_place.get(place.pk), stock.get(place.pk), owed[place.pk]),
                    )
                    if reorders
                    else ()
                ),
                _days(times.get(place.pk), product, place),
            )
            for place in sorted(places, key=lambda place: (place.rank, place.pk))
        ],
        empty="No warehouse has it, expects it or owes it. It appears here with its first delivery, count or order.",
        numbers=("On hand", "Set aside", "Available", "Coming", "Owed", "Reorder at"),
    )


def _runs_out(policy: ReorderPolicy | None, here: Stock | None, owed: int) -> Any:
    units = here.on_hand - here.held - here.stopped if here else 0
    return chance_chip(policy.stockout_chance if policy else None, here=units, owed=owed) if policy or owed else ""


def _policies(policies: list[ReorderPolicy]) -> Table:
    """Say when it is ordered again, and why; the parts stand on the page of the reorder point."""
    return Table(
        "When it is ordered again",
        ("Warehouse", "Class", "Reorder at", "Up to", "Safety stock", "Why"),
        [
            (
                policy.warehouse.code,
                f"{policy.abc}{policy.xyz}",
                _point(policy),
                policy.order_up_to,
                policy.safety_stock,
                policy.explanation,
            )
            for policy in policies
        ],
        empty="No reorder point has been computed yet; the next nightly run does.",
        numbers=("Reorder at", "Up to", "Safety stock"),
    )


def _point(policy: ReorderPolicy | None) -> Any:
    if policy is None:
        return ""
    page = link(f"{policy.reorder_point:,}", "inventory_reorderpolicy_change", policy.pk)
    return format_html('<span class="number">{}</span>', page)


def _days(time: LeadTime | None, product: Product, place: Warehouse) -> str:
    if time is None:
        return link("nobody supplies it", "order_product", product.pk, warehouse=place.pk)
    return f"{time.likely_days:.0f}–{time.safe_days:.0f} days, {time.sender}"


def _coming(rows: list[Inbound]) -> Table:
    return Table(
        "Coming",
        ("Reference", "From", "To", "Outstanding", "Promised to customers", "Arrives"),
        [
            (
                link(row.reference, "inventory_inbound_change", row.pk),
                row.sender,
                row.warehouse.code,
                row.outstanding,
                row.committed,
                window(row.likely_date, row.safe_date) or "no date",
            )
            for row in rows[:RECENT]
        ],
        empty="Nothing is on its way.",
        numbers=("Outstanding", "Promised to customers"),
    )


def _around(product: Product) -> Table:
    """Where to look next."""
    return Table(
        "More about it",
        ("List", "What it shows"),
        [
            (link("Waiting lines", "orders_backorder_changelist", sku=product.sku), "who waits for it, in queue order"),
            (
                link("Offers", "suppliers_offer_changelist", product__id__exact=product.pk),
                "who supplies it, at what price and how fast",
            ),
            (
                link("Movements", "inventory_movement_changelist", product__id__exact=product.pk),
                "every change of stock, and why",
            ),
        ],
    )

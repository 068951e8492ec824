"""Orders: read by whoever answers a caller, placed by customer service, shipped, canceled."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from operator import attrgetter
from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString

from inventory.desk import once
from inventory.desk.base import Kept
from inventory.desk.entry import asked, product_lines
from inventory.desk.lists import across
from inventory.desk.operations import MOST_ROWS, Elsewhere, ask, person
from inventory.desk.tables import chip, day, link, number
from inventory.ground.plurals import plural
from inventory.models import Inbound, Product
from inventory.models.folded import holding, meant
from orders.answering import briefs, chronicle, finding, payments, spoken, why
from orders.fulfillment import ready
from orders.models import Allocation, Customer, Order, OrderLine, OrderStop, PageAct, Refund, Shipment
from orders.naming import Resolved
from orders.queue import questions

from . import order_entry
from .customers import units_of
from .lines import operations as line_operations
from .order_changes import AddProduct, ChangeAddress, ChangeTerms
from .order_operations import PICK, PICK_LABEL, ShipOrders, pick
from .order_stops import LetGoOn, StopOrder
from .paying import refunds
from .paying.operations import MarkPaid
from .service import pages
from .service.links import WithdrawLinks, own_page

OTHERS = 10
"""Other open orders of a customer that the page of one counts."""


class Stands(admin.SimpleListFilter):
    title = "state"
    parameter_name = "is"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            ("waiting", "Waiting"),
            ("here", "Something can ship"),
            ("open", "Open"),
            ("stopped", "Stopped"),
            ("unpaid", "Unpaid"),
            ("done", "Done"),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Order]) -> QuerySet[Order]:
        lines = OrderLine.objects.filter(order=OuterRef("pk"))
        match self.value():
            case "waiting":
                return queryset.filter(Exists(lines.backordered()))
            case "here":
                return queryset.filter(Exists(lines.filter(questions.QUESTIONS["ship"].ask(timezone.now()))))
            case "open":
                return queryset.filter(Exists(lines.filter(open__gt=0)))
            case "stopped":
                return queryset.filter(Exists(lines.filter(open__gt=0, is_stopped=True)))
            case "unpaid":
                return queryset.filter(Exists(lines.filter(open__gt=0)), is_unpaid=True)
            case "done":
                return queryset.exclude(Exists(lines.filter(open__gt=0)))
        return queryset


@admin.register(Order)
class OrderAdmin(pages.ReadFirst, Kept):
    is_written_on = True
    service_template = "admin/orders/order/page.html"
    names_orders = False
    list_display = ("reference", "customer", "placed", "ordered", "here", "waits", "stands", "warehouse", "channel")
    list_filter = (Stands, "warehouse", "placed_at", "is_ship_complete")
    list_select_related = ("customer", "warehouse")
    search_fields = ("reference",)
    search_help_text = "Any part of a number, a customer, a product, a parcel or a purchase order; several at once."
    operations = (
        ShipOrders(),
        MarkPaid(),
        ChangeTerms(),
        ChangeAddress(),
        AddProduct(),
        StopOrder(),
        LetGoOn(),
        WithdrawLinks(),
    )
    elsewhere = (
        Elsewhere(
            "Its parcels…",
            "orders_shipment_changelist",
            "orders.lose_shipment",
            applies=attrgetter("units_shipped"),
            query="q=reference",
        ),
        *(
            Elsewhere(
                each.label,
                f"orders_backorder_{each.name}",
                each.permission,
                applies=attrgetter("units_waiting" if each.needs_waiting else "units_open"),
                query="order=pk",
            )
            for each in line_operations.ALL
            if each.is_for_order
        ),
    )
    actions = ("cancel",)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        actions = super().get_actions(request)
        if not person(request).has_perm(ShipOrders.permission):
            return actions
        return actions | {PICK: (pick, PICK, PICK_LABEL)}

    def has_add_permission(self, request: HttpRequest) -> bool:
        return bool(person(request).has_perm("orders.add_order"))

    def has_cancel_permission(self, request: HttpRequest) -> bool:
        return bool(person(request).has_perm(line_operations.CancelUnits.permission))

    @admin.action(description="Cancel units…", permissions=["cancel"])
    def cancel(self, request: HttpRequest, orders: QuerySet[Order]) -> HttpResponse | None:
        """Show the open lines of these orders on the page that cancels units."""
        chosen = list(orders.order_by("pk").values_list("pk", flat=True)[: MOST_ROWS + 1])
        if len(chosen) > MOST_ROWS:
            self.message_user(request, across.TOO_MANY, messages.WARNING)
            return None
        return HttpResponseRedirect(f"{reverse('admin:orders_backorder_cancel')}?order={','.join(map(str, chosen))}")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Order]:
        rows: QuerySet[Order] = (
            super()
            .get_queryset(request)
            .select_related("customer", "warehouse", "ship_to", "payment", "page_links")
            .annotate(
                units_ordered=units_of("quantity", per="order"),
                units_open=units_of("open", per="order"),
                units_here=units_of("allocated", per="order"),
                units_waiting=units_of("backordered", per="order"),
                units_shipped=units_of("shipped", per="order"),
                is_stopped=Exists(OrderLine.objects.filter(order=OuterRef("pk"), open__gt=0, is_stopped=True)),
                was_decided=Exists(PageAct.objects.filter(order=OuterRef("pk"))),
                has_stop=Exists(OrderStop.objects.filter(order=OuterRef("pk"), ended_at=None)),
            )
        )
        return rows

    def recognize(self, term: str) -> Q:
        return (
            Order.meant_by(term)
            | meant(term, customer=Customer)
            | holding(Shipment, term, to="order", pk=Shipment)
            | holding(OrderLine, term, to="order", product=Product)
        )

    def wider(self, term: str) -> Q:
        return holding(Allocation, term, to="line__order", inbound=Inbound) | finding.orders(term)

    @admin.display(description="placed", ordering="placed_at")
    def placed(self, row: Order) -> str:
        return day(row.placed_at)

    @admin.display(description="units")
    def ordered(self, row: Any) -> SafeString:
        return number(row.units_ordered or 0)

    @admin.display(description="here")
    def here(self, row: Any) -> SafeString:
        return number(row.units_here or 0)

    @admin.display(description="waiting")
    def waits(self, row: Any) -> SafeString:
        return number(row.units_waiting or 0)

    @admin.display(description="state")
    def stands(self, row: Any) -> SafeString:
        if not row.units_open:
            return chip("shipped", "green") if row.units_shipped else chip("canceled", "gray")
        if row.has_stop:
            return chip("stopped", "violet")
        if row.is_unpaid:
            return chip("not paid in time", "violet") if row.is_stopped else chip("unpaid", "amber")
        if row.is_stopped:
            return chip("paid late", "red")
        if row.units_waiting:
            return chip("partly waiting" if row.units_here or row.units_shipped else "waiting", "amber")
        if ready.is_later(row, at=timezone.now()):
            return chip(f"wanted on {date_format(row.wanted_date)}", "gray")
        return chip("ready to ship", "green")

    # --- its page ----------------------------------------------------------------------

    def answer(self, request: HttpRequest, row: Order, *, kind: str, at: datetime) -> pages.Answer:
        briefing = briefs.of_order(row.pk, at=at)
        return pages.Answer(
            spoken.of_order(row, briefing, today=timezone.localdate(at)),
            briefing,
            chronicle.of_order(row.pk, kind=kind),
            row.reference,
        )

    def facts(self, request: HttpRequest, row: Any, *, at: datetime) -> dict[str, Any]:
        lines = OrderLine.objects.filter(order=OuterRef("pk"), open__gt=0)
        there = getattr(row, "ship_to", None)
        others = Order.objects.filter(Exists(lines), customer=row.customer_id).exclude(pk=row.pk)
        return {
            "who": pages.who(row.customer, country=str(there.country) if there else "", at=at),
            "stopped": _why_stopped(row, at) if row.has_stop else "",
            "payment": payments.in_words(getattr(row, "payment", None)),
            **own_page(request, row),
            "refunds": refunds.owed_to(Refund.objects.filter(order=row), at=at),
            "others": _others(row, len(others.order_by().values_list("pk")[: OTHERS + 1])),
        }

    def does(self, request: HttpRequest, row: Order, answer: pages.Answer) -> Sequence[tuple[str, str]]:
        return self.buttons(request, row)

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Place an order for a customer."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        at = timezone.now()
        form = asked(order_entry.OrderForm, request)
        lines = product_lines(order_entry.PricedLine, request, rows=order_entry.NamedLines)
        form.fields["reference"].initial = order_entry.new_reference(at)

        def place(found: Resolved) -> HttpResponse:
            order = order_entry.place(found, form, by=person(request), at=at)
            if order.placed_at == at:
                self.log_addition(request, order, "Placed.")
                self.message_user(request, f"{order} is placed for {order.customer}.")
            else:
                self.message_user(request, order_entry.placed_before(order), messages.WARNING)
            return HttpResponseRedirect(self.page_url([order]))

        is_valid = form.is_bound and form.is_valid() & lines.is_valid()
        found = order_entry.resolve(form, lines, at=at) if is_valid else None
        if found and (answer := once.act(request, form, partial(place, found), *order_entry.REFUSALS)):
            return answer
        return ask(
            self.admin_site,
            request,
            title="Place an order",
            explanation="Each line gets its units, its place in the queue and its date at once; who must wait is told.",
            form=form,
            lines=lines,
            folded=("Where it goes", form.where),
            tables=[lines.table(("SKU", "Units", f"{_price()} (empty: as listed)"), ("sku", "units", "price"))],
            submit="Place the order",
            more="More rows",
            back=self.list_url(),
            opts=self.opts,
        )


def _why_stopped(row: Order, at: datetime) -> str:
    stops = OrderStop.objects.filter(order=row, ended_at=None).select_related("owner")
    return "".join(why.stop_in_words(stop, timezone.localdate(at)) for stop in stops)


def _others(row: Order, count: int) -> SafeString:
    """Say how many other orders of its customer are open, as far as they were counted; their page has them all."""
    if not count:
        return format_html("{}", "no other open order")
    number = f"more than {OTHERS}" if count > OTHERS else f"{count}"
    return link(f"{number} {plural(count, 'other open order')}", "orders_customer_change", row.customer_id)


def _price() -> str:
    return ", ".join(filter(None, ("Price", settings.SHOP_CURRENCY)))

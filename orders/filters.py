"""The questions staff ask of the backorder queue; also the parameters of its export and of links into it."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import django_filters as filters
from django.contrib.auth.models import User
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone

from inventory.desk.columns import Sort
from inventory.desk.lists import days
from inventory.models import Inbound, Product, Warehouse
from inventory.models.folded import holding, meant, narrowed
from inventory.notebook import assignments

from .answering import finding
from .models import UNPINNED, Allocation, Backorder, BackorderCause, Customer, Order, OrderLine, OrderLineQuerySet
from .models.stops import CAUSES

AGES: Mapping[str, tuple[str, int, int | None]] = {
    "0-3": ("0–3 days", 0, 3),
    "4-7": ("4–7 days", 4, 7),
    "8-14": ("8–14 days", 8, 14),
    "15-21": ("15–21 days", 15, 21),
    "22-30": ("22–30 days", 22, 30),
    "31-45": ("31–45 days", 31, 45),
    "46": ("46 days and more", 46, None),
}
"""Whole days from the order, first and last."""

SOME = 1_000
"""Products that the start of a SKU may stand for; a shorter one would be no question."""


def aged(age: str, *, at: datetime, lines: str = "") -> Q:
    """Ask for lines of an age (``AGES``); ``lines`` leads to them, where other rows are asked."""
    _, first, last = AGES[age]
    asked = Q(**{f"{lines}placed_at__lte": at - timedelta(days=first)})
    return asked if last is None else asked & Q(**{f"{lines}placed_at__gt": at - timedelta(days=last + 1)})


class BackorderFilter(filters.FilterSet):
    """
    Narrow the queue.

    ``who`` asks; ``at`` is now: ages and past promises are counted from it; ``is_wide``: ``q`` found nothing;
    ``sorts``: the orders that its columns offer.
    """

    q = filters.CharFilter(method="by_anything", label="Order, customer, product, inbound")
    sku = filters.CharFilter(method="by_sku", label="SKU")
    customer = filters.CharFilter(method="by_customer", label="Customer")
    order = filters.CharFilter(field_name="order__reference", label="Order")
    inbound = filters.CharFilter(method="by_inbound", label="Inbound or sender")
    warehouse = filters.ModelChoiceFilter(
        field_name="order__warehouse", queryset=Warehouse.objects.all(), empty_label="Warehouse: any", label="Warehouse"
    )
    age = filters.ChoiceFilter(
        method="by_age", choices=[(key, row[0]) for key, row in AGES.items()], empty_label="Age: any", label="Age"
    )
    promised = filters.DateFromToRangeFilter(
        field_name="promised_date",
        label="Promised",
    )
    promised_for = filters.ChoiceFilter(
        method="by_day",
        choices=[(day, days.WORDS[day][0]) for day in days.AHEAD],
        empty_label="any day",
        label="Promised for",
    )
    priority = filters.ChoiceFilter(
        method="by_priority",
        choices=[("raised", "Priority: raised"), ("pinned", "Priority: pinned")],
        empty_label="Priority: any",
        label="Priority",
    )
    turn = filters.ChoiceFilter(
        method="by_turn", choices=list(assignments.WHOSE.items()), empty_label="Whose turn: any", label="Whose turn"
    )
    cause = filters.ChoiceFilter(
        method="by_cause",
        choices=[*CAUSES, ("suggested", "Cause: only suggested"), ("none", "Cause: none")],
        empty_label="Cause: any",
        label="Cause",
    )
    never_told = filters.BooleanFilter(field_name="told_at", lookup_expr="isnull", label="Never told")
    no_date = filters.BooleanFilter(field_name="promised_date", lookup_expr="isnull", label="No date")
    past_promise = filters.BooleanFilter(method="by_past_promise", label="Past promise")
    sort = filters.ChoiceFilter(method="in_order", empty_label="In queue order", label="Order of the list")

    class Meta:
        model = Backorder
        fields: list[str] = []

    def __init__(
        self,
        data: Any = None,
        *,
        queryset: QuerySet[Any],
        who: User,
        at: datetime,
        sorts: Mapping[str, Sort],
        is_wide: bool = False,
    ) -> None:
        self.who, self.at, self.is_wide, self.sorts = who, at, is_wide, sorts
        super().__init__(data, queryset=queryset)
        self.filters["sort"].extra["choices"] = [(sort.name, sort.label) for sort in sorts.values()]

    @property
    def parameters(self) -> set[str]:
        """The names that an address may hold: of a range, one for each of its ends."""
        return {
            f"{name}_{suffix}" if suffix else name
            for name, field in self.form.fields.items()
            for suffix in getattr(field.widget, "suffixes", [""])
        }

    @property
    def is_asked(self) -> bool:
        """Whether the list is narrowed at all."""
        return any(value not in (None, "") for name, value in self.form.cleaned_data.items() if name != "sort")

    def by_anything(self, lines: OrderLineQuerySet, name: str, value: str) -> OrderLineQuerySet:
        """Narrow to lines whose order, product or customer holds all words; widely: each some, or an inbound."""
        if self.is_wide:
            return narrowed(lines, holding(Allocation, value, to="line", inbound=Inbound) | finding.lines(value))
        return narrowed(lines, meant(value, order=Order, product=Product, order__customer=Customer))

    def by_sku(self, lines: OrderLineQuerySet, name: str, value: str) -> OrderLineQuerySet:
        return lines.filter(product__in=self._products(value.strip()))

    def by_customer(self, lines: OrderLineQuerySet, name: str, value: str) -> OrderLineQuerySet:
        return lines.filter(meant(value, order__customer=Customer))

    def by_inbound(self, lines: OrderLineQuerySet, name: str, value: str) -> OrderLineQuerySet:
        text = value.strip()
        inbound = Inbound.objects.filter(Q(reference__iexact=text) | Q(sender__icontains=text)).values("pk")
        return lines.filter(pk__in=Allocation.objects.filter(inbound__in=inbound).values("line"))

    def by_age(self, lines: OrderLineQuerySet, name: str, value: str) -> OrderLineQuerySet:
        if AGES[value][2] is not None and lines.query.order_by[:1] == ("pin_rank",):
            # The young stand at the end of the queue: sort these few, rather than walk the queue up to them.
            lines = lines.order_by(F("pin_rank") + 0, *lines.query.order_by[1:])
        return lines.filter(aged(value, at=self.at))

    def by_day(self, lines: OrderLineQuerySet, name: str, value: str) -> OrderLineQuerySet:
        return lines.filter(**days.within(value, "promised_date", timezone.localtime(self.at).date()))

    def by_priority(self, lines: OrderLineQuerySet, name: str, value: str) -> OrderLineQuerySet:
        return lines.filter(pin_rank__lt=UNPINNED) if value == "pinned" else lines.filter(priority__gt=0)

    def by_turn(self, lines: OrderLineQuerySet, name: str, value: str) -> OrderLineQuerySet:
        return lines.filter(assignments.whose(OrderLine, value, self.who))

    def by_cause(self, lines: OrderLineQuerySet, name: str, value: str) -> OrderLineQuerySet:
        if value == "none":
            return lines.exclude(Exists(BackorderCause.objects.filter(line=OuterRef("pk")).exclude(cause="")))
        if value == "suggested":
            return lines.filter(backorder_cause__confirmed="", backorder_cause__suggested__gt="")
        return lines.filter(backorder_cause__cause=value)

    def by_past_promise(self, lines: OrderLineQuerySet, name: str, value: bool) -> OrderLineQuerySet:
        past = Q(promised_date__lt=timezone.localtime(self.at).date())
        return lines.filter(past) if value else lines.exclude(past)

    def in_order(self, lines: OrderLineQuerySet, name: str, value: str) -> OrderLineQuerySet:
        return lines.order_by(self.sorts[value].by, "pin_rank", "queue_at", "pk")

    def _products(self, text: str) -> list[int]:
        return list(Product.objects.filter(Product.starting(text)).values_list("pk", flat=True)[:SOME])

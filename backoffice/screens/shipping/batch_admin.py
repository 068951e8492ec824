"""Batches: their list, and the page of one, with a row a parcel: its label, and what became of it."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Count, Q, QuerySet, Sum
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.safestring import SafeString

from inventory.desk import once
from inventory.desk.base import Kept
from inventory.desk.naming import to
from inventory.desk.operations import Operation, allowed
from inventory.desk.tables import Table, chip, day, number
from inventory.ground.plurals import counted
from inventory.models import Product
from orders import fulfillment, shipping
from orders.models import Batch, OrderLine, ParcelLine
from orders.models.parcels import STANDS
from orders.shipping import handing_over
from orders.shipping.standing import held

from . import numbering, page, papering, single
from .page import PERMISSION


class HandOverForm(forms.Form):
    only_numbered = forms.BooleanField(required=False, label="Only parcels that have a tracking number")


class HandOver(Operation):
    name = "hand_over"
    label = "Hand over…"
    permission = PERMISSION
    form_class = HandOverForm
    takes_many = False
    touches_customers = True
    explanation = (
        "The parcels leave: a shipment each, with its own number, and one mail a customer with all of their numbers. "
        "What may not leave stays in the batch, and holds up nobody."
    )
    refusals = (
        shipping.NothingLeaves,
        fulfillment.NothingToShip,
        fulfillment.WantedLater,
        fulfillment.NumberGivenTwice,
    )

    def applies(self, row: Any) -> bool:
        return bool(row.stands)

    def lock(self, rows: Sequence[Batch]) -> None:
        lines = OrderLine.objects.filter(parcel_lines__parcel__batch__in=rows)
        Product.objects.lock(lines.values_list("product_id", flat=True))

    def product_ids(self, rows: Sequence[Batch], form: forms.Form) -> Sequence[int]:
        """Name none: what leaves was picked for who gets it, and the queue stands as it did."""
        return ()

    def counters(self, rows: Sequence[Batch], form: forms.Form) -> list[tuple[object, ...]]:
        parcels = ParcelLine.objects.filter(STANDS_OF, parcel__batch=rows[0]).order_by("pk")
        columns = ("parcel", "line", "quantity", "parcel__carrier", "parcel__service", "parcel__tracking")
        return list(parcels.values_list(*columns, "parcel__is_left_out"))

    def tables(self, rows: Sequence[Batch], form: forms.Form) -> list[Table]:
        is_only = bool(form.is_bound and form.is_valid() and form.cleaned_data["only_numbered"])
        with held(Q(batch=rows[0]), at=timezone.now()) as found:
            leaving, staying = handing_over.sorted_out(found, only_numbered=is_only, at=timezone.now())
            units = {pk: sum(some.values()) for pk, some in found.units.items()}
        leaves = Table(
            "What leaves",
            ("Order", "Customer", "Units", "Carrier", "Tracking number"),
            [
                (to(p.order), to(p.order.customer), units[p.pk], f"{p.carrier} {p.service}".strip(), p.tracking)
                for p in leaving
            ],
            empty="Nothing of this batch can leave now.",
            numbers=("Units",),
        )
        stays = Table(
            "What stays, and why",
            ("Order", "Customer", "Why"),
            [(to(parcel.order), to(parcel.order.customer), f"It {why}.") for parcel, why in staying.items()],
        )
        return [leaves, stays] if staying else [leaves]

    def in_words(self, rows: Sequence[Batch], form: forms.Form) -> str:
        return "These parcels leave, and their customers are told once."

    def act(self, rows: Sequence[Batch], form: forms.Form, *, by: User, at: datetime) -> str:
        done = shipping.hand_over(rows[0].pk, only_numbered=form.cleaned_data["only_numbered"], by=by, at=at)
        orders = len({parcel.order_id for parcel in done.parcels})
        words = (
            f"Handed over {counted(len(done.parcels), 'parcel')} of {counted(orders, 'order')}, "
            f"{counted(done.units, 'unit')}."
        )
        stays = len(done.staying)
        return f"{words} {counted(stays, 'parcel')} {'stays' if stays == 1 else 'stay'}." if stays else words


STANDS_OF = Q(parcel__shipment__isnull=True, parcel__stopped_at__isnull=True)


class PutAway(Operation):
    name = "put_away"
    label = "Put away…"
    submit = "Put it away"
    permission = PERMISSION
    takes_many = False
    is_risky = True
    explanation = (
        "What has not left goes back to its shelves: it is picked no more, and stays set aside for its orders, which "
        "can be in another batch then."
    )
    refusals = (shipping.NotThisParcel,)

    def applies(self, row: Any) -> bool:
        return bool(row.stands)

    def counters(self, rows: Sequence[Batch], form: forms.Form) -> list[tuple[object, ...]]:
        return list(rows[0].parcels.filter(STANDS).order_by("pk").values_list("pk"))

    def lock(self, rows: Sequence[Batch]) -> None:
        lines = OrderLine.objects.filter(parcel_lines__parcel__batch__in=rows)
        Product.objects.lock(lines.values_list("product_id", flat=True))

    def act(self, rows: Sequence[Batch], form: forms.Form, *, by: User, at: datetime) -> str:
        given_up = shipping.put_away(rows[0].pk, by=by, at=at)
        return f"{rows[0]} is put away: {counted(given_up, 'parcel')}."


@admin.register(Batch)
class BatchAdmin(Kept):
    list_display = ("batch", "warehouse", "printed", "by", "parcels", "units", "state")
    list_filter = ("warehouse", "printed_at")
    list_select_related = ("warehouse", "by")
    search_fields = ("id",)
    search_help_text = "The number of a batch, or of an order in it."
    operations = (HandOver(), PutAway())

    def get_queryset(self, request: HttpRequest) -> QuerySet[Batch]:
        rows: QuerySet[Batch] = super().get_queryset(request)
        return rows.annotate(parcels_in=Count("parcels", distinct=True), units_in=Sum("parcels__lines__quantity"))

    def recognize(self, term: str) -> Q:
        number = term.upper().removeprefix("BATCH-").removeprefix("BATCH ").strip()
        own = Q(pk=int(number)) if number.isdecimal() and len(number) < 19 else Q(pk__in=())
        return own | Q(pk__in=Batch.objects.filter(parcels__order__reference__iexact=term).values("pk"))

    @admin.display(description="batch", ordering="pk")
    def batch(self, row: Batch) -> str:
        return str(row)

    @admin.display(description="printed", ordering="printed_at")
    def printed(self, row: Batch) -> str:
        return day(row.printed_at)

    @admin.display(description="parcels", ordering="parcels_in")
    def parcels(self, row: Any) -> SafeString:
        return number(row.parcels_in)

    @admin.display(description="units", ordering="units_in")
    def units(self, row: Any) -> SafeString:
        return number(row.units_in)

    @admin.display(description="state")
    def state(self, row: Batch) -> SafeString:
        if row.posted_at:
            return chip("handed over", "green")
        return chip("put away", "gray") if row.put_away_at else chip("on the floor", "blue")

    def get_urls(self) -> list[URLPattern]:
        views: dict[str, Callable[..., HttpResponse]] = {
            "labels": self.labels_view,
            "numbers": self.numbers_view,
            "papers": papering.shown,
        }
        views |= {"pick-list": papering.pick_list, "slips": papering.slips}
        own = [
            path(
                f"<int:pk>/{name}/",
                self.admin_site.admin_view(view),
                {} if name in ("labels", "numbers") else {"site": self.admin_site},
                name=f"orders_batch_{name.replace('-', '_')}",
            )
            for name, view in views.items()
        ]
        of_parcels = [
            path(
                f"parcel/<int:pk>/{name}/",
                self.admin_site.admin_view(view),
                {"site": self.admin_site},
                name=f"orders_parcel_{name}",
            )
            for name, view in (("split", single.split), ("stop", single.stop), ("back", single.put_back))
        ]
        return [*own, *of_parcels, *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        if request.method == "GET":
            batch = self.get_object(request, object_id)
            if batch is not None and self.has_view_permission(request, batch):
                return self._page(request, batch, None)
        return super().change_view(request, object_id, form_url, extra_context)

    def labels_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Write what the parcels carry; then on to handing over, or to pasting numbers, if that button was pressed."""
        allowed(request, PERMISSION)
        batch = page.found(self.get_queryset(request), pk)
        if request.method != "POST":
            return self._page(request, batch, None)
        with transaction.atomic():
            shipping.lock_batch(pk)
            return self._labeled(request, batch)

    def _labeled(self, request: HttpRequest, batch: Batch) -> HttpResponse:
        form = page.LabelsForm(batch, request.POST)
        back = reverse("admin:orders_batch_change", args=[batch.pk])

        def deed() -> HttpResponse:
            saved = form.save(at=timezone.now())
            if "hand_over" in request.POST:
                return HttpResponseRedirect(self.operation_url(self.operations[0], [batch]))
            if "numbers" in request.POST:
                return HttpResponseRedirect(reverse("admin:orders_batch_numbers", args=[batch.pk]))
            messages.success(request, f"Saved {counted(saved, 'parcel')}." if saved else "Nothing was typed otherwise.")
            return HttpResponseRedirect(back)

        if form.is_valid() and (answer := once.act(request, form, deed)):
            return answer
        return self._page(request, batch, form)

    def numbers_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        allowed(request, PERMISSION)
        return numbering.numbers(request, page.found(self.get_queryset(request), pk), site=self.admin_site)

    def _page(self, request: HttpRequest, batch: Batch, form: page.LabelsForm | None) -> HttpResponse:
        buttons = self.buttons(request, batch)
        return page.shown(request, batch, form, site=self.admin_site, opts=self.opts, buttons=buttons)

"""What can leave which warehouse, and what may not, with the reason; one button prints a batch of it."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin import AdminSite
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone

from inventory.desk import once
from inventory.desk.careful import numbers
from inventory.desk.entry import DATE
from inventory.desk.naming import to
from inventory.desk.operations import allowed
from inventory.desk.tables import Table, chip, day, item, lines
from inventory.ground.plurals import counted
from inventory.models import Warehouse
from orders import shipping
from orders.fulfillment.ready import Ready
from orders.models import Batch, Order, Parcel
from orders.queue import counting
from orders.shipping import Choice, Wishes
from orders.shipping.choosing import MOST_ORDERS

PERMISSION = "orders.ship_order"
SHOWN = 100
"""Rows that are written out; the sums count all."""
ON_THE_FLOOR = timedelta(days=30)
"""So long after a batch is over the desk shows what of it was stopped and is not back on its shelves."""
HAND_OVER = "Print the batch"


class WishesForm(forms.Form):
    """Which of what lies here; all that is empty asks for nothing."""

    promised_by = forms.DateField(required=False, label="Promised by", widget=DATE)
    priority = forms.IntegerField(required=False, min_value=0, max_value=9, label="Priority at least")
    carrier = forms.CharField(required=False, max_length=80, label="Customers of carrier")

    def wishes(self, orders: Sequence[int] | None, products: Sequence[int] | None) -> Wishes:
        given = self.cleaned_data if self.is_valid() else {}
        return Wishes(
            order_ids=orders,
            product_ids=products,
            promised_by=given.get("promised_by"),
            least_priority=given.get("priority") or 0,
            carrier=given.get("carrier") or "",
        )


class PrintForm(forms.Form):
    carrier = forms.CharField(
        required=False, max_length=80, help_text="All parcels begin with it; each may have another."
    )
    service = forms.CharField(required=False, max_length=80)
    warehouse = forms.ModelChoiceField(Warehouse.objects.all(), widget=forms.HiddenInput)
    chosen = forms.CharField(widget=forms.HiddenInput)


def desk(request: HttpRequest, *, site: AdminSite) -> HttpResponse:
    """Show what can leave, warehouse by warehouse; on POST, print a batch of what was shown."""
    by = allowed(request, PERMISSION)
    at = timezone.now()
    orders, products = (_named(request, name) for name in ("orders", "products"))
    filters = WishesForm(request.GET, auto_id="only_%s")
    wishes = filters.wishes(orders, products)
    places = shipping.places(wishes)
    here, choice = _place(request, [place for place, _, _ in places], wishes, at=at)
    chosen = ",".join(str(pk) for pk in dict.fromkeys(each.order.pk for each in choice.leaving))
    is_sent = request.method == "POST"
    form = PrintForm(request.POST if is_sent else None, initial={"chosen": chosen, "warehouse": here, **_last(here)})

    def deed() -> HttpResponse:
        given = form.cleaned_data
        wanted = numbers(given["chosen"], MOST_ORDERS)
        batch, staying = shipping.make(
            given["warehouse"].pk, wanted, carrier=given["carrier"], service=given["service"], by=by, at=at
        )
        counting.forget()
        messages.success(request, _printed(batch, staying))
        return HttpResponseRedirect(reverse("admin:orders_batch_change", args=[batch.pk]))

    if is_sent and form.is_valid() and (answer := once.act(request, form, deed, shipping.NothingToPick)):
        return answer
    if is_sent:  # shown again, it prints what it shows
        form.data = {**request.POST.dict(), "chosen": chosen, "warehouse": here.pk if here else ""}
    shown = {
        "title": "Shipping desk",
        "places": [_chip(request, row, here) for row in places],
        "here": here,
        "choice": choice,
        "form": form,
        "filters": filters,
        "kept": {name: request.GET[name] for name in ("orders", "products") if request.GET.get(name)},
        "is_narrowed": any(request.GET.get(name) for name in (*filters.fields, "orders", "products")),
        "standing": _standing(at),
        "tables": [_leaving(choice)] if choice.leaving else [],
        "staying": _staying(choice),
        "submit": HAND_OVER,
    }
    return TemplateResponse(request, "admin/shipping/desk.html", {**site.each_context(request), **shown})


def _named(request: HttpRequest, name: str) -> list[int] | None:
    return numbers(request.GET[name], MOST_ORDERS) if request.GET.get(name) else None


def _place(
    request: HttpRequest, places: Sequence[Warehouse], wishes: Wishes, *, at: datetime
) -> tuple[Warehouse | None, Choice]:
    """Give the warehouse that was asked for, else the first that something can leave, and what that is."""
    asked = [place for place in places if str(place.pk) == request.GET.get("warehouse", "")]
    first: tuple[Warehouse | None, Choice] = (None, Choice([], {}))
    for place in asked or places:
        choice = shipping.look(place.pk, wishes, at=at)
        if choice.leaving:
            return place, choice
        first = first if first[0] else (place, choice)
    return first


def _chip(request: HttpRequest, row: tuple[Warehouse, int, int], here: Warehouse | None) -> dict[str, Any]:
    place, orders, units = row
    query = request.GET.copy()
    query["warehouse"] = str(place.pk)
    words = f"{place} · {counted(orders, 'order')} here, {counted(units, 'unit')}"
    return {"words": words, "url": f"?{query.urlencode()}", "is_here": place == here}


def _last(here: Warehouse | None) -> dict[str, str]:
    """What the last batch of this warehouse left with."""
    last = Parcel.objects.filter(batch__warehouse=here).exclude(carrier="").order_by("-pk").first() if here else None
    return {"carrier": last.carrier, "service": last.service} if last else {}


def _printed(batch: Batch, staying: dict[Order, str]) -> str:
    words = f"{batch} is printed: {counted(batch.parcels.count(), 'parcel')}. What lies in them is picked."
    if not staying:
        return words
    named = "; ".join(f"{order} {reason}" for order, reason in list(staying.items())[:3])
    return f"{words} Left out: {named}."


def _leaving(choice: Choice) -> Table:
    rest = len(choice.leaving) - SHOWN
    return Table(
        "These can leave now",
        ("Order", "Customer", "Promised", "What", "Units"),
        [_row(each) for each in choice.leaving[:SHOWN]],
        note=f"The first {SHOWN}; {rest:,} more go with them." if rest > 0 else "",
        numbers=("Units",),
    )


def _row(each: Ready) -> tuple[Any, ...]:
    promised = min((line.promised_date for line, _ in each.lines if line.promised_date), default=None)
    what = lines(_what(each))
    return to(each.order), to(each.order.customer), day(promised), what, each.units


def _what(each: Ready) -> list[Any]:
    from django.utils.html import format_html  # noqa: PLC0415

    return [
        format_html("{} × {} {}", f"{units:,}", item(line.product), line.product.name) for line, units in each.lines
    ]


def _staying(choice: Choice) -> Table | None:
    if not choice.staying:
        return None
    rest = len(choice.staying) - SHOWN
    return Table(
        "Not in this batch, and why",
        ("Order", "Customer", "Why"),
        [(to(order), to(order.customer), f"It {reason}.") for order, reason in list(choice.staying.items())[:SHOWN]],
        note=f"The first {SHOWN}; {rest:,} more stay, too." if rest > 0 else "They hold up nobody.",
    )


def _standing(at: datetime) -> Table | None:
    """The batches that are printed and not over, and those of which something is to be put back on its shelves."""
    today = timezone.localdate(at)
    stands, since = Q(posted_at=None, put_away_at=None), at - ON_THE_FLOOR
    lately = Batch.objects.filter(stands | Q(posted_at__gt=since) | Q(put_away_at__gt=since))
    stopped = Parcel.objects.filter(batch__in=lately, stopped_at__isnull=False, put_back_at=None)
    back = dict(stopped.order_by().values_list("batch").annotate(parcels=Count("pk")))
    rows = Batch.objects.filter(stands | Q(pk__in=back))
    batches = list(rows.select_related("warehouse", "by"))
    if not batches:
        return None
    return Table(
        "Batches on the floor",
        ("Batch", "From", "Printed", "By", ""),
        [
            (
                to(batch),
                batch.warehouse.code,
                day(batch.printed_at),
                batch.by.get_username(),
                lines(_states(batch, back.get(batch.pk, 0), today)),
            )
            for batch in batches
        ],
    )


def _states(batch: Batch, to_put_back: int, today: date) -> list[str]:
    late = batch.stands and timezone.localdate(batch.printed_at) < today
    said = [chip("not handed over", "red")] if late else []
    return [*said, *([chip(f"{counted(to_put_back, 'parcel')} to put back", "amber")] if to_put_back else [])]

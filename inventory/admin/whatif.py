"""What if the target, the lead time, the review or an event were otherwise: computed on the spot, never saved."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from inventory.desk import careful
from inventory.desk.operations import person
from inventory.desk.tables import Table
from inventory.models import Product, ReorderPolicy
from inventory.night import trials
from inventory.night.trials import Told
from inventory.night.whatif import AS_IT_IS, WhatIf

from . import chart
from .points import chance_chip

if TYPE_CHECKING:
    from inventory.desk.base import Desk

PERMISSION = "inventory.view_reorderpolicy"
MOST_DAYS = 730
MOST_WEEKS = 52
LEAST_UPLIFT, MOST_UPLIFT = 0.01, 100
USUAL_WEEKS = 4
FIELDS = ("target", "lead_days", "lead_sd_days", "review_days", "uplift", "weeks")


class BoundedNumberField(forms.FloatField):
    """A number within bounds, both or neither of them included; the words say what was expected."""

    def __init__(
        self, label: str, least: float, most: float, words: str, *, is_open: bool = False, hint: str = ""
    ) -> None:
        super().__init__(
            required=False, label=label, help_text=hint, widget=forms.TextInput(attrs={"inputmode": "decimal"})
        )
        self.error_messages["invalid"] = words
        self.least, self.most, self.words, self.is_open = least, most, words, is_open

    def clean(self, value: Any) -> float | None:
        found: float | None = super().clean(value)
        if found is None:
            return None
        is_inside = self.least < found < self.most if self.is_open else self.least <= found <= self.most
        if not is_inside:
            raise forms.ValidationError(self.words)
        return found


class WhatIfForm(forms.Form):
    """What may be supposed. An empty field leaves it as it is."""

    target = BoundedNumberField(
        "Service target", 0, 1, "The target is a share: more than 0 and less than 1, such as 0.95.", is_open=True,
        hint="A share between 0 and 1, such as 0.95.",
    )  # fmt: skip
    lead_days = BoundedNumberField(
        "Lead time, days", 0, MOST_DAYS, f"The lead time is a number of days from 0 to {MOST_DAYS}.", hint="On average."
    )
    lead_sd_days = BoundedNumberField(
        "Its spread, days", 0, MOST_DAYS, f"The spread is a number of days from 0 to {MOST_DAYS}.",
        hint="Two deliveries of three come within so many days of it.",
    )  # fmt: skip
    review_days = BoundedNumberField(
        "Days between two orders", 1, MOST_DAYS, f"Between two orders lie 1 to {MOST_DAYS} days.",
        hint="How often its supplier is ordered from.",
    )  # fmt: skip
    uplift = BoundedNumberField(
        "An event lifts demand ×", LEAST_UPLIFT, MOST_UPLIFT,
        f"Demand is lifted by a factor from {LEAST_UPLIFT} to {MOST_UPLIFT}.",
        hint="On top of events already entered; 3 means three times.",
    )  # fmt: skip
    weeks = BoundedNumberField(
        "Weeks of it, from today", 1, MOST_WEEKS, f"An event lasts 1 to {MOST_WEEKS} weeks.",
        hint=f"Empty: {USUAL_WEEKS}.",
    )  # fmt: skip

    def supposed(self) -> WhatIf:
        values = self.cleaned_data
        return WhatIf(
            target=values["target"],
            lead_days=values["lead_days"],
            lead_sd_days=values["lead_sd_days"],
            review_days=values["review_days"],
            uplift=values["uplift"] or 1.0,
            weeks=int(values["weeks"] or USUAL_WEEKS),
        )


def show(desk: "Desk", request: HttpRequest, pk: int) -> HttpResponse:
    """Ask what is supposed and show what it makes of the reorder point; looks only, whatever is asked."""
    if not person(request).has_perm(PERMISSION):
        raise PermissionDenied
    if request.method not in {"GET", "HEAD"}:
        return HttpResponseNotAllowed(["GET", "HEAD"])
    product = careful.found(Product.objects.all(), pk)
    policies = list(ReorderPolicy.objects.filter(product=product))
    places = chart.places_of(product, policies)
    place = chart.chosen(places, request.GET.get(chart.PLACE))
    is_asked = any(name in request.GET for name in FIELDS)
    form = WhatIfForm(request.GET if is_asked else None)
    is_wrong = is_asked and not form.is_valid()
    what = form.supposed() if is_asked and not is_wrong else AS_IT_IS
    found = trials.of(product, place, what, on=timezone.localdate()) if place else None
    if found and not is_asked:
        _prefill(form, found[0])
    page = reverse("admin:inventory_product_change", args=[product.pk])
    return TemplateResponse(
        request,
        "admin/whatif.html",
        {
            **desk.admin_site.each_context(request),
            "title": f"What if: {product}",
            "opts": desk.opts,
            "form": form,
            "places": places,
            "place": place,
            "is_wrong": is_wrong,
            "is_supposed": is_asked and not is_wrong,
            "found": found,
            "table": _table(product, *found, is_supposed=is_asked and not is_wrong) if found else None,
            "frozen": next((each for each in policies if place and each.warehouse_id == place.pk), None),
            "back": f"{page}?{chart.PLACE}={place.code}" if place else page,
            "today": timezone.localdate(),
        },
    )


def _prefill(form: WhatIfForm, now: Told) -> None:
    """Start from what is: a person changes one number and leaves the rest."""
    for name in ("target", "lead_days", "lead_sd_days", "review_days"):
        value = now.parts.get(name)
        form.fields[name].initial = None if value is None else f"{value:.4g}"


def _table(product: Product, now: Told, then: Told, *, is_supposed: bool) -> Table:
    value = " ".join(filter(None, ("Average stock, at cost", settings.SHOP_CURRENCY)))
    money = value if product.cost else "Average stock, at cost: no cost is entered"
    rows: list[tuple[str, Any, Any, Any]] = [
        ("Reorder point, units", *_units(now, then, "point")),
        ("Safety stock, units", *_units(now, then, "safety")),
        ("Order up to, units", *_units(now, then, "up_to")),
        ("Units that ship from the shelf", *_shares(now.fill, then.fill)),
        ("Order cycles without a stock-out", *_shares(now.cycle, then.cycle)),
        ("Chance that it runs out before an order arrives", *_chances(now, then)),
        ("Days of cover", now.cover, then.cover, _difference(now.cover, then.cover)),
        ("Average stock, units", *_averages(now, then, 1.0)),
        (money, *_averages(now, then, float(product.cost) or None)),
    ]
    if not is_supposed:
        return Table("As it is", ("Figure", "Now"), [row[:2] for row in rows], numbers=("Now",))
    return Table("What it makes", ("Figure", "Now", "Then", "Difference"), rows, numbers=("Now", "Then", "Difference"))


def _units(now: Told, then: Told, name: str) -> tuple[Any, Any, Any]:
    was, becomes = (getattr(told, name) if told.is_computed else None for told in (now, then))
    return was, becomes, None if was is None or becomes is None else _right(f"{becomes - was:+,}")


def _shares(now: float | None, then: float | None) -> tuple[Any, Any, Any]:
    was, becomes = (None if share is None else _right(f"{share:.1%}") for share in (now, then))
    return was, becomes, None if now is None or then is None else _right(f"{(then - now) * 100:+.1f} points")


def _chances(now: Told, then: Told) -> tuple[Any, Any, Any]:
    chips = [chance_chip(told.chance, here=told.parts["on_hand"], owed=told.parts["owed"]) for told in (now, then)]
    return _right(chips[0]), _right(chips[1]), _shares(now.chance, then.chance)[2]


def _averages(now: Told, then: Told, each: float | None) -> tuple[Any, Any, Any]:
    if each is None:
        return None, None, None
    was, becomes = (told.average * each if told.is_computed else None for told in (now, then))
    return was, becomes, _difference(was, becomes)


def _difference(now: float | None, then: float | None) -> SafeString | None:
    return None if now is None or then is None else _right(f"{then - now:+,.1f}")


def _right(text: str) -> SafeString:
    return format_html('<span class="number">{}</span>', text)

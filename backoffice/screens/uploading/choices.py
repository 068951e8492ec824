"""What a person may say of a file beside what it says itself: the boxes of its preview, those that matter to it."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from backoffice.files.loading import File
from inventory.resources import Plan, Resource

NEWER = (
    "The file is newer",
    "Orders change as the table “What differs from before” says; without it they are refused.",
)
REUSED = ("Numbers are used again", "A closed order’s number stands for another order: the day is added to it.")
TELL = (
    "Write to the customers",
    "Those it is about, and those pushed back, get their mails; without it nobody is written to.",
)
SALES = ("It holds what was sold", "History only: what was sold, not what was ordered; more may have been wanted.")
ZERO = ("All others are 0", "Stock only: what the file does not name in its warehouses.")
BOXES = {"is_newer": NEWER, "is_reused": REUSED, "is_telling": TELL, "is_sales": SALES, "is_all_others_zero": ZERO}
OF_KIND = {
    "orders": ("is_newer", "is_reused", "is_telling", "not_products"),
    "cancellations": ("is_telling",),
    "history": ("is_sales", "not_products"),
    "stock": ("counted_at", "is_all_others_zero"),
}
"""What may be said of each kind of file."""


class PastMoment(forms.DateTimeField):
    """A moment that something was counted at: none to come."""

    def clean(self, value: Any) -> datetime | None:
        moment: datetime | None = super().clean(value)
        if moment and moment > timezone.now():
            raise forms.ValidationError("This time has not come yet.")
        return moment


def counted_at() -> PastMoment:
    return PastMoment(
        required=False, help_text="Stock only: when it was counted. What left since is taken off, what came is added."
    )


def not_products() -> forms.CharField:
    return forms.CharField(
        required=False,
        max_length=500,
        help_text="Orders and history only: more codes that are no products, parted by commas, with * and ?.",
    )


def box(name: str) -> forms.BooleanField:
    label, help_text = BOXES[name]
    return forms.BooleanField(required=False, label=label, help_text=help_text)


def fields(kind: str, mapping: Mapping[str, Any]) -> dict[str, forms.Field]:
    """Give what may be said of a kind of file, as it was said before."""
    made: dict[str, forms.Field] = {}
    for name in OF_KIND.get(kind, ()):
        made[name] = counted_at() if name == "counted_at" else not_products() if name == "not_products" else box(name)
        said = mapping.get(name)
        made[name].initial = parse_datetime(said or "") if name == "counted_at" else said
    return made


def said(kind: str, cleaned: Mapping[str, Any]) -> dict[str, Any]:
    """Give what was said as it is kept with the file."""
    return {name: _kept(cleaned.get(name)) for name in OF_KIND.get(kind, ())}


def _kept(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value or ""


def differs(kind: str, was: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    """Say if something else was said than before."""
    return any((was.get(name) or "") != now[name] for name in OF_KIND.get(kind, ()))


def chosen(file: File, names: Collection[str]) -> File:
    """Give the file with what a person said of it."""
    return replace(
        file,
        is_newer="is_newer" in names,
        is_reused="is_reused" in names,
        is_telling="is_telling" in names,
    )


def of(plan: Plan, resource: Resource) -> dict[str, tuple[str, str]]:
    """Give the boxes, by the option that each one sets."""
    found = {}
    if "is_newer" in resource.options:
        if plan.context.changed:
            found["is_newer"] = NEWER
        if plan.context.reused:
            found["is_reused"] = REUSED
    if "is_telling" in resource.options:
        found["is_telling"] = TELL
    return found

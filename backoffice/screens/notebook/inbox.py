"""
Everybody's inbox: notes that name them and that they have not read, what is theirs to do, what they read of late.

What is read is said by a button, or by an answer; looking changes nothing.
"""

from typing import Any

from django import forms
from django.contrib.admin import AdminSite
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.contrib.contenttypes.prefetch import GenericPrefetch
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString

from inventory.desk import once
from inventory.desk.careful import numbers
from inventory.desk.operations import person
from inventory.desk.tables import link
from inventory.ground.sql import paging
from inventory.models import Alert, Assignment, Mention, Product
from inventory.notebook import alerts, mentions, owners
from orders.models import Customer, Order, OrderLine
from suppliers.models import PurchaseOrder, Supplier

from . import head, owning, subjects

SHOWN = 50
READ_SHOWN = 20


def inbox(request: HttpRequest, *, site: AdminSite) -> HttpResponse:
    """Show what waits for this person, and take what they say they have read."""
    who = person(request)
    if request.method == "POST":
        return _read(request, who)
    unread = mentions.unread(who)
    turns = Assignment.objects.filter(owners.mine(who), ended_at=None).select_related("person", "role")
    seen = Mention.objects.filter(person=who, read_at__isnull=False, note__removed_at=None).order_by("-pk")
    today = timezone.localdate()
    shown = {
        "title": "Inbox",
        "unread": [_mention(each) for each in _with_rows(unread)[:SHOWN]],
        "turns": [_turn(each, today) for each in _rows_of(turns.order_by("due_date", "pk"))[:SHOWN]],
        "seen": [_mention(each) for each in _with_rows(seen)[:READ_SHOWN]],
        "most": SHOWN,
        "alerts": Alert.objects.filter(alerts.mine(who), solved_at=None)[: paging.BOUND + 1].count(),
    }
    return TemplateResponse(request, "admin/inbox.html", {**site.each_context(request), **shown})


def _read(request: HttpRequest, who: User) -> HttpResponse:
    if again := once.shown_again(request):
        return again
    wanted = numbers(request.POST.get("one") or ",".join(request.POST.getlist("shown")), SHOWN)

    def deed() -> HttpResponse:
        mentions.read(wanted, by=who, at=timezone.now())
        head.forget([who])
        return HttpResponseRedirect(reverse("admin:inbox"))

    return once.act(request, forms.Form({}), deed) or HttpResponseRedirect(reverse("admin:inbox"))


def _prefetch(way: str) -> GenericPrefetch:
    about: list[QuerySet[Any]] = [
        Order.objects.all(), OrderLine.objects.select_related("order", "product"), Customer.objects.all(),
        Product.objects.all(), PurchaseOrder.objects.all(), Supplier.objects.all(), Alert.objects.all(),
    ]  # fmt: skip
    ContentType.objects.get_for_models(*(each.model for each in about))
    return GenericPrefetch(way, about)


def _with_rows(found: QuerySet[Mention]) -> QuerySet[Mention]:
    return found.select_related("note__author").prefetch_related(_prefetch("note__row"))


def _rows_of(found: QuerySet[Assignment]) -> QuerySet[Assignment]:
    return found.prefetch_related(_prefetch("row"))


def _mention(each: Mention) -> dict[str, Any]:
    note = each.note
    return {"pk": each.pk, "about": _about(note.row), "author": owning.called(note.author), "note": note}


def _turn(each: Assignment, today: Any) -> dict[str, Any]:
    return {
        "about": _about(each.row),
        "assignment": each,
        "owner": owning.owner(each),
        "is_late": each.due_date is not None and each.due_date < today,
    }


def _about(row: Any) -> SafeString | str:
    """Name a row with a link to its page; of one that is gone, that it is."""
    if row is None:
        return "of a row that is gone"
    name, pk = subjects.page(row)
    return link(f"{row}", name, pk)

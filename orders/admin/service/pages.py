"""
The page that answers a caller: an order, or a customer with all that is open. Read first; a button leads to change.

A page of three parts: what to say, how each line stands and why, and everything that happened.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar
from urllib.parse import quote
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.admin.options import IS_POPUP_VAR, TO_FIELD_VAR
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import OuterRef, QuerySet, Subquery, Sum
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone, translation
from django.utils.html import format_html
from django.utils.safestring import SafeString

from inventory.desk.tables import Table, day, link
from orders.answering.briefs import Briefing
from orders.answering.chronicle import Chronicle
from orders.models import Customer, Order, OrderLine
from orders.wording import clocks

from . import lines, story

READING = ("GET", "HEAD")
FORM_ALONE = {IS_POPUP_VAR, TO_FIELD_VAR}
"""An address with one of these asks for the form: a field of another page opened it."""


@dataclass(frozen=True, slots=True)
class Answer:
    """
    What a page of this kind shows beside its own facts.

    :ivar sentence: to read aloud, made from facts
    :ivar term: what the lists are searched by for what the page has no room for; "": they cannot be
    """

    sentence: str
    briefing: Briefing
    chronicle: Chronicle
    term: str


class ReadFirst:
    """Mixed into the admin of what callers ask about: opened, its page is read; sent, it is the form it always was."""

    service_template: ClassVar[str]
    names_orders: ClassVar[bool]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        desk: Any = self
        if request.method not in READING or FORM_ALONE & set(request.GET):
            changed: HttpResponse = super().change_view(request, object_id, form_url, extra_context)  # type: ignore[misc]
            return changed
        row = desk.get_object(request, unquote(object_id))
        if not desk.has_view_permission(request, row):
            raise PermissionDenied
        if row is None:
            missing: HttpResponse = desk._get_obj_does_not_exist_redirect(request, desk.opts, object_id)
            return missing
        at = timezone.now()
        kind = story.asked(request)
        answer = self.answer(request, row, kind=kind, at=at)
        context = {
            **desk.admin_site.each_context(request),
            "opts": desk.opts,
            "title": str(row),
            "subtitle": None,
            "original": row,
            "list_url": desk.list_url(),
            "answer": answer,
            "lines": lines.of(answer.briefing, today=timezone.localdate(at), names_orders=self.names_orders),
            "folded": lines.folded(answer.briefing),
            "elsewhere": elsewhere(answer.term),
            "rest_of_lines": link("All that wait stand in the queue.", "orders_backorder_changelist", q=answer.term),
            "more_lines": answer.briefing.totals.lines - len(answer.briefing.briefs),
            "story": story.told(answer.chronicle, names_orders=self.names_orders),
            "most_entries": story.UNFOLDED,
            "older_entries": f"{story.UNFOLDED}:",
            "filters": list(story.filters(kind)),
            "buttons": self.does(request, row, answer),
            "edit_url": self.edit_url(request, row),
            "preserved_filters": desk.get_preserved_filters(request),
            "media": desk.media,
            **self.facts(request, row, at=at),
            **(extra_context or {}),
        }
        return TemplateResponse(request, self.service_template, context)

    def answer(self, request: HttpRequest, row: Any, *, kind: str, at: datetime) -> Answer:
        """Read what the page is about."""
        raise NotImplementedError

    def facts(self, request: HttpRequest, row: Any, *, at: datetime) -> dict[str, Any]:
        """Give what only a page of this kind shows."""
        raise NotImplementedError

    def does(self, request: HttpRequest, row: Any, answer: Answer) -> Sequence[tuple[str, str]]:
        """Give what may be done today, and where."""
        raise NotImplementedError

    def edit_url(self, request: HttpRequest, row: Any) -> str:
        """Where its own fields are changed, by whoever may; "": nowhere."""
        return ""


def who(customer: Customer, *, country: str, at: datetime) -> list[tuple[str, SafeString]]:
    """
    Say who it is, how to reach them, and what time it is there.

    :param country: where they have parcels sent; "": nobody knows, and the page says so
    """
    dialed = dialable(customer.phone)
    call = format_html('<a href="tel:{}">{}</a>', dialed, customer.phone)
    mail = format_html('<a href="mailto:{}">{}</a>', quote(customer.email, safe="@"), customer.email)
    here = timezone.localtime(at, ZoneInfo(settings.TIME_ZONE))
    there = clocks.said(country, at) or "their own zone is not known"
    return [
        ("Customer", link(customer.name, "orders_customer_change", customer.pk)),
        ("Phone", call if dialed else format_html("{}", customer.phone or "No phone number is known.")),
        ("E-mail", mail if customer.email else format_html("{}", "No address: their news is calls to make.")),
        ("Language", format_html("{}", language(customer.language))),
        ("Wants to hear", format_html("{}", customer.get_hears_display())),
        ("Time", format_html("{} in the shop ({}); {}", f"{here:%H:%M}", settings.TIME_ZONE, there)),
    ]


def dialable(phone: str) -> str:
    """
    Give what a telephone dials: no extension, and no zero in brackets, which is for callers from the same country.

    >>> [dialable(phone) for phone in ("+49 (0)151 234-5678 ext 12", "030/1234", "ask Kim")]
    ['+491512345678', '0301234', '']
    """
    number = re.match(r"[^a-z]*", phone.replace("(0)", ""), re.IGNORECASE)
    return "".join(sign for sign in number[0] if sign in "+0123456789") if number else ""


def language(code: str) -> str:
    """
    Name a language; one that we have no name for by its code.

    >>> language("en-us"), language("de"), language("x-klingon")
    ('English', 'German', 'x-klingon')
    """
    try:
        return str(translation.get_language_info(code)["name"])
    except KeyError:
        return code


def elsewhere(term: str) -> SafeString:
    """Lead to the lists that hold all mails and parcels, where a page shows only the newest."""
    if not term:
        return format_html("{}", "The lists of mails and parcels hold them all.")
    return format_html(
        "All of its {} and {} are listed; what happened to one line stands on its page.",
        link("mails", "orders_notice_changelist", q=term),
        link("parcels", "orders_shipment_changelist", q=term),
    )


def orders(found: QuerySet[Order], *, most: int) -> Table:
    """List the newest orders with what is open of them."""
    own = OrderLine.objects.filter(order=OuterRef("pk")).order_by().values("order")
    waits = own.filter(is_stopped=False).annotate(units=Sum("backordered")).values("units")
    here = own.annotate(units=Sum("allocated")).values("units")
    rows = list(found.annotate(waits=Subquery(waits), here=Subquery(here)).order_by("-pk")[: most + 1])
    return Table(
        "Orders, newest first",
        ("Order", "Placed", "Here", "Waits"),
        [
            (link(row, "orders_order_change", row.pk), day(row.placed_at), row.here or 0, row.waits or 0)
            for row in rows[:most]
        ],
        empty="No order yet.",
        note=f"The newest {most} are shown." if len(rows) > most else "",
        numbers=("Here", "Waits"),
    )

"""The e-mail outbox: what customers were told, in its exact words, and what could not be delivered."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db.models import Count, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from inventory.desk.base import ItemList, Kept
from inventory.desk.careful import Missing
from inventory.desk.naming import to
from inventory.desk.operations import Operation
from inventory.desk.tables import Table, chip, day, item, link, number, window
from inventory.ground.post import braking
from inventory.ground.post.letter import Letter
from inventory.models import Product
from inventory.models.folded import holding, meant
from inventory.notebook.meanwhile import Deed
from orders.answering.meanwhile import of_orders
from orders.mail import calls, meanings, notices, outbox
from orders.models import Customer, Notice, NoticeKind, NoticeLine, NoticeState, Order
from orders.models.kinds import CONFIRMATIONS

TONES = {
    NoticeState.QUEUED: "blue",
    NoticeState.CLAIMED: "blue",
    NoticeState.SENT: "green",
    NoticeState.IN_DOUBT: "amber",
    NoticeState.CALL: "amber",
    NoticeState.DEAD: "red",
    NoticeState.BOUNCED: "red",
    NoticeState.COMPLAINED: "red",
    NoticeState.SUPERSEDED: "gray",
    NoticeState.SHADOWED: "violet",
    NoticeState.NOT_WANTED: "gray",
}
SHADOW = "No mail is sent (MAIL=shadow). Those that would have gone are here as “Shadowed”, word for word."
MAIL_POLICY = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'"
"""A mail carries its styles with it, and nothing else of it may run or load."""


class OfNotices(Operation):
    """Something done to mails; what happened to the orders that they tell of is what may hold it back."""

    def lock(self, rows: Sequence[Notice]) -> None:
        list(Notice.objects.filter(pk__in=[row.pk for row in rows]).order_by("pk").select_for_update(no_key=True))

    def meanwhile(self, rows: Sequence[Notice], since: datetime) -> Iterable[Deed]:
        told = NoticeLine.objects.filter(notice__in=[row.pk for row in rows])
        return of_orders(told.values_list("order", flat=True), since)


class SendAgain(OfNotices):
    name = "resend"
    label = "Send again…"
    submit = "Send again"
    permission = "orders.resend_notice"
    counted = ("state", "attempts", "due_at")
    explanation = (
        "Mails that could not be delivered, came back, or may not have gone out, are written anew to the customer’s "
        "address of today. One in doubt may have arrived: its customer may read it twice."
    )
    refusals = (notices.NotResendable,)

    def applies(self, row: Any) -> bool:
        return row.state in notices.RESENDABLE

    def tables(self, rows: Sequence[Any], form: forms.Form) -> list[Table]:
        tell_kinds(rows)
        shown = [(to(row.customer), row.customer.email, row.called, state(row), row.error) for row in rows]
        return [Table("", ("Customer", "E-mail", "About", "State", "What went wrong"), shown)]

    def act(self, rows: Sequence[Notice], form: forms.Form, *, by: User, at: datetime) -> str:
        sent = notices.resend([row.pk for row in rows], by=by, at=at)
        left = len(rows) - sent
        overtaken = f" Newer news has overtaken {left:,}." if left else ""
        return f"{sent:,} {'mail goes' if sent == 1 else 'mails go'} out within a minute.{overtaken}"


class CallForm(forms.Form):
    """Nothing to type; it knows what there is to say in each call, and when it is day where it goes."""

    def __init__(self, data: Any = None, *, calls_of: Sequence[Notice], at: datetime) -> None:
        super().__init__(data)
        self.calls_of = calls_of
        self.words: dict[Any, str] = calls.words(calls_of, at=at)
        self.day = calls.day_begins(calls_of, at=at)
        self.at = at

    def when(self, customer_id: int) -> str:
        """Say whether it is day there, and if not, at which hour of the shop it is."""
        begins, there = self.day.get(customer_id, (self.at, ""))
        if begins <= self.at:
            return f"now{f': it is {there}' if there else ''}"
        return f"from {day(begins)} on: it is {there or 'night'} now"


class Called(OfNotices):
    name = "called"
    label = "Called…"
    submit = "They were told"
    permission = "orders.call_notice"
    counted = ("state",)
    explanation = (
        "These are the words, all that each customer is to hear. Say here once they have heard them: what they tell "
        "counts as told."
    )
    refusals = (calls.NotACall, calls.NewsIsMoving)

    def applies(self, row: Any) -> bool:
        return bool(row.state == NoticeState.CALL)

    def form(self, rows: Sequence[Notice], data: Any) -> forms.Form:
        return CallForm(data, calls_of=calls.of_their_customers(rows), at=timezone.now())

    def counters(self, rows: Sequence[Notice], form: forms.Form) -> list[tuple[object, ...]]:
        """What is said is what was shown."""
        assert isinstance(form, CallForm)
        return [*super().counters(rows, form), *form.words.items()]

    def tables(self, rows: Sequence[Notice], form: forms.Form) -> list[Table]:
        assert isinstance(form, CallForm)
        shown = []
        for _, own in groupby(form.calls_of, key=lambda call: call.customer_id):
            news = list(own)
            who = news[0].customer
            words = "\n\n".join(form.words[call.pk] for call in news)
            said = format_html('<pre class="letter">{}</pre>', words)
            shown.append((to(who), who.phone or "not known", form.when(who.pk), said))
        return [Table("", ("Customer", "Phone", "When", "What to say"), shown)]

    def act(self, rows: Sequence[Notice], form: forms.Form, *, by: User, at: datetime) -> str:
        assert isinstance(form, CallForm)
        told = calls.made([call.pk for call in form.calls_of], by=by, at=at)
        left = len({call.customer_id for call in form.calls_of}) - told
        overtaken = f" {left:,} had nothing left to tell." if left else ""
        return f"{told:,} {'call is' if told == 1 else 'calls are'} on record as made.{overtaken}"


class NoticeList(ItemList):
    """Notices, each with the kinds of what it tells: one statement for a page of them."""

    is_prepared = True

    def prepare(self, rows: Sequence[Any]) -> None:
        super().prepare(rows)
        tell_kinds(rows)


def tell_kinds(rows: Sequence[Any]) -> None:
    """Let each of these notices know the kinds of what it tells."""
    facts = NoticeLine.objects.filter(notice__in=[row.pk for row in rows], is_superseded=False).order_by()
    found: dict[int, list[str]] = defaultdict(list)
    for notice_id, kind in facts.values_list("notice", "kind").distinct():
        found[notice_id].append(kind)
    for row in rows:
        row.called = meanings.called(NoticeKind(row.kind), found[row.pk])


def state(row: Notice) -> SafeString:
    if row.called_by_id:
        return chip("told by phone", "green")
    return state_of_letter(row)


def state_of_letter(row: Letter) -> SafeString:
    return chip(row.get_state_display().partition(":")[0].lower(), TONES[NoticeState(row.state)])


@admin.register(Notice)
class NoticeAdmin(Kept):
    list_display = ("about", "customer", "address", "state_shown", "facts", "due", "sent", "attempts", "error")
    list_filter = ("state", "kind", "created_at")
    list_select_related = ("customer",)
    search_fields = ("customer__email",)
    search_help_text = "Any part of a customer, an order number or a product."
    fields = (
        ("about", "state_shown", "cause"),
        ("customer", "address"),
        ("created_at", "due_at", "composed", "sent_at"),
        ("attempts", "message_id", "called_by"),
        "error",
    )
    readonly_fields = ("about", "state_shown", "address", "composed", "called_by")
    operations = (SendAgain(), Called())

    def get_queryset(self, request: HttpRequest) -> QuerySet[Notice]:
        facts = NoticeLine.objects.filter(notice=OuterRef("pk")).order_by().values("notice")
        counted = facts.annotate(count=Count("pk")).values("count")
        rows: QuerySet[Notice] = super().get_queryset(request)
        return rows.annotate(facts_told=Subquery(counted, output_field=IntegerField()))

    def recognize(self, term: str) -> Q:
        return meant(term, customer=Customer) | holding(NoticeLine, term, to="notice", order=Order)

    def wider(self, term: str) -> Q:
        return holding(NoticeLine, term, to="notice", line__product=Product)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if outbox.is_shadow() and request.method == "GET":
            self.message_user(request, SHADOW, messages.WARNING)
        brake = None if outbox.is_shadow() else braking.standing()
        if brake and request.method == "GET":
            words = f"Mail has stood still since {day(brake.since)}, and is tried again by itself. {brake.reason}"
            self.message_user(request, words, messages.WARNING)
        return super().changelist_view(request, extra_context)

    def get_urls(self) -> list[URLPattern]:
        mail = self.admin_site.admin_view(self.mail)
        return [path("<int:notice_id>/mail/", mail, name="orders_notice_mail"), *super().get_urls()]

    def mail(self, request: HttpRequest, notice_id: int) -> HttpResponse:
        """Show the mail as the customer's program shows it, in a page where nothing can run."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        notice = Notice.objects.select_related("customer").filter(pk=notice_id).first()
        if notice is None:
            raise Missing(Notice, notice_id)
        response = HttpResponse(notices.preview(notice, at=timezone.now()).html)
        response["Content-Security-Policy"] = MAIL_POLICY
        return response

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return NoticeList

    @admin.display(description="about", ordering="kind")
    def about(self, row: Any) -> str:
        if not hasattr(row, "called"):
            tell_kinds([row])  # its own page
        return str(row.called)

    @admin.display(description="e-mail or phone")
    def address(self, row: Notice) -> str:
        """Where it went or goes: a call to a phone, where its customer has no address."""
        return row.recipient or row.customer.email or row.customer.phone or "none"

    @admin.display(description="state", ordering="state")
    def state_shown(self, row: Notice) -> SafeString:
        return state(row)

    @admin.display(description="lines")
    def facts(self, row: Any) -> SafeString:
        return number(row.facts_told or 0)

    @admin.display(description="due", ordering="due_at")
    def due(self, row: Notice) -> str:
        return day(row.due_at)

    @admin.display(description="composed", ordering="intent_at")
    def composed(self, row: Notice) -> str:
        return day(row.intent_at)

    @admin.display(description="sent", ordering="sent_at")
    def sent(self, row: Notice) -> str:
        return day(row.sent_at)

    def tables(self, request: HttpRequest, row: Notice) -> list[Table]:
        letter = notices.preview(row, at=timezone.now())
        view = link("Show it as the customer sees it", "orders_notice_mail", row.pk)
        is_call = row.state == NoticeState.CALL
        went = row.state not in (NoticeState.QUEUED, NoticeState.CLAIMED, NoticeState.CALL, NoticeState.SUPERSEDED)
        title = "What to say" if is_call else "The exact text" if went else "What would go out now"
        if row.state == NoticeState.NOT_WANTED:
            title = "What its reader chose not to hear"
        return [
            Table(title, (letter.subject,), [(format_html('<pre class="letter">{}</pre>', letter.text),), (view,)]),
            _about(row),
        ]


def _about(row: Notice) -> Table:
    """Say what it is about: of what a customer did, that; else lines, in the numbers of then."""
    facts = list(row.lines.select_related("line__product", "order").order_by("pk"))
    title, orders = "What it is about", [link(fact.order, "orders_order_change", fact.order_id) for fact in facts]
    if row.kind in CONFIRMATIONS:
        return Table(title, ("Order", "What they did"), list(zip(orders, (fact.detail for fact in facts), strict=True)))
    rows = [
        (
            order,
            item(fact.line.product),
            fact.units,
            fact.was_date,
            window(fact.likely_date, fact.promised_date) or "no date",
            "overtaken by newer news" if fact.is_superseded else fact.detail,
        )
        for order, fact in zip(orders, facts, strict=True)
    ]
    return Table(title, ("Order", "Product", "Units", "Was promised", "Date told", "Detail"), rows, numbers=("Units",))

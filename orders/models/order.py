"""Orders, and the lines that wait."""

from collections.abc import Collection

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Upper

from inventory.ground import keys
from inventory.models import Product, Warehouse
from inventory.models.folded import Folded, FoldedField
from inventory.models.keyed import MOST_SIGNS, Keyed, KeyField

from .customer import Customer

UNPINNED = 2**31 - 1
"""The pin rank of a line that nobody pinned: behind every pinned one, on both databases alike."""


class Basis(models.TextChoices):
    """How we know a date."""

    ON_HAND = "on_hand", "on hand"
    CONFIRMED = "confirmed", "confirmed by the sender"
    LEARNED = "learned", "learned from the sender's record"
    LEAD_TIME = "lead_time", "the supplier's lead time, nothing is ordered yet"
    TYPED = "typed", "typed by staff"
    COMPLETE = "complete", "with the last line of its order"
    WANTED = "wanted", "when the customer wants it"
    NONE = "none", "no date can be given"


class WarehouseRule(models.TextChoices):
    ANY = "any", "Any warehouse"
    PREFERRED = "preferred", "Only the preferred one"


class Order(Keyed, Folded):
    """What one customer asked for at once. (channel, reference) is its name: placed twice, in any case, it is one."""

    KEY_OF = "reference"
    PIECES = ("reference",)

    channel = models.CharField(max_length=40, default="shop")
    reference = models.CharField(max_length=80)
    key = KeyField(max_length=MOST_SIGNS * 80)
    folded = FoldedField()
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="orders")
    warehouse = models.ForeignKey(Warehouse, models.PROTECT, related_name="orders", verbose_name="preferred warehouse")
    warehouse_rule = models.CharField(max_length=10, choices=WarehouseRule.choices, default=WarehouseRule.ANY)
    is_ship_complete = models.BooleanField("ship complete", default=False)
    wanted_date = models.DateField(
        null=True, blank=True, help_text="The customer wants it then, not before. Empty: as soon as possible."
    )
    must_by_date = models.DateField(
        "must ship by", null=True, blank=True, help_text="The customer has no use for it later. Empty: no such day."
    )
    fingerprint = models.CharField(max_length=64, editable=False)
    note = models.TextField(blank=True)
    is_unpaid = models.BooleanField(
        "unpaid", default=False, db_default=False, help_text="Nothing of it leaves before it is paid (OrderPayment)."
    )
    placed_at = models.DateTimeField(db_index=True)

    class Meta:
        ordering = ["-pk"]
        permissions = [
            ("ship_order", "Can ship what is here"),
            ("amend_order", "Can change an order that was placed"),
            ("stop_order", "Can stop an order, and let it go on"),
            ("pay_order", "Can mark an order as paid"),
            ("link_order", "Can give out, and withdraw, the links to an order’s page"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["channel", "reference"], name="order_placed_once"),
            models.UniqueConstraint(
                "key", Upper("channel"), condition=Q(key__isnull=False), name="order_placed_once_by_key"
            ),
        ]
        indexes = [
            models.Index(fields=["reference"], name="order_by_reference"),
            # "can ship now": these hold lines back
            models.Index(fields=["id"], name="order_ship_complete", condition=Q(is_ship_complete=True)),
            models.Index(fields=["wanted_date"], name="order_wanted_later", condition=Q(wanted_date__isnull=False)),
            models.Index(fields=["id"], name="order_unpaid", condition=Q(is_unpaid=True)),
        ]

    def __str__(self) -> str:
        return self.reference

    @classmethod
    def of(cls, channel: str, reference: str) -> "Order | None":
        """Give the order of this channel and reference; the one that is called just so before one in another case."""
        same = (
            order for order in cls.objects.filter(cls.named(reference)) if keys.key(order.channel) == keys.key(channel)
        )
        found = sorted(same, key=lambda order: (order.reference != reference, order.key is None, order.pk))
        return found[0] if found else None

    @classmethod
    def exactly(cls, text: str) -> Q:
        return cls.named(text)

    def others(self) -> models.QuerySet["Order"]:
        """Give the other orders of its channel that have this key."""
        rows: models.QuerySet[Order] = super().others()
        return rows.filter(channel__iexact=self.channel)


WAITS = Q(backordered__gt=0, is_stopped=False)
"""A line that waits. One of a stopped order does not, whatever it lacks."""
AT_RISK = WAITS & Q(is_at_risk=True)
"""A line that waits, and whose promise may well break (``orders.rules.news``)."""


class OrderLineQuerySet(models.QuerySet["OrderLine"]):
    def open(self) -> "OrderLineQuerySet":
        return self.filter(open__gt=0)

    def backordered(self) -> "OrderLineQuerySet":
        """Narrow to lines that wait; those of stopped orders do not."""
        return self.filter(WAITS)

    def waiting_for(self, product_ids: Collection[int]) -> "OrderLineQuerySet":
        """Narrow to lines that wait for these products; to ask for open ones lets an index answer, not all history."""
        return self.filter(WAITS, product__in=product_ids, open__gt=0)

    def in_queue_order(self) -> "OrderLineQuerySet":
        return self.order_by("pin_rank", "queue_at", "pk")


class OrderLine(models.Model):
    """
    Units of one product in one order. It has quantities and no status.

    ``pegged`` are units claimed on inbound; ``uncovered`` wait for supply that nobody has ordered.
    ``likely_date``, ``safe_date`` and ``basis`` are computed at each change; ``promised_date`` mirrors
    the newest ``Promise``. ``is_stopped`` is the same for all open lines of an order: it is
    stopped (``OrderStop``), or was not paid in time (``OrderPayment``). The ``ready``
    columns are for orders that ship complete or are wanted later: when and how the line alone could ship, and whether
    it leaves units on hand to others until then (``orders.allocation.dating``). ``redated`` is how often time alone has
    moved its promise since anything else happened to it (``orders.allocation.promises``). ``chance_to_break``,
    0 to 1, is that of shipping after the promised day, of a line that waits for one; the night reckons it anew
    (``orders.allocation.chances``). ``told_date``: of the newest promise told, if any (``orders.mail.stood_by``).
    ``word_by`` is the day by which its customer hears again, of a line that is late and was promised no other day.
    Written only by ``orders.allocation``, ``orders.queue.ordering`` and ``orders.fulfillment``.
    """

    order = models.ForeignKey(Order, models.CASCADE, related_name="lines", db_index=False)
    position = models.PositiveSmallIntegerField()
    product = models.ForeignKey(Product, models.PROTECT, related_name="order_lines")
    unit_price = models.DecimalField(max_digits=12, decimal_places=2, default=0)
    quantity = models.PositiveIntegerField()
    canceled = models.PositiveIntegerField(default=0)
    allocated = models.PositiveIntegerField(default=0)
    shipped = models.PositiveIntegerField(default=0)
    pegged = models.PositiveIntegerField(default=0)
    open = models.GeneratedField(
        expression=F("quantity") - F("canceled") - F("shipped"), output_field=models.IntegerField(), db_persist=True
    )
    backordered = models.GeneratedField(
        expression=F("quantity") - F("canceled") - F("shipped") - F("allocated"),
        output_field=models.IntegerField(),
        db_persist=True,
    )
    uncovered = models.GeneratedField(
        expression=F("quantity") - F("canceled") - F("shipped") - F("allocated") - F("pegged"),
        output_field=models.IntegerField(),
        db_persist=True,
    )
    priority = models.SmallIntegerField(default=0)
    priority_reason = models.CharField(max_length=200, blank=True)
    pin_rank = models.PositiveIntegerField(default=UNPINNED)
    queue_at = models.DateTimeField()
    likely_date = models.DateField(null=True, blank=True)
    safe_date = models.DateField(null=True, blank=True)
    basis = models.CharField(max_length=10, choices=Basis.choices, default=Basis.NONE)
    ready_date = models.DateField(null=True, blank=True)
    ready_safe_date = models.DateField(null=True, blank=True)
    ready_basis = models.CharField(max_length=10, choices=Basis.choices, blank=True, default="", db_default="")
    is_held_back = models.BooleanField(default=False, db_default=False)
    first_promised_date = models.DateField(null=True, blank=True)
    promised_date = models.DateField(null=True, blank=True)
    is_promise_pinned = models.BooleanField("date pinned by staff", default=False)
    redated = models.SmallIntegerField(default=0, db_default=0)
    word_by = models.DateField(null=True, blank=True)
    chance_to_break = models.FloatField(null=True, blank=True)
    is_at_risk = models.BooleanField(default=False, db_default=False)
    is_stopped = models.BooleanField(default=False, db_default=False)
    told_at = models.DateTimeField(null=True, blank=True)
    told_date = models.DateField(null=True, blank=True, editable=False)
    has_told_date = models.BooleanField(default=False, db_default=False, editable=False)
    placed_at = models.DateTimeField()
    changed_at = models.DateTimeField(help_text="The last change of its quantities; feeds demand.")

    objects = OrderLineQuerySet.as_manager()

    class Meta:
        permissions = [
            ("redate_orderline", "Can give a waiting line a new date"),
            ("release_orderline", "Can let go of a typed date"),
            ("prioritize_orderline", "Can give a waiting line a priority"),
            ("move_orderline", "Can move a waiting line up in the queue"),
            ("pin_orderline", "Can pin a waiting line to a place"),
            ("cancel_orderline", "Can cancel units of a line"),
            ("amend_orderline", "Can change the quantity of a line"),
            ("substitute_orderline", "Can replace a product of a line by another"),
            ("explain_orderline", "Can say why a line waits"),
            ("export_orderline", "Can export the backorder queue"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["order", "position"], name="line_one_per_position"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="line_has_units"),
            models.CheckConstraint(
                condition=Q(quantity__gte=F("canceled") + F("shipped") + F("allocated") + F("pegged")),
                name="line_not_overcovered",
            ),
        ]
        indexes = [
            # allocation: the queue of a product
            models.Index(fields=["product", "pin_rank", "queue_at", "id"], name="line_queue", condition=Q(open__gt=0)),
            # the queue screen: all who wait, oldest first; tabs by date, and its figures without a look at the table
            models.Index(fields=["pin_rank", "queue_at", "id"], name="line_waits", condition=WAITS),
            models.Index(
                fields=["promised_date"],
                include=["backordered", "uncovered", "is_held_back", "order", "placed_at"],
                name="line_waits_by_promise",
                condition=WAITS,
            ),
            models.Index(fields=["placed_at"], name="line_waits_by_age", condition=WAITS),
            # tabs that few lines answer, in the order of the queue: a question that nobody answers is quick, too
            models.Index(
                fields=["pin_rank", "queue_at", "id"],
                include=["promised_date"],
                name="line_at_risk_by_chance",
                condition=AT_RISK,
            ),
            models.Index(
                fields=["pin_rank", "queue_at", "id"],
                name="line_waits_undated",
                condition=WAITS & Q(promised_date__isnull=True),
            ),
            models.Index(
                fields=["pin_rank", "queue_at", "id"],
                name="line_waits_untold",
                condition=WAITS & Q(told_at__isnull=True),
            ),
            models.Index(
                fields=["pin_rank", "queue_at", "id"],
                name="line_waits_unsupplied",
                condition=Q(uncovered__gt=0, is_held_back=False, is_stopped=False),
            ),
            # the night: whose customer has to hear again
            models.Index(fields=["word_by"], name="line_word_due", condition=Q(word_by__isnull=False)),
            # "can ship now"
            models.Index(fields=["order"], name="line_shippable", condition=Q(allocated__gt=0)),
            # "ready, promise due": what should have left by now
            models.Index(fields=["promised_date"], name="line_ready_by_promise", condition=Q(allocated__gt=0)),
            # placing: is there a line before the new one whose date hangs on units it may take?
            models.Index(fields=["product"], name="line_held_back", condition=Q(is_held_back=True)),
            models.Index(
                fields=["pin_rank", "queue_at", "id"], name="line_stopped", condition=Q(open__gt=0, is_stopped=True)
            ),
            # the demand feed
            models.Index(fields=["changed_at"], name="line_changed"),
        ]

    def __str__(self) -> str:
        return f"{self.order} · {self.product}"

    @property
    def is_pinned(self) -> bool:
        return self.pin_rank != UNPINNED

    @property
    def waits(self) -> bool:
        """Whether it waits; a line of a stopped order does not."""
        return self.backordered > 0 and not self.is_stopped

    @property
    def words(self) -> str:
        """The state of the line in words, derived from its quantities."""
        if not self.open:
            return "Shipped" if self.shipped else "Canceled"
        lacks = "not here" if self.is_stopped else "waiting"
        parts = [
            f"{units:,} {word}"
            for units, word in ((self.shipped, "shipped"), (self.allocated, "here"), (self.backordered, lacks))
            if units
        ]
        return ", ".join([*parts, "stopped"] if self.is_stopped else parts)


class Backorder(OrderLine):
    """An open order line as the queue shows it. The same rows: a screen of its own, no table and no permissions."""

    class Meta:
        proxy = True
        verbose_name = "backorder"
        default_permissions = ()

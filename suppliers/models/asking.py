"""
What suppliers were asked: about confirmed dates, did the goods leave, and when they are late, for which day; and when
what they have not confirmed comes.
"""

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Coalesce

from inventory.ground.post.letter import LetterState

from .letter import OrderLetter
from .purchase import PurchaseOrderLine, Slip

ONLY_COMPOSED = Q(letter__state=LetterState.SHADOWED, answered_at=None)
"""Questions of which no supplier heard, while mail was in shadow, and which nobody has answered all the same."""


class AskedMoment(models.TextChoices):
    BEFORE = "before", "Before the day"
    PASSED = "passed", "The day has passed"
    UNSAID = "unsaid", "No day was confirmed"


class AskedDateQuerySet(models.QuerySet["AskedDate"]):
    def unanswered(self) -> "AskedDateQuerySet":
        """
        Those that still want an answer: nobody has typed one, units of the line are to come, and the day is the same.

        Another day, from whichever door it came, is an answer; so is that day said anew, once another one had been
        said, or that a part of the line comes on it and another one does not; so is that the goods are here, or will
        not come. Where none was confirmed, any confirmed one is.
        """
        anew = Q(line=OuterRef("line"), now=OuterRef("day"))
        family = Coalesce(OuterRef("line__part_of"), OuterRef("line"))
        in_parts = Q(line__part_of=family, was=OuterRef("day"), reason=Slip.IN_PARTS)
        again = Slip.objects.filter(anew | in_parts)
        # by telephone it is asked on a day before which the day was said (suppliers.asking.moments)
        by_telephone = Q(letter=None) & Exists(again.filter(at__date__gte=OuterRef("asked_on")))
        return self.exclude(Exists(again.filter(at__gt=OuterRef("letter__created_at"))) | by_telephone).filter(
            Q(line__inbound__expected_date=F("day")) | Q(day=None, line__inbound__is_confirmed=False),
            answered_at=None,
            line__inbound__outstanding__gt=0,
            line__purchase_order__canceled_at=None,
        )


class AskedDate(models.Model):
    """
    That a supplier was asked about one line and one confirmed day, before the day or once it had passed; or, once,
    about a line for which it confirmed none: its ``day`` is empty.

    ``letter`` is the mail that asks; none: there was no address, and somebody has to call. From ``silent_from`` on, a
    working day of the supplier, silence is an alert. ``answered_at`` is set where the answer is that the goods left:
    any other answer is a new day, or units that will not come. Written only by ``suppliers.asking``.
    """

    line = models.ForeignKey(PurchaseOrderLine, models.CASCADE, related_name="asked", db_index=False)
    day = models.DateField(
        null=True, blank=True, help_text="The confirmed day that was asked about. Empty: none was confirmed."
    )
    moment = models.CharField(max_length=6, choices=AskedMoment.choices)
    asked_on = models.DateField()
    silent_from = models.DateField()
    letter = models.ForeignKey(OrderLetter, models.PROTECT, null=True, blank=True, related_name="asked")
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")

    objects = AskedDateQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(fields=["line", "day", "moment"], name="asked_once_per_line_and_day"),
            models.UniqueConstraint(fields=["line"], condition=Q(day__isnull=True), name="asked_once_without_a_day"),
        ]
        indexes = [
            # what nobody has answered, for the alerts
            models.Index(fields=["silent_from"], name="asked_unanswered", condition=Q(answered_at__isnull=True)),
        ]

    def __str__(self) -> str:
        about = f"{self.line}, {self.day}" if self.day else str(self.line)
        return f"{about}: {self.get_moment_display().lower()}"

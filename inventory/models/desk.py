"""
What people's desks remember: notes, who has what, lists as somebody likes them, alerts; and the keys of pages that were
acted on.
"""

from django.conf import settings
from django.contrib.auth.models import Group
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import Q
from django.db.models.functions import Upper


def _somebody() -> models.ForeignKey:
    """A column for who did it; null: the clock, or nobody yet."""
    return models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )


def _one_owner(name: str) -> models.CheckConstraint:
    nobody_else = Q(person__isnull=False, role__isnull=True) | Q(person__isnull=True, role__isnull=False)
    return models.CheckConstraint(condition=nobody_else, name=name)


class Hanging(models.Model):
    """What hangs on a row of any model, which may be gone by now (``inventory.notebook.hanging``)."""

    content_type = models.ForeignKey(ContentType, models.PROTECT, related_name="+", db_index=False)
    object_id = models.PositiveBigIntegerField()
    row = GenericForeignKey()

    class Meta:
        abstract = True


class Owned(models.Model):
    """What is one person's, or that of all who have a role (``inventory.notebook.owners``)."""

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    role = models.ForeignKey(Group, models.PROTECT, null=True, blank=True, related_name="+", db_index=False)

    class Meta:
        abstract = True


class Note(Hanging):
    """
    What somebody wrote about a row, as plain text; never mailed. It is taken away, and not deleted.

    ``key`` tells one act of writing from the next: with the same one a row gets one note. Written only by
    ``inventory.notebook.notes``.
    """

    text = models.TextField()
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField()
    is_pinned = models.BooleanField("pinned", default=False)
    key = models.CharField(max_length=120, blank=True)
    edited_at = models.DateTimeField(null=True, blank=True)
    removed_at = models.DateTimeField(null=True, blank=True)
    removed_by = _somebody()

    class Meta:
        default_permissions = ()
        permissions = [("write_note", "Can write notes")]
        constraints = [
            models.UniqueConstraint(
                fields=["content_type", "object_id", "key"], name="note_written_once", condition=~Q(key="")
            )
        ]
        indexes = [
            # the notes of a row, and of a page of rows
            models.Index(
                fields=["content_type", "object_id", "-id"], name="note_on_row", condition=Q(removed_at__isnull=True)
            )
        ]

    def __str__(self) -> str:
        return self.text


class Mention(models.Model):
    """
    A person whom a note names, and whether they have read it. Written only by ``inventory.notebook.mentions``.
    """

    note = models.ForeignKey(Note, models.CASCADE, related_name="mentions", db_index=False)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", db_index=False)
    read_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["note", "person"], name="mention_once")]
        indexes = [
            models.Index(fields=["person", "-id"], name="mention_unread", condition=Q(read_at__isnull=True)),
            models.Index(fields=["person", "-id"], name="mention_of_person"),
        ]

    def __str__(self) -> str:
        return f"@{self.person}"


class Follow(Hanging):
    """
    That a person wants to hear what happens to a row. Written only by ``inventory.notebook.following``.
    """

    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    since = models.DateTimeField()

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["content_type", "object_id", "person"], name="follow_once")]

    def __str__(self) -> str:
        return f"{self.person} follows"


class Assignment(Hanging, Owned):
    """
    Whose turn it is with a row, until when, and what is to be done: one at a time. Handed on, it ends
    and another begins.

    ``is_done`` says how it ended: done, or handed on. Written only by ``inventory.notebook.assignments``.
    """

    task = models.CharField(max_length=300, blank=True)
    due_date = models.DateField(null=True, blank=True)
    assigned_at = models.DateTimeField()
    assigned_by = _somebody()
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = _somebody()
    is_done = models.BooleanField("done", default=False)

    class Meta:
        default_permissions = ()
        permissions = [("assign_row", "Can say whose turn it is with a row")]
        constraints = [
            _one_owner("assignment_has_one_owner"),
            models.CheckConstraint(
                condition=Q(is_done=False) | Q(ended_at__isnull=False), name="assignment_done_has_ended"
            ),
            models.UniqueConstraint(
                fields=["content_type", "object_id"],
                name="assignment_one_at_a_time",
                condition=Q(ended_at__isnull=True),
            ),
        ]
        indexes = [
            # "mine"
            models.Index(
                fields=["person", "due_date"], name="assignment_of_person", condition=Q(ended_at__isnull=True)
            ),
            models.Index(fields=["role", "due_date"], name="assignment_of_role", condition=Q(ended_at__isnull=True)),
            # what became of a row
            models.Index(fields=["content_type", "object_id", "-id"], name="assignment_on_row"),
        ]

    def __str__(self) -> str:
        return self.task or f"{self.person or self.role}"


class SavedView(Owned):
    """
    A list as somebody likes it: its name, which list, and what its address asks for, without "?".

    Written only by ``inventory.notebook.saved_views``.
    """

    name = models.CharField(max_length=80)
    list_name = models.CharField(max_length=120, help_text='As its address is called, such as "orders_backorder".')
    query = models.CharField(max_length=2_000, blank=True)
    is_default = models.BooleanField("the one that opens", default=False)
    saved_at = models.DateTimeField()
    saved_by = _somebody()

    class Meta:
        default_permissions = ()
        constraints = [
            _one_owner("saved_view_has_one_owner"),
            *(
                models.UniqueConstraint(
                    "list_name",
                    owner,
                    Upper("name"),
                    name=f"saved_view_named_once_by_{owner}",
                    condition=Q((f"{owner}__isnull", False)),
                )
                for owner in ("person", "role")
            ),
            *(
                models.UniqueConstraint(
                    fields=["list_name", owner],
                    name=f"saved_view_one_default_of_{owner}",
                    condition=Q(("is_default", True), (f"{owner}__isnull", False)),
                )
                for owner in ("person", "role")
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Alert(Hanging, Owned):
    """
    Something a person must decide about a row, by when, and who: open until it is solved, once a kind and row.

    It is solved by a person, with a reason, or by its fact, which is gone: ``solution`` says how. ``gone_at`` is when
    the fact was found gone; what a person has solved before is not raised again until then, or until the fact is due
    on another day. ``raised_by`` is null where the clock found it, ``given_by`` while it is whose it was from the
    start. ``taken_by`` has it in work, ``taken_at`` since when; its owner stays, for when they let it go. Written only
    by ``inventory.notebook.alerts``.
    """

    kind = models.CharField(max_length=40)
    words = models.CharField("what", max_length=300)
    due_date = models.DateField("due")
    raised_at = models.DateTimeField("since")
    raised_by = _somebody()
    given_by = _somebody()
    taken_by = _somebody()
    taken_at = models.DateTimeField("in work since", null=True, blank=True)
    solved_at = models.DateTimeField("solved", null=True, blank=True)
    solved_by = _somebody()
    solution = models.CharField(max_length=300, blank=True)
    gone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        default_permissions = ("view",)
        permissions = [
            ("solve_alert", "Can say that an alert is solved"),
            ("give_alert", "Can give an alert to somebody"),
        ]
        constraints = [
            _one_owner("alert_has_one_owner"),
            models.CheckConstraint(
                condition=Q(gone_at__isnull=True) | Q(solved_at__isnull=False), name="alert_gone_is_solved"
            ),
            models.UniqueConstraint(
                fields=["kind", "content_type", "object_id"],
                name="alert_open_once",
                condition=Q(solved_at__isnull=True),
            ),
        ]
        indexes = [
            # the list: what is open, "mine", what was solved
            models.Index(fields=["due_date", "id"], name="alert_open_by_due", condition=Q(solved_at__isnull=True)),
            models.Index(fields=["person", "due_date"], name="alert_of_person", condition=Q(solved_at__isnull=True)),
            models.Index(fields=["role", "due_date"], name="alert_of_role", condition=Q(solved_at__isnull=True)),
            models.Index(
                fields=["taken_by", "due_date"],
                name="alert_in_work",
                condition=Q(solved_at__isnull=True, taken_by__isnull=False),
            ),
            models.Index(fields=["-solved_at", "-id"], name="alert_solved", condition=Q(solved_at__isnull=False)),
            # the clock: whose fact stands
            models.Index(fields=["kind"], name="alert_standing", condition=Q(gone_at__isnull=True)),
            # what became of a row
            models.Index(fields=["content_type", "object_id", "-id"], name="alert_on_row"),
        ]

    def __str__(self) -> str:
        return self.words


class SpentKey(models.Model):
    """
    The one-time key of a page that somebody acted on: a double click, a second tab or a retried request finds it here.

    ``act`` is the view, ``rows`` its address with the rows it names, ``sent`` a hash of what was sent, ``answer`` what
    the first one was answered (null: it has not said how it ended). Written only by ``inventory.spent``.
    """

    key = models.CharField(max_length=40, unique=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    act = models.CharField(max_length=120)
    rows = models.TextField()
    sent = models.CharField(max_length=64)
    answer = models.JSONField(null=True)
    at = models.DateTimeField(db_index=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.act}, {self.at:%Y-%m-%d %H:%M}"

"""
What happened of late to the rows that a person follows, as far as they may see it. Reads only, in a constant number of
statements, however many rows they follow.

A note is told by who wrote it and where, never by its words: no note is mailed.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model, Q
from django.urls import reverse

from backoffice.screens.notebook import owning, subjects
from inventory.desk.tables import day
from inventory.ground.plurals import counted
from inventory.models import Alert, Assignment, Note
from inventory.notebook import following, hanging, owners
from inventory.notebook.hanging import RowKey
from orders.models import OrderLine
from orders.wording import phrases

from . import alerts

MOST_OLD = 50
"""Turns of which was told before that they are late."""


@dataclass(frozen=True, slots=True)
class NewsSpan:
    """What is new: after ``moment``, which was on ``day``, until ``at``, which is ``today``."""

    moment: datetime
    day: date
    at: datetime
    today: date

    def has(self, column: str) -> Q:
        return Q((f"{column}__gt", self.moment), (f"{column}__lte", self.at))


@dataclass(frozen=True, slots=True)
class RowNews:
    """
    What there is to say of one row.

    :ivar path: its page
    :ivar is_news: something of it is new; what is late and was told before goes along, and is none by itself
    """

    name: str
    path: str
    said: list[str]
    is_news: bool


@dataclass(frozen=True, slots=True)
class _Said:
    key: RowKey
    words: str
    is_news: bool = True


def of(who: User, since: NewsSpan) -> list[RowNews]:
    """Give what a person has to hear, row by row: those that are due first."""
    keys = following.followed(who)
    by_row: dict[RowKey, list[_Said]] = defaultdict(list)
    for each in (*_due(who, since), *_given(keys, who, since), *_written(keys, who, since), *_solved(keys, who, since)):
        by_row[each.key].append(each)
    shown = _seen(by_row, who)
    return [
        RowNews(f"{shown[key]}", _path(shown[key]), [each.words for each in said], any(each.is_news for each in said))
        for key, said in by_row.items()
        if key in shown
    ]


def _due(who: User, since: NewsSpan) -> Iterator[_Said]:
    """What is theirs to do and due today, or late: news on the day it falls due and on the next, said after that."""
    mine = Assignment.objects.filter(owners.mine(who), ended_at=None, due_date__lte=since.today)
    mine = mine.select_related("role").order_by("-due_date", "-pk")
    new, old = mine.filter(due_date__gte=since.day), mine.filter(due_date__lt=since.day)
    for turn in (*new, *old[:MOST_OLD]):
        due = turn.due_date
        assert due
        when = "due today" if due == since.today else f"late: it was due on {day(due)}"
        whose = f"{turn.role.name}: " if turn.role else ""
        yield _Said(_key(turn), f"{whose}{_task(turn) or 'it is your turn'}, {when}", due >= since.day)


def _given(keys: set[RowKey], who: User, since: NewsSpan) -> Iterator[_Said]:
    """Turns that somebody else gave, and those that somebody else says are done."""
    here = Assignment.objects.filter(hanging.on(keys)).select_related("person", "role", "assigned_by", "ended_by")
    for turn in here.filter(since.has("assigned_at"), ended_at=None).exclude(assigned_by=who).order_by("pk"):
        to = "you" if turn.person_id == who.pk else owning.owner(turn)
        until = f", until {day(turn.due_date)}" if turn.due_date else ""
        by = turn.assigned_by
        if by is None:
            words = f"it was given to {to}"
        else:
            words = f"{owning.called(by)} {'took it' if turn.person_id == by.pk else f'gave it to {to}'}"
        yield _Said(_key(turn), f"{words}{_quoted(turn)}{until}")
    for turn in here.filter(since.has("ended_at"), is_done=True).exclude(ended_by=who).order_by("pk"):
        by = turn.ended_by
        yield _Said(_key(turn), f"{f'{owning.called(by)} says it is done' if by else 'it is done'}{_quoted(turn)}")


def _written(keys: set[RowKey], who: User, since: NewsSpan) -> Iterator[_Said]:
    """How many notes others wrote, and who."""
    new = Note.objects.filter(hanging.on(keys), since.has("at"), removed_at=None).exclude(author=who)
    by_row: dict[RowKey, list[str]] = defaultdict(list)
    for note in new.select_related("author").order_by("pk"):
        by_row[_key(note)].append(owning.called(note.author))
    for key, authors in by_row.items():
        yield _Said(key, f"{counted(len(authors), 'new note')} by {phrases.listed(list(dict.fromkeys(authors)))}")


def _solved(keys: set[RowKey], who: User, since: NewsSpan) -> Iterator[_Said]:
    """Alerts that hang on what they follow, that they follow, or that were theirs by name, and are solved."""
    alert_type = ContentType.objects.get_for_model(Alert).pk
    followed = Q(pk__in=[key.object_id for key in keys if key.content_type_id == alert_type])
    theirs = Q(person=who) | Q(taken_by=who)
    solved = Alert.objects.filter(since.has("solved_at"), hanging.on(keys) | followed | theirs)
    for alert in solved.exclude(solved_by=who).select_related("solved_by").order_by("pk"):
        by = f"{owning.called(alert.solved_by)} solved it: " if alert.solved_by else "solved: "
        yield _Said(hanging.key(alert), f"{by}{alert.solution}")


def _key(each: Any) -> RowKey:
    return RowKey(each.content_type_id, each.object_id)


def _task(turn: Assignment) -> str:
    return f"“{turn.task}”" if turn.task else ""


def _quoted(turn: Assignment) -> str:
    return f": {_task(turn)}" if turn.task else ""


def _seen(keys: Iterable[RowKey], who: User) -> dict[RowKey, Model]:
    """Give these rows, but for those that are gone or that this person may not see."""
    ids: dict[int, list[int]] = defaultdict(list)
    for key in keys:
        ids[key.content_type_id].append(key.object_id)
    kinds = {kind.name for kind in alerts.seen_by(who)}
    found: dict[RowKey, Model] = {}
    for content_type_id, own in ids.items():
        model: Any = ContentType.objects.get_for_id(content_type_id).model_class()
        if model not in subjects.DESKS or not who.has_perm(f"{model._meta.app_label}.view_{model._meta.model_name}"):
            continue
        rows = model._base_manager.filter(pk__in=own)
        rows = rows.filter(kind__in=kinds) if model is Alert else rows
        rows = rows.select_related("order", "product") if model is OrderLine else rows
        found |= {RowKey(content_type_id, row.pk): row for row in rows}
    return found


def _path(row: Model) -> str:
    name, pk = subjects.page(row)
    return reverse(f"admin:{name}", args=[pk])

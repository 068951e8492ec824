"""
Alerts: what a person must decide, whose it is, by when. The only writer of ``Alert``.

A use case raises one (``raise_all``) and a person solves it; or somebody watches facts (``sync``): then it is raised
while its fact stands, and solves itself when it is gone. A kind hangs on a row once while it is open, whoever raises it
at the same moment: the unique index decides. Each call takes a constant number of statements, and locks rows of its own
alone, in the order of their keys.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import NamedTuple

from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from inventory.ground.sql import bulk, schema
from inventory.ground.sql.pruning import prune
from inventory.models import Alert, Follow, Note

from . import owners, wording
from .hanging import RowKey
from .owners import Owner

KEPT = timedelta(days=400)
"""A good year, so that who looks at a season sees what there was to decide in the last one."""
_TABLE = Alert._meta.db_table
_NEW = schema.columns(
    Alert,
    "kind",
    "content_type_id",
    "object_id",
    "words",
    "due_date",
    "person_id",
    "role_id",
    "raised_at",
    "raised_by_id",
    "solution",
)


class NotOpen(Exception):
    """Somebody has solved it, or its fact is gone."""


class InWork(Exception):
    """Somebody else has taken it; they let it go, or it is given on."""


@dataclass(frozen=True, slots=True)
class Matter:
    """
    What a person must decide.

    :ivar kind: what sort of thing it is; with its row it says which one
    :ivar owner: whose it is from the start; a person may give it to somebody else
    """

    kind: str
    row: RowKey
    words: str
    due_date: date
    owner: Owner

    def cut(self) -> str:
        """Give its words as one line, cut where one ends."""
        words = " ".join(self.words.split())
        return words if len(words) <= wording.MOST_OF_A_LINE else f"{words[: wording.MOST_OF_A_LINE - 1]}…"


class Synced(NamedTuple):
    """How many alerts were raised, how many solved themselves, and how many say something else now."""

    raised: int
    solved: int
    changed: int


@transaction.atomic
def raise_all(matters: Iterable[Matter], *, by: User | None, at: datetime) -> int:
    """Raise an alert for each of these, unless one is open; give how many are new."""
    return _raise(matters, by, at)


def _raise(matters: Iterable[Matter], by: User | None, at: datetime) -> int:
    author = by.pk if by else None
    today = _day(at)
    rows = [
        (
            each.kind,
            *each.row,
            each.cut(),
            max(each.due_date, today),
            each.owner.person_id,
            each.owner.role_id,
            at,
            author,
            "",
        )
        for each in sorted(matters, key=lambda each: (each.kind, each.row))
    ]
    return bulk.insert(_TABLE, _NEW, rows, "ON CONFLICT DO NOTHING")


# --- facts that are watched ------------------------------------------------------------------


@dataclass(slots=True)
class _Difference:
    """What facts of now make of the alerts that stand."""

    new: list[Matter] = field(default_factory=list)
    other: list[tuple[int, str, date]] = field(default_factory=list)
    over: list[tuple[int, str]] = field(default_factory=list)

    def ids(self) -> list[int]:
        return [*(pk for pk, _, _ in self.other), *(pk for pk, _ in self.over)]


def sync(kinds: Mapping[str, str], find: Callable[[], Iterable[Matter]], *, at: datetime) -> Synced:
    """
    Raise what stands and is not raised, solve what is gone, say anew what has changed; twice does nothing twice.

    What a person has solved while its fact stood is raised again once the fact is due on another day, or has been gone
    and is back. What was raised after ``at``, while a long night held on to its hour, is left as it is. Reads first and
    writes in a transaction of its own, if there is anything to write; what somebody else is at waits for the next time.

    :param kinds: the kinds of alerts that these facts are all the grounds of, with what to say when one is gone
    :param find: gives all facts that stand; asked after the alerts were read, so that none is solved which was just
        raised
    """
    standing = list(
        Alert.objects.filter(kind__in=kinds, gone_at=None)
        .order_by("pk")
        .values_list("pk", "kind", "content_type_id", "object_id", "words", "due_date", "solved_at", "raised_at")
    )
    found = {(each.kind, each.row): each for each in find()}
    difference = _compare(standing, found, kinds, at)
    if not (difference.new or difference.other or difference.over):
        return Synced(0, 0, 0)
    return _write(difference, at)


def _compare(
    standing: Sequence[tuple[int, str, int, int, str, date, datetime | None, datetime]],
    found: Mapping[tuple[str, RowKey], Matter],
    kinds: Mapping[str, str],
    at: datetime,
) -> _Difference:
    difference = _Difference()
    known = set()
    for pk, kind, content_type_id, object_id, words, due_date, solved_at, raised_at in standing:
        which = kind, RowKey(content_type_id, object_id)
        matter = found.get(which)
        if raised_at > at:
            known.add(which)
            continue
        due = max(matter.due_date, _day(raised_at)) if matter else due_date
        if matter is None or (solved_at and due_date not in (due, matter.due_date)):
            difference.over.append((pk, kinds[kind]))
            continue
        known.add(which)
        if not solved_at and (now := (matter.cut(), due)) != (words, due_date):
            difference.other.append((pk, *now))
    difference.new = [matter for which, matter in found.items() if which not in known]
    return difference


def _day(raised_at: datetime) -> date:
    """The first day that an alert can be due: nobody can have done yesterday what they hear of today."""
    return timezone.localtime(raised_at).date()


@transaction.atomic
def _write(difference: _Difference, at: datetime) -> Synced:
    touched = difference.ids()
    free = (
        Alert.objects.filter(pk__in=bulk.among(touched)).order_by("pk").select_for_update(skip_locked=True, no_key=True)
    )
    ours = set(free.values_list("pk", flat=True)) if touched else set()
    solved = bulk.update(
        _TABLE,
        schema.columns(Alert, "id", "solution", "gone_at"),
        [(pk, words, at) for pk, words in difference.over if pk in ours],
        "gone_at = staged.gone_at, solved_at = COALESCE(target.solved_at, staged.gone_at),"
        " solution = CASE WHEN target.solved_at IS NULL THEN staged.solution ELSE target.solution END",
        "target.id = staged.id AND target.gone_at IS NULL",
    )
    changed = bulk.update(
        _TABLE,
        schema.columns(Alert, "id", "words", "due_date"),
        [row for row in difference.other if row[0] in ours],
        "words = staged.words, due_date = staged.due_date",
        "target.id = staged.id AND target.solved_at IS NULL",
    )
    return Synced(_raise(difference.new, None, at), solved, changed)


# --- people ----------------------------------------------------------------------------------


@transaction.atomic
def solve(alert_ids: Collection[int], *, reason: str, by: User, at: datetime) -> int:
    """
    Say that alerts are solved, and how.

    :returns: how many that are
    :raises NotOpen: if one of them is not open any more; nothing is written then
    :raises NoWords: if there is no reason, or it is longer than a line (``wording.NoWords``)
    """
    words = wording.line(reason, what="A solution")
    _lock(alert_ids)
    return Alert.objects.filter(pk__in=alert_ids).update(solved_at=at, solved_by=by, solution=words)


@transaction.atomic
def give(alert_ids: Collection[int], to: Owner, *, by: User, at: datetime) -> int:
    """
    Give alerts to somebody else; they stay theirs, however their facts change. Who had one in work has it no more.

    :returns: how many have another owner now, or are open again
    :raises NotOpen: if one of them is not open any more; nothing is written then
    """
    _lock(alert_ids)
    others = Alert.objects.filter(pk__in=alert_ids).exclude(to.is_it, taken_by=None)
    return others.update(person=to.person_id, role=to.role_id, given_by=by, taken_by=None, taken_at=None)


@transaction.atomic
def take(alert_ids: Collection[int], *, by: User, at: datetime) -> int:
    """
    Take alerts: this person has them in work from now on.

    :returns: how many were open; what they have in work already stays theirs since then
    :raises NotOpen: if one of them is not open any more; nothing is written then
    :raises InWork: if somebody else has one of them in work; nothing is written then
    """
    _lock(alert_ids)
    rows = Alert.objects.filter(pk__in=alert_ids)
    if rows.filter(taken_by__isnull=False).exclude(taken_by=by).exists():
        raise InWork("Somebody else has one of these alerts in work. Look again.")
    return rows.filter(taken_by=None).update(taken_by=by, taken_at=at)


@transaction.atomic
def let_go(alert_ids: Collection[int]) -> int:
    """
    Let alerts go that somebody has in work: they are open again, and whose they were before.

    :returns: how many were in work
    :raises NotOpen: if one of them is not open any more; nothing is written then
    """
    _lock(alert_ids)
    return Alert.objects.filter(pk__in=alert_ids, taken_by__isnull=False).update(taken_by=None, taken_at=None)


def sweep(*, at: datetime, block_done: Callable[[], None] | None = None) -> int:
    """
    Forget what was solved, and whose fact has been gone, for ``KEPT``; a daily job.

    What a person has solved while its fact still stands is kept, or it would be raised again; so is what somebody
    follows, or has written on.
    """
    hangs = {"content_type": ContentType.objects.get_for_model(Alert), "object_id": OuterRef("pk")}
    old = Alert.objects.filter(solved_at__lt=at - KEPT, gone_at__lt=at - KEPT)
    free = old.exclude(Exists(Note.objects.filter(**hangs))).exclude(Exists(Follow.objects.filter(**hangs)))
    return prune(free.order_by("solved_at", "pk"), block_done=block_done)


def mine(who: User) -> Q:
    """Say of an alert that this person has it in work, or that it is theirs, by name or role, and nobody has."""
    return Q(taken_by=who) | (owners.mine(who) & Q(taken_by=None))


def _lock(alert_ids: Collection[int]) -> None:
    """:raises NotOpen: unless all of them are open"""
    wanted = set(alert_ids)
    rows = Alert.objects.filter(pk__in=wanted, solved_at=None).order_by("pk").select_for_update(no_key=True)
    if len(rows) != len(wanted):
        raise NotOpen("One of these alerts is solved already. Look again.")

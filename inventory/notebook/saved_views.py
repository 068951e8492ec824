"""Lists as somebody likes them, by name: one's own, and those of one's roles. The only writer of ``SavedView``."""

from collections.abc import Collection
from datetime import datetime

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction

from inventory.models import SavedView

from . import owners, wording
from .owners import Owner

MOST_OF_A_NAME = 80
MOST_OF_A_QUERY = 2_000
GONE = "This view is there no more."


class NoSuchView(Exception):
    """It was thrown away, or never kept."""


class NameIsTaken(Exception):
    """Its owner has another view of that list by this name."""


@transaction.atomic
def save(
    name: str, list_name: str, query: str, *, owner: Owner, is_default: bool = False, by: User | None, at: datetime
) -> SavedView:
    """
    Keep what the address of a list asks for under a name; kept before under that name, in any case, it is this now.

    :param query: what stands after the "?"
    :param is_default: the list opens with it, in place of what it opened with before
    :raises NoWords: if the name is empty, or one of them too long (``wording.NoWords``)
    """
    called = wording.line(name, what="A view", most=MOST_OF_A_NAME)
    asked = query.removeprefix("?")
    if asked:
        asked = wording.line(asked, what="What a view asks for", most=MOST_OF_A_QUERY)
    kept = {"name": called, "query": asked, "saved_at": at, "saved_by": by}
    mark = {"list_name": list_name, "person_id": owner.person_id, "role_id": owner.role_id}
    view, _ = SavedView.objects.update_or_create(**mark, name__iexact=called, defaults=kept, create_defaults=kept)
    if is_default:
        open_with(view.pk)
        view.is_default = True
    return view


@transaction.atomic
def rename(view_id: int, name: str, *, by: User | None, at: datetime) -> None:
    """
    Call a view by another name.

    :raises NoWords: if the name is empty or too long (``wording.NoWords``)
    :raises NameIsTaken: if its owner has another one of this name, in any case
    :raises NoSuchView: if it is gone
    """
    called = wording.line(name, what="A view", most=MOST_OF_A_NAME)
    try:
        with transaction.atomic():
            found = SavedView.objects.filter(pk=view_id).update(name=called, saved_by=by, saved_at=at)
    except IntegrityError:
        raise NameIsTaken(f"There is a view named “{called}” of this list already.") from None
    if not found:
        raise NoSuchView(GONE)


def open_with(view_id: int) -> None:
    """
    Let its list open with this view, for those whose it is; of two who say so at once the later one is heard.

    :raises NoSuchView: if it is gone
    """
    while not _opens_with(view_id):
        pass


def _opens_with(view_id: int) -> bool:
    try:
        with transaction.atomic():
            view = SavedView.objects.filter(pk=view_id).first()
            if view is None:
                raise NoSuchView(GONE)
            own = SavedView.objects.filter(list_name=view.list_name, person=view.person_id, role=view.role_id)
            own.filter(is_default=True).exclude(pk=view_id).update(is_default=False)
            SavedView.objects.filter(pk=view_id).update(is_default=True)
    except IntegrityError:  # another one was made it in between, and can be seen now
        return False
    return True


def open_plainly(view_id: int) -> int:
    """Let its list open as it does by itself; give whether it opened with this view."""
    return SavedView.objects.filter(pk=view_id, is_default=True).update(is_default=False)


def remove(view_ids: Collection[int]) -> int:
    """Throw views away; give how many there were."""
    return SavedView.objects.filter(pk__in=view_ids).delete()[0]


def of(who: User, list_name: str) -> list[SavedView]:
    """Give the views of a list that this person has: their own by name, then those of their roles."""
    found = SavedView.objects.filter(owners.mine(who), list_name=list_name).select_related("role")
    return sorted(found, key=lambda view: (view.person_id is None, view.name.upper(), view.pk))


def opened(views: Collection[SavedView]) -> SavedView | None:
    """Say with which of a person's views the list opens: their own choice before that of a role."""
    return next((view for view in views if view.is_default), None)

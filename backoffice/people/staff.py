"""
People who leave: what they did stays under their name (decision record 0035).

Whoever did anything here is not deleted but may no longer sign in; whoever never did is deleted. Every row that names a
person protects them, Django's own history of the admin too.
"""

from typing import Any

from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import CASCADE, PROTECT, ManyToOneRel, Model, ProtectedError

from backoffice.models import DailyMail, LettersOff, OwnZone, StaffLetter
from inventory.ground.plurals import counted
from inventory.models import Follow


class Protects:
    """
    Protects who is named, on a field of Django's own.

    It equals CASCADE, which stands in Django's migrations: the schema is the same, so no migration is missing.
    """

    def __call__(self, *args: Any) -> None:
        PROTECT(*args)

    def __eq__(self, other: object) -> bool:
        return other is CASCADE or isinstance(other, Protects)

    def __hash__(self) -> int:
        return hash(CASCADE)


def keep_history() -> None:
    """Let Django's history of the admin outlive no person that it names."""
    field: Any = LogEntry._meta.get_field("user")
    field.remote_field.on_delete = Protects()


OWN: tuple[type[Model], ...] = (OwnZone, LettersOff, DailyMail, StaffLetter, Follow)
"""What people have chosen for themselves, and mail to them: no deed, it goes with them."""
FIRST = "python manage.py createsuperuser"
"""How the first person of a new shop comes in; from then on *People* makes the others."""


def is_empty() -> bool:
    """Whether nobody can sign in yet."""
    return not User.objects.filter(is_staff=True, is_active=True).exists()


def named_in() -> list[Any]:
    """Give every column that says who did something."""
    relations: Any = User._meta.get_fields(include_hidden=True)
    return [
        relation.field
        for relation in relations
        # not the tables that join people to groups and permissions
        if isinstance(relation, ManyToOneRel)
        and not relation.field.model._meta.auto_created
        and relation.field.model not in OWN
    ]


def deeds(person: User) -> int:
    """Count what this person did here: the rows that name them."""
    return sum(field.model._base_manager.filter(**{field.name: person}).count() for field in named_in())


def asks(person: User) -> str:
    """Say what becomes of a person if they are taken off the list."""
    done = deeds(person)
    if not done:
        return f"{person} never did anything here, and would be deleted."
    things = counted(done, "thing")
    return f"{person} did {things} here. They could no longer sign in; what they did would stay under their name."


def remove(person: User) -> str:
    """Delete a person who never did anything, let another sign in no longer, and say which was done."""
    if not deeds(person):
        try:
            with transaction.atomic():
                User.objects.get(pk=person.pk).delete()
        except (ProtectedError, IntegrityError):
            pass  # they did something just now
        else:
            return f"{person} never did anything here, and was deleted."
    User.objects.filter(pk=person.pk).update(is_active=False)
    return f"{person} can no longer sign in; what they did stays under their name."

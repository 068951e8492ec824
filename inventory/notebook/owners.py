"""Whose something is: a person's, or that of all who have a role. Writes nothing."""

from dataclasses import dataclass

from django.contrib.auth.models import Group, User
from django.db.models import Q


@dataclass(frozen=True, slots=True)
class Owner:
    """A person or a role (a group of people), by primary key: one of the two."""

    person_id: int | None = None
    role_id: int | None = None

    def __post_init__(self) -> None:
        if (self.person_id is None) == (self.role_id is None):
            raise ValueError("An owner is a person or a role, and not both.")

    @property
    def is_it(self) -> Q:
        """Say of a row that it is theirs."""
        return Q(person=self.person_id, role=self.role_id)


def person(who: User) -> Owner:
    return Owner(person_id=who.pk)


def role(which: Group) -> Owner:
    return Owner(role_id=which.pk)


def mine(who: User) -> Q:
    """Say of a row that it is this person's, be it by name or by one of their roles."""
    return Q(person=who) | Q(role__in=who.groups.values("pk"))

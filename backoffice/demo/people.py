"""The people who sign in to the demo: one for each group, and the administrator."""

import secrets

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group, User

from backoffice.people import roles

PASSWORD = "demo"
"""Known to everybody: for a shop on a desk alone, never where ``DATABASE_URL`` is set."""
PEOPLE = (
    ("operations", "Robin", "Hale", roles.OPERATIONS),
    ("service", "Sam", "Ortiz", roles.CUSTOMER_SERVICE),
    ("buyer", "Ines", "Lindqvist", roles.BUYER),
    ("auditor", "Noor", "Whitlock", roles.AUDITOR),
    ("admin", "Alex", "Marsh", ""),
)
"""User name, first and last name, group; no group: may do everything."""


def password() -> str:
    """Give the password of a new demo: one that nobody can know, unless it is on a desk."""
    return PASSWORD if settings.EMBEDDED else secrets.token_urlsafe(12)


def is_known() -> bool:
    """Whether somebody of the demo still has the password that everybody knows."""
    people = User.objects.filter(username__in=[username for username, *_ in PEOPLE], is_active=True)
    return any(person.check_password(PASSWORD) for person in people)


def make(password: str) -> dict[str, User]:
    """Write the people, all with this password."""
    hashed = make_password(password)  # once: it is slow on purpose
    people = {}
    for username, first_name, last_name, group in PEOPLE:
        user = User(
            username=username,
            first_name=first_name,
            last_name=last_name,
            email=f"{username}@example.com",
            is_staff=True,
            is_superuser=not group,
            password=hashed,
        )
        user.save()
        if group:
            user.groups.add(Group.objects.get(name=group))
        people[username] = user
    return people

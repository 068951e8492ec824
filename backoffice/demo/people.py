"""The people who sign in to the demo: one for each group, and the administrator."""

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group, User

from backoffice import roles

PASSWORD = "demo"
PEOPLE = (
    ("operations", "Robin", "Hale", roles.OPERATIONS),
    ("service", "Sam", "Ortiz", roles.CUSTOMER_SERVICE),
    ("buyer", "Ines", "Lindqvist", roles.BUYER),
    ("auditor", "Noor", "Whitlock", roles.AUDITOR),
    ("admin", "Alex", "Marsh", ""),
)
"""User name, first and last name, group; no group: may do everything."""


def make() -> dict[str, User]:
    """Write the people, all with the same password."""
    hashed = make_password(PASSWORD)  # once: it is slow on purpose
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

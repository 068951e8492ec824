"""
New people: who they are, what they may do, and the link by which they choose their own password.

The link is Django's own: it ends with the first password that is set by it, or after ``PASSWORD_RESET_TIMEOUT``. It is
made when it is shown or mailed and kept nowhere, so nobody knows a password but who chose it. Writes users.
"""

import logging
from collections.abc import Collection
from datetime import timedelta
from email.utils import formataddr, parseaddr

from django.conf import settings
from django.contrib.auth.models import Group, User
from django.contrib.auth.tokens import default_token_generator
from django.core.mail import EmailMessage
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.urls import reverse
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from inventory.ground import keys
from inventory.ground.plurals import counted
from inventory.ground.post import braking
from orders.wording import phrases

logger = logging.getLogger(__name__)

LONGEST = 150
"""Letters of a name, and of an address: people sign in with it."""
TO_FILES = "django.core.mail.backends.filebased.EmailBackend"


class AddressTaken(Exception):
    """Somebody has this address already, or signs in with it."""


def add(name: str, email: str, groups: Collection[Group]) -> User:
    """
    Add a person who may sign in with their address, once they have chosen a password.

    :raises AddressTaken: if somebody has the address, in any case
    """
    address = keys.clean(email).lower()
    if somebody := User.objects.filter(Q(username__iexact=address) | Q(email__iexact=address)).first():
        raise AddressTaken(_taken(somebody))
    try:
        with transaction.atomic():
            person = User.objects.create_user(address, address, first_name=keys.clean(name), is_staff=True)
    except IntegrityError as error:  # somebody added them just now
        raise AddressTaken(_taken(User.objects.get(username=address))) from error
    person.groups.set(groups)
    return person


def _taken(somebody: User) -> str:
    who = somebody.get_short_name() or somebody.get_username()
    words = f"{somebody.email or somebody.get_username()} is here already: {who}."
    if somebody.is_active and somebody.is_staff:
        return f"{words} A new link for them can be made on their page."
    return f"{words} They may not sign in; that can be changed on their page."


def path(person: User) -> str:
    """Give the address at which this person chooses a password; the first that is used ends all."""
    uid = urlsafe_base64_encode(force_bytes(person.pk))
    return reverse("welcome", args=[uid, default_token_generator.make_token(person)])


def lasts() -> str:
    """
    Say how long a link works.

    >>> lasts()
    '3 days'
    """
    age = timedelta(seconds=settings.PASSWORD_RESET_TIMEOUT)
    return counted(age.days, "day") if age.days else counted(age.seconds // 60, "minute")


def goes_out() -> bool:
    """Whether mail leaves this machine at all."""
    return bool(settings.EMAIL_BACKEND != TO_FILES)


def mail(person: User, *, by: User) -> bool:
    """Mail a link to the person it is for; False if it could not be sent: then who made it hands it over."""
    shop = " ".join(settings.SHOP_NAME.split())
    roles = phrases.listed(sorted(group.name for group in person.groups.all()))
    words = (
        f"Hello {person.get_short_name() or person.get_username()},\n\n"
        f"{by.get_short_name() or by.get_username()} lets you into the back office of {shop}"
        f"{f', as {roles}' if roles else ''}.\n"
        f"Choose your password here. The link works once, for {lasts()}:\n\n{settings.SITE_URL}{path(person)}\n\n"
        f"From then on you sign in at {settings.SITE_URL}/ as {person.get_username()}\n\n"
        f"If you did not expect this, leave it: without the link nobody gets in.\n\n{shop}\n"
    )
    try:
        EmailMessage(
            subject=f"Your way into the back office of {shop}",
            body=words,
            from_email=formataddr((shop, parseaddr(settings.DEFAULT_FROM_EMAIL)[1])),
            to=[person.email],
            headers={"Auto-Submitted": "auto-generated"},
            connection=braking.connection(),
        ).send()
    except Exception as error:  # whatever keeps it from going: the link is shown, too
        logger.warning("The link for %s could not be mailed: %s: %s", person, type(error).__name__, error)
        return False
    return True

"""
Whether keys of one letter do something for a person: asked for once and carried in their session. Who dictates, or
rests a hand on the keys, may need them quiet (WCAG 2.1.4). Writes ``LettersOff``.
"""

from django.contrib.auth.models import User
from django.contrib.sessions.backends.base import SessionBase

from backoffice.models import LettersOff

CARRIED = "letters_off"


def are_off(person: User) -> bool:
    return LettersOff.objects.filter(person=person).exists()


def choose(person: User, off: bool) -> None:
    if off:
        LettersOff.objects.get_or_create(person=person)
    else:
        LettersOff.objects.filter(person=person).delete()


def carry(session: SessionBase, off: bool) -> None:
    """Let a session know it, so that no page asks the database; templates read it there."""
    session[CARRIED] = off

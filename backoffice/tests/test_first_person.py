"""The first person is made where the program runs, with a password that any form would take."""

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command

pytestmark = pytest.mark.django_db


def made(monkeypatch, password: str) -> None:
    monkeypatch.setenv("DJANGO_SUPERUSER_USERNAME", "ada-of-the-mill")
    monkeypatch.setenv("DJANGO_SUPERUSER_EMAIL", "ada@mill.example")
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", password)
    call_command("createsuperuser", interactive=False, verbosity=0)


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("blue lamps!", "This password is too short: it needs 12 characters at least."),
        ("ada-of-the-mill", "This password is too much like the username."),
        ("ada@mill.example", "This password is too much like the email address."),
        ("qwertyuiop123", "Too many people use this password: others guess it first."),
        ("", "This password is too short: it needs 12 characters at least."),
    ],
)
def test_a_password_that_no_form_would_take_makes_nobody_and_says_why(monkeypatch, password, why):
    with pytest.raises(CommandError, match="Nobody was made") as refused:
        made(monkeypatch, password)

    assert why in str(refused.value)
    assert not User.objects.exists()


def test_one_of_twelve_characters_makes_the_first_person(monkeypatch):
    made(monkeypatch, "nine lamps!!")

    [ada] = User.objects.all()
    assert (ada.username, ada.is_superuser, ada.check_password("nine lamps!!")) == ("ada-of-the-mill", True, True)


def test_without_a_password_the_first_person_has_none_yet(monkeypatch):
    monkeypatch.delenv("DJANGO_SUPERUSER_PASSWORD", raising=False)

    call_command("createsuperuser", interactive=False, username="ada", email="ada@mill.example", verbosity=0)

    assert not User.objects.get().has_usable_password()

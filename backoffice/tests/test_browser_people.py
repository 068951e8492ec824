"""Somebody lets a colleague in, who chooses a password and signs in; and whoever goes astray finds the way back."""

import pytest
from django.contrib.auth.models import User

from backoffice.people import roles
from backoffice.tests.browser import PHONE, WIDE
from backoffice.tests.people import person

pytestmark = pytest.mark.browser


@pytest.fixture
def owner(transactional_db, settings):
    settings.ZEAL_ALLOWLIST = [{"model": "auth.User"}]
    roles.keep()
    return User.objects.create_superuser("owner", first_name="Ines")


def test_a_colleague_is_added_and_signs_in(owner, open_window, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    window, theirs = open_window(owner), open_window()
    window.open("/admin/auth/user/")
    window.follow("Let somebody in", exact=False)
    window.fill(Name="Anna Weber", **{"E-mail": "anna@fjord.example"})
    window.page.get_by_label("Customer service").check()
    window.look("people-add")
    window.press("Let them in")
    link = window.page.get_by_label("The link").input_value()
    assert window.told == ["Anna Weber may sign in."]
    window.look("people-link")

    theirs.page.goto(link)
    theirs.fill(**{"New password:": "nine blue lamps", "New password confirmation": "nine blue lamps"})
    theirs.look("people-welcome")
    theirs.press("Set password")
    assert theirs.told == ["Your password is set. Sign in as anna@fjord.example."]
    theirs.fill(User_name="anna@fjord.example", Password="nine blue lamps")
    theirs.press("Log in")

    assert theirs.title == "Today"
    menu = theirs.page.locator("#nav-sidebar, #sidebar").get_by_role("link").all_inner_texts()
    assert "Orders" in menu
    assert "People" not in menu


@pytest.mark.parametrize("width", [WIDE, PHONE])
@pytest.mark.parametrize(
    ("path", "title"),
    [
        ("/admin/nowhere/", "There is no such page"),
        ("/admin/auth/user/", "This is not yours to open"),
    ],
)
def test_whoever_goes_astray_stays_in_the_house_and_finds_back(path, title, width, owner, open_window):
    who = person(roles.CUSTOMER_SERVICE)
    User.objects.update(first_name="Anna-Theresa Weber-Lindqvist " * 5)
    window = open_window(who, width=width)
    window.open(path)
    assert window.title == title
    assert window.complaints
    window.complaints.clear()
    window.look(f"astray-{title.split()[2]}-{width}")

    window.follow("Start from Today")

    assert window.title == "Today"

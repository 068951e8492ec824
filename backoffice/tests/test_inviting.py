"""A new person chooses their own password by a link: it works once, for a while, and is kept nowhere."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.models import Group, Permission, User
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from backoffice.people import inviting, roles
from backoffice.tests import people
from inventory.models import SpentKey
from inventory.tests.hands import Hands

pytestmark = pytest.mark.django_db
ADD = "/admin/auth/user/add/"
WAY_IN = re.compile(r'readonly value="http://testserver([^"]+)"')
PASSWORD = "nine blue lamps"


@pytest.fixture
def boss(settings) -> Hands:
    settings.ZEAL_ALLOWLIST = [{"model": "auth.User"}]
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.SHOP_NAME, settings.SITE_URL = "Fjord Supplies", "https://back.fjord.example"
    roles.keep()
    client = Hands()
    client.force_login(User.objects.create_superuser("boss", first_name="Ines"))
    return client


def typed(**other):
    groups = [Group.objects.get(name=roles.CUSTOMER_SERVICE).pk]
    return {"name": "Anna Weber", "email": "Anna@Fjord.example", "roles": groups, **other}


def let_in(boss, commit, **other) -> str:
    """Let Anna in, and give the path of the link that the page shows."""
    with commit(execute=True):
        answer = boss.post(ADD, typed(**other))
    return shown(boss.get(answer["Location"]))


def shown(page) -> str:
    [path] = WAY_IN.findall(page.content.decode())
    return str(path)


def choose(path: str, password: str = PASSWORD, browser: Client | None = None):
    browser = browser or Client()
    form = browser.get(path, follow=True)
    where = form.redirect_chain[-1][0] if form.redirect_chain else path
    return browser.post(where, {"new_password1": password, "new_password2": password}, follow=True)


def words(answer) -> str:
    return " ".join(re.sub(r"<[^>]*>", " ", answer.content.decode()).split())


def signs_in(name: str, password: str = PASSWORD) -> bool:
    return Client().post("/admin/login/", {"username": name, "password": password}).status_code == 302


def test_a_colleague_is_asked_for_by_name_mail_and_role_and_signs_in(boss, django_capture_on_commit_callbacks):
    page = words(boss.get(ADD))
    path = let_in(boss, django_capture_on_commit_callbacks)

    told = choose(path)

    for name, sentence in roles.IN_WORDS.items():
        assert f"{name} {sentence}" in page
    anna = User.objects.get(username="anna@fjord.example")
    assert (anna.first_name, anna.email, anna.is_staff, anna.is_superuser) == ("Anna Weber", anna.username, True, False)
    assert [group.name for group in anna.groups.all()] == [roles.CUSTOMER_SERVICE]
    assert "Your password is set. Sign in as anna@fjord.example." in words(told)
    assert signs_in("anna@fjord.example")


def test_until_then_nobody_signs_in_as_them(boss, django_capture_on_commit_callbacks):
    let_in(boss, django_capture_on_commit_callbacks)

    assert not User.objects.get(first_name="Anna Weber").has_usable_password()
    assert not signs_in("anna@fjord.example", "")


@pytest.mark.django_db(transaction=True)
def test_the_link_goes_to_them_by_mail_and_is_shown_once(boss):
    answer = boss.post(ADD, typed())

    first, again = boss.get(answer["Location"]), boss.get(answer["Location"])

    [sent] = mail.outbox
    [link] = re.findall(r"https://back\.fjord\.example(/welcome/\S+)", sent.body)
    assert (sent.to, sent.subject) == (["anna@fjord.example"], "Your way into the back office of Fjord Supplies")
    assert sent.from_email.startswith("Fjord Supplies <")
    assert "Ines lets you into the back office of Fjord Supplies, as Customer service." in sent.body
    assert "works once, for 3 days" in sent.body
    assert "It was mailed to anna@fjord.example, too." in words(first)
    assert "no-store" in first["Cache-Control"]
    assert "/welcome/" not in again.content.decode()
    assert "Make a link" in again.content.decode()
    assert choose(link).status_code == 200
    assert signs_in("anna@fjord.example")


def test_the_link_is_kept_nowhere(boss, django_capture_on_commit_callbacks):
    path = let_in(boss, django_capture_on_commit_callbacks)
    token = path.strip("/").rpartition("/")[2]

    assert token not in repr([*SpentKey.objects.values_list(), *boss.session.items()])


@pytest.mark.parametrize("refusing", ["files", "server"])
def test_where_no_mail_leaves_who_made_it_hands_it_over(
    refusing, boss, settings, tmp_path, django_capture_on_commit_callbacks
):
    settings.EMAIL_FILE_PATH = tmp_path
    settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = 1, 1
    settings.EMAIL_BACKEND = inviting.TO_FILES if refusing == "files" else "django.core.mail.backends.smtp.EmailBackend"
    with django_capture_on_commit_callbacks(execute=True):
        answer = boss.post(ADD, typed())

    page = boss.get(answer["Location"])

    assert "It was not mailed: hand it over yourself." in words(page)
    assert choose(shown(page)).status_code == 200
    assert signs_in("anna@fjord.example")


def test_a_link_that_was_used_changes_no_password(boss, django_capture_on_commit_callbacks):
    path = let_in(boss, django_capture_on_commit_callbacks)
    choose(path)

    page = Client().get(path, follow=True)
    choose(path, "another long one")

    assert "This link works no more" in words(page)
    assert "If you have just chosen your password, sign in with it" in words(page)
    assert signs_in("anna@fjord.example")
    assert not signs_in("anna@fjord.example", "another long one")


def test_a_form_that_is_sent_twice_sets_one_password(boss, django_capture_on_commit_callbacks):
    browser = Client()
    where = browser.get(let_in(boss, django_capture_on_commit_callbacks), follow=True).redirect_chain[-1][0]
    form = {"new_password1": PASSWORD, "new_password2": PASSWORD}
    browser.post(where, form)

    again = browser.post(where, {"new_password1": "another long one", "new_password2": "another long one"})

    assert "This link works no more" in words(again)
    assert signs_in("anna@fjord.example")


def test_a_link_ends_after_three_days(boss, django_capture_on_commit_callbacks):
    with time_machine.travel(people.MONDAY, tick=False) as clock:
        path = let_in(boss, django_capture_on_commit_callbacks)
        clock.shift(timedelta(days=3))
        assert "Choose your password" in words(Client().get(path, follow=True))
        clock.shift(timedelta(seconds=1))

        page = Client().get(path, follow=True)

    assert "It was used already, or is older than 3 days." in words(page)


def test_a_new_link_can_be_made_and_one_that_is_used_ends_the_other(boss, django_capture_on_commit_callbacks):
    old = let_in(boss, django_capture_on_commit_callbacks)
    where = reverse("admin:auth_user_link", args=[User.objects.get(first_name="Anna Weber").pk])
    with time_machine.travel(timezone.now() + timedelta(minutes=1)):
        assert boss.post(where)["Location"] == where
        new = shown(boss.get(where))
    assert new != old

    choose(new)

    assert "This link works no more" in words(Client().get(old, follow=True))
    assert signs_in("anna@fjord.example")


def test_a_bad_password_is_refused_in_words_and_the_link_works_on(boss, django_capture_on_commit_callbacks):
    browser, path = Client(), let_in(boss, django_capture_on_commit_callbacks)

    refused = choose(path, "short", browser)

    assert "This password is too short: it needs 12 characters at least." in words(refused)
    assert not signs_in("anna@fjord.example", "short")
    choose(path)
    assert signs_in("anna@fjord.example")


def test_who_was_let_go_comes_in_by_no_link(boss, django_capture_on_commit_callbacks):
    path = let_in(boss, django_capture_on_commit_callbacks)
    User.objects.filter(first_name="Anna Weber").update(is_active=False)

    page = Client().get(path, follow=True)
    refused = boss.post(reverse("admin:auth_user_link", args=[User.objects.get(first_name="Anna Weber").pk]))

    assert "This link works no more" in words(page)
    assert "They may not sign in." in words(refused)


@pytest.mark.parametrize("path", ["/welcome/x/y/", "/welcome/OTk5OTk5OTk5OTk5OTk5OTk5OTk5/a-b/", "/welcome/%00/a-b/"])
def test_a_link_that_nobody_made_lets_nobody_in(path):
    page = Client().get(path, follow=True)

    assert page.status_code in (200, 400)
    assert "new_password1" not in page.content.decode()


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"name": "A" * 200}, "That is too long: there is room for 150 characters, and it has 200."),
        ({"name": "\u200b"}, "A name has letters."),
        ({"name": ""}, "This field is required."),
        ({"email": "anna"}, "This is no e-mail address. Write it like name@example.com."),
        (
            {"email": f"{'a' * 200}@fjord.example"},
            "That is too long: there is room for 150 characters, and it has 214.",
        ),
        ({"email": "a\r\nBcc: x@y.example"}, "This is no e-mail address. Write it like name@example.com."),
        ({"roles": []}, "This field is required."),
        ({"roles": ["99999999999999999999"]}, "There is no such role. Choose among those that stand here."),
        ({"roles": ["x" * 5_000]}, "There is no such role. Choose among those that stand here."),
        ({"email": "BOSS@fjord.example"}, "boss@fjord.example is here already: Ines. A new link for them can be made"),
        ({"email": "gone@fjord.example"}, "gone@fjord.example is here already: Max. They may not sign in; that can be"),
    ],
)
def test_what_cannot_be_is_refused_in_words_and_nobody_is_added(wrong, said, boss):
    User.objects.filter(username="boss").update(email="boss@fjord.example")
    User.objects.create_user("gone", "gone@fjord.example", first_name="Max", is_active=False)

    page = boss.post(ADD, typed(**wrong))

    assert page.status_code == 200
    assert said in words(page)
    assert User.objects.count() == 2
    assert mail.outbox == []


def test_of_two_who_add_an_address_at_once_one_does(boss, monkeypatch):
    inviting.add("Anna", "anna@fjord.example", [])
    seen = User.objects.filter
    monkeypatch.setattr(User.objects, "filter", lambda *args, **kwargs: seen(pk=0))

    with pytest.raises(inviting.AddressTaken, match=r"anna@fjord\.example is here already: Anna"):
        inviting.add("Anna Weber", "ANNA@fjord.example", [])


def test_only_who_may_do_everything_makes_a_link_for_somebody_who_may(boss):
    manager = Hands()
    user = User.objects.create_user("manager", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=("add_user", "change_user", "view_user")))
    manager.force_login(user)

    answer = manager.get(reverse("admin:auth_user_link", args=[User.objects.get(username="boss").pk]))

    assert answer.status_code == 403


@pytest.fixture
def keeper(boss) -> Hands:
    """Somebody who looks after people, and may not do everything."""
    keepers = Group.objects.create(name="People keepers")
    keepers.permissions.set(Permission.objects.filter(content_type__app_label="auth", codename__endswith="_user"))
    petra = User.objects.create_user("petra", is_staff=True)
    petra.groups.add(keepers)
    client = Hands()
    client.force_login(petra)
    return client


@pytest.mark.parametrize("page", ["password", "link", "delete"])
def test_who_may_do_everything_is_out_of_reach_of_who_may_not(keeper, page):
    boss = User.objects.get(username="boss")

    assert keeper.get(f"/admin/auth/user/{boss.pk}/{page}/").status_code == 403
    assert keeper.get(f"/admin/auth/user/{boss.pk}/change/").status_code == 200  # to look at


def test_nobody_makes_themselves_able_to_do_more(keeper):
    petra = User.objects.get(username="petra")
    more = {"is_superuser": "on", "groups": Group.objects.get(name=roles.BUYER).pk}

    keeper.post(
        f"/admin/auth/user/{petra.pk}/change/", {"username": "petra", "is_active": "on", "is_staff": "on", **more}
    )

    petra.refresh_from_db()
    assert (petra.is_superuser, [each.name for each in petra.groups.all()]) == (False, ["People keepers"])


def test_who_lets_somebody_in_gives_roles_of_their_own_alone(keeper):
    answer = keeper.post(ADD, typed())

    assert "There is no such role. Choose among those that stand here." in answer.content.decode()
    assert not User.objects.filter(email="anna@fjord.example").exists()

"""What people choose for themselves, on one page: one mail a day, keys of one letter; and what they follow."""

import re

import pytest
import time_machine
from django.contrib.auth.models import User
from django.urls import reverse

from backoffice.models import DailyMail, LettersOff, OwnZone
from backoffice.people import roles, staff
from backoffice.tests import acts, people
from backoffice.watching import daily
from inventory.models import Follow
from inventory.notebook import following, hanging
from inventory.tests.hands import Hands
from orders.tests import make

pytestmark = pytest.mark.django_db
PAGE = "/admin/own-time/"


@pytest.fixture(autouse=True)
def _monday(settings):
    settings.ZEAL_ALLOWLIST = [{"model": "auth.User"}]
    with time_machine.travel(people.MONDAY, tick=False):
        roles.keep()
        yield


@pytest.fixture
def anna() -> Hands:
    return people.browser(roles.AUDITOR)


def somebody() -> User:
    return User.objects.get(username="auditor")


def words(answer) -> str:
    return " ".join(re.sub(r"<[^>]*>", " ", answer.content.decode()).split())


def test_who_asks_for_the_mail_gets_it_from_then_on_and_who_stops_it_does_not(anna):
    User.objects.update(email="anna@shop.example")

    told = anna.post(PAGE, {"zone": "", "wants_mail": "on"}, follow=True)

    assert "One mail a day goes to anna@shop.example." in words(told)
    wanted = DailyMail.objects.get()
    assert (wanted.person, wanted.until, wanted.on) == (somebody(), people.MONDAY, people.TODAY)
    assert re.search(r'name="wants_mail"[^>]* checked', anna.get(PAGE).content.decode())

    anna.post(PAGE, {"zone": ""})
    assert not DailyMail.objects.exists()


def test_the_page_says_when_it_goes_and_what_following_is(anna, settings):
    settings.DAILY_MAIL_HOUR = 6
    User.objects.update(email="anna@shop.example")

    page = words(anna.get(PAGE))

    assert "It goes to anna@shop.example after 6:00, shop time, and only if something happened." in page
    assert "You follow what you press “Follow” on, what you write a note on and what is given to you by name" in page


def test_without_an_address_there_is_no_mail_to_ask_for_and_one_that_was_asked_for_can_be_stopped(anna):
    told = anna.post(PAGE, {"zone": "", "wants_mail": "on"}, follow=True)

    assert "One mail a day goes" not in words(told)
    assert not DailyMail.objects.exists()
    assert "Your account has no e-mail address yet." in words(anna.get(PAGE))

    daily.choose(somebody(), True, at=people.MONDAY)
    anna.post(PAGE, {"zone": ""})
    assert not DailyMail.objects.exists()


def test_keys_of_one_letter_are_turned_off_on_every_page_and_at_every_sign_in_and_on_again(anna):
    told = anna.post(PAGE, {"zone": "", "letters_off": "on"}, follow=True)

    assert "Keys of one letter are off." in words(told)
    again = Hands()
    again.force_login(somebody())
    for client in (anna, again):
        page = client.get("/admin/").content.decode()
        assert '<meta name="letters" content="off">' in page
        assert "Turn them on" in page

    anna.post(PAGE, {"zone": ""})
    page = anna.get("/admin/").content.decode()
    assert 'name="letters"' not in page
    assert "Turn them off" in page
    assert not LettersOff.objects.exists()


def test_what_one_chose_is_no_deed_and_goes_with_them():
    max_ = User.objects.create_user("max", "max@shop.example", is_staff=True)
    lamp = make.product("LAMP-1")
    daily.choose(max_, True, at=people.MONDAY)
    LettersOff.objects.create(person=max_)
    following.follow([hanging.key(lamp)], by_id=max_.pk, at=people.MONDAY)

    assert staff.remove(max_) == "max never did anything here, and was deleted."
    assert [model.objects.count() for model in (DailyMail, LettersOff, Follow, OwnZone)] == [0, 0, 0, 0]


# --- following ------------------------------------------------------------------------------


def test_whoever_sees_a_row_follows_it_from_its_page_and_stops(anna):
    line = make.line(make.product("LAMP-1"), 2, who=make.customer("Lena Ortiz"), reference="SO-1")
    page = reverse("admin:orders_order_change", args=[line.order_id])
    follow, leave = (f"{reverse(f'admin:{name}', args=['orders.order'])}?ids={line.order_id}" for name in NAMES)
    assert f'<a href="{follow}">Follow</a>' in anna.get(page).content.decode()

    answer = acts.opened(anna, acts.Act(follow)).send()

    assert answer["Location"] == f"{page}#notes"
    followed = Follow.objects.get()
    assert (followed.row, followed.person, followed.since) == (line.order, somebody(), people.MONDAY)
    shown = anna.get(page).content.decode()
    assert "You follow this." in shown
    assert f'<a href="{leave}">Stop</a>' in shown

    assert acts.opened(anna, acts.Act(leave)).send()["Location"] == f"{page}#notes"
    assert not Follow.objects.exists()


NAMES = ("row_follow", "row_leave")


def test_what_one_may_not_see_one_does_not_follow():
    nordlys = people.shop().rows["suppliers.supplier"]
    client = people.browser(roles.CUSTOMER_SERVICE)
    url = f"{reverse('admin:row_follow', args=['suppliers.supplier'])}?ids={nordlys.pk}"

    assert client.get(url).status_code == 403
    assert client.get("/admin/follow/orders.hold/?ids=1").status_code == 404
    assert client.get("/admin/follow/orders.order/?ids=9999999").status_code == 404


def test_stopping_is_for_oneself_alone(anna):
    lamp = make.product("LAMP-1")
    tom = people.person(roles.OPERATIONS)
    for who in (somebody(), tom):
        following.follow([hanging.key(lamp)], by_id=who.pk, at=people.MONDAY)

    acts.opened(anna, acts.Act(f"/admin/follow/inventory.product/stop/?ids={lamp.pk}")).send()

    assert [each.person for each in Follow.objects.all()] == [tom]

"""Who lives elsewhere reads the own time beside the shop's; days, and what is reckoned, stay the shop's."""

import re
from datetime import UTC, datetime

import pytest
import time_machine
from django.contrib.auth.models import User
from django.urls import reverse

from backoffice.models import JobRun, OwnZone
from backoffice.people import own_time, staff
from backoffice.tests import people
from inventory.desk import moments
from inventory.tests.hands import Hands
from orders.tests import make

pytestmark = pytest.mark.django_db
MORNING = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
PAGE = "/admin/own-time/"


@pytest.fixture
def anna(settings) -> Hands:
    settings.TIME_ZONE = "Europe/Berlin"
    settings.ZEAL_ALLOWLIST = [{"model": "auth.User"}]
    client = Hands()
    client.force_login(User.objects.create_superuser("anna"))
    return client


def words(answer) -> str:
    return " ".join(re.sub(r"<[^>]*>", " ", answer.content.decode()).split())


@pytest.mark.parametrize(
    ("zone", "said"),
    [
        ("", "2 Mar 2026, 10:30"),
        ("Europe/Paris", "2 Mar 2026, 10:30"),
        ("America/New_York", "2 Mar 2026, 10:30 Berlin · 04:30 yours"),
        ("Pacific/Honolulu", "2 Mar 2026, 10:30 Berlin · 1 Mar, 23:30 yours"),
    ],
)
def test_a_moment_is_the_shops_with_the_readers_beside_it_where_it_differs(zone, said, settings):
    settings.TIME_ZONE = "Europe/Berlin"

    with moments.read_in(zone):
        assert moments.said(MORNING) == said

    assert moments.said(MORNING) == "2 Mar 2026, 10:30"


def test_who_says_where_they_are_reads_it_everywhere_and_at_every_sign_in(anna):
    run = JobRun.objects.create(job="nightly", business_date=people.TODAY, started_at=MORNING, finished_at=MORNING)
    line = make.line(make.product("LAMP-1"), 1, at=MORNING)
    shipped = make.order((make.on_hand(make.product("MUG-1"), 1).product, 1), reference="SO-9", at=MORNING)
    pages = {
        reverse("admin:backoffice_jobrun_changelist"): "2 Mar 2026, 10:30 Berlin · 18:30 yours",
        reverse("admin:backoffice_jobrun_change", args=[run.pk]): "2 Mar 2026, 10:30 Berlin · 18:30 yours",
        reverse("admin:orders_backorder_change", args=[line.pk]): "2 Mar 2026, 10:30 Berlin · 18:30 yours",
    }
    assert shipped

    told = anna.post(PAGE, {"zone": "Asia/Tokyo"}, follow=True)

    assert "You read times of Tokyo beside those of the shop." in words(told)
    again = Hands()
    again.force_login(User.objects.get(username="anna"))
    for client in (anna, again):
        assert {path: said in words(client.get(path)) for path, said in pages.items()} == dict.fromkeys(pages, True)


def test_columns_of_the_stock_pages_are_said_so_too_and_still_sort(anna):
    row = people.shop().rows["orders.notice"]
    anna.post(PAGE, {"zone": "Asia/Tokyo"})

    page = words(anna.get(reverse("admin:orders_notice_change", args=[row.pk])))
    listed = anna.get(reverse("admin:auth_user_changelist") + "?o=4")

    assert re.search(r"Created at: 2 Mar 2026, \d\d:\d\d Berlin · \d\d:\d\d yours", page)
    assert "Berlin" in words(listed)
    assert "column-last_login" in listed.content.decode()


def test_days_and_what_is_reckoned_stay_the_shops(anna):
    anna.post(PAGE, {"zone": "Pacific/Kiritimati"})
    with time_machine.travel(datetime(2026, 3, 2, 20, tzinfo=UTC), tick=False):
        again = Hands()
        again.force_login(User.objects.get(username="anna"))

        page = words(again.get("/admin/"))

    assert "Monday, 2 March 2026" in page


def test_the_shops_zone_is_chosen_again(anna):
    anna.post(PAGE, {"zone": "Asia/Tokyo"})

    told = anna.post(PAGE, {"zone": ""}, follow=True)

    assert "You read times of Berlin." in words(told)
    assert not OwnZone.objects.exists()


@pytest.mark.parametrize("zone", ["Nowhere/Land", "x" * 5_000, "../../etc/passwd", "UTC\x00"])
def test_a_zone_that_is_none_is_refused_and_keeps_none(zone, anna):
    page = anna.post(PAGE, {"zone": zone})

    assert page.status_code == 200
    assert not OwnZone.objects.exists()


def test_a_zone_that_is_no_longer_known_is_the_shops(anna):
    OwnZone.objects.create(person=User.objects.get(username="anna"), name="Europe/Atlantis")
    client = Hands()
    client.force_login(User.objects.get(username="anna"))

    assert client.get("/admin/").status_code == 200


def test_a_zone_is_no_deed_and_goes_with_who_chose_it():
    max_ = User.objects.create_user("max")
    own_time.choose(max_, "Asia/Tokyo")

    assert staff.remove(max_) == "max never did anything here, and was deleted."
    assert not OwnZone.objects.exists()


def test_no_page_asks_the_database_for_it(anna, django_assert_num_queries):
    anna.get("/admin/own-time/")
    with django_assert_num_queries(0), moments.read_in("Asia/Tokyo"):
        assert moments.said(MORNING)

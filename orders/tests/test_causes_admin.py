"""Causes on the screens: the column and filters of the queue, the act in bulk, the list of what comes again."""

import csv
import re
from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from django.contrib.auth.models import Permission, User
from django.core.cache import cache
from django.urls import reverse
from django.utils.html import strip_tags

from inventory.tests.hands import carried
from orders.models import BackorderCause, LineEvent, RepeatedBackorder
from orders.queue import again, causes
from orders.tests import make
from orders.tests.test_controls import do, preview, told, url

pytestmark = pytest.mark.django_db
NOW = make.MONDAY + timedelta(hours=12)
QUEUE = reverse("admin:orders_backorder_changelist")


@pytest.fixture(autouse=True)
def _now():
    cache.clear()
    with time_machine.travel(NOW, tick=False):
        yield


def signed_in(client, *codenames):
    user = User.objects.create_user("olga", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=["view_orderline", "view_order", *codenames]))
    client.force_login(user)
    return client


@pytest.fixture
def staff(client):
    return signed_in(client, "explain_orderline", "export_orderline", "view_repeatedbackorder")


@pytest.fixture
def queue():
    """Two wait for a lamp whose supplier is late, one said to be damage; another waits since the night."""
    lamp = make.product("LAMP")
    make.coming(lamp, 9, on=make.TODAY - timedelta(days=1), is_confirmed=True, at=make.MONDAY - timedelta(days=20))
    late, broken = make.line(lamp, 2, reference="SO-1"), make.line(lamp, 2, reference="SO-2")
    causes.suggest_all(at=NOW)
    causes.say([broken.pk], "damage", reason="seen", by=None, at=NOW)
    return [late, broken, make.line(make.product("BIRCH"), 1, reference="SO-3", at=NOW)]


def shown(client, **query):
    return [str(line.order) for line, _ in client.get(QUEUE, query).context_data["cells"]]


def cells(client):
    page = client.get(QUEUE).context_data["cells"]
    return [next(str(cell) for column, cell in row if column.heading == "Cause") for _, row in page]


def test_the_queue_says_a_guess_as_a_question_and_a_persons_word_as_it_is(staff, queue):
    late, broken, unknown = cells(staff)

    assert "Supplier late?" in late
    assert "confirmed by nobody" in late
    assert ">Damage or loss<" in broken
    assert unknown == ""


@pytest.mark.parametrize(
    ("cause", "orders"),
    [
        ("supplier", ["SO-1"]),
        ("damage", ["SO-2"]),
        ("suggested", ["SO-1"]),
        ("none", ["SO-3"]),
        ("spike", []),
        ("", ["SO-1", "SO-2", "SO-3"]),
    ],
)
def test_the_queue_is_narrowed_by_cause(staff, queue, cause, orders):
    assert shown(staff, cause=cause) == orders


def test_a_file_has_what_counts_and_with_every_column_who_said_it(staff, queue):
    def file(kind):
        body = b"".join(staff.get(reverse("admin:orders_backorder_export", args=[kind])).streaming_content)
        rows = csv.DictReader(body.decode("utf-8-sig").splitlines())
        return [{name: value for name, value in row.items() if name.startswith("Cause")} for row in rows]

    assert file("csv") == [{"Cause": "Supplier late"}, {"Cause": "Damage or loss"}, {"Cause": ""}]
    assert file("csv-every-column")[1] == {
        "Cause": "Damage or loss",
        "Cause suggested": "Supplier late",
        "Cause confirmed": "Damage or loss",
    }


def test_many_are_confirmed_at_once_and_told_apart_from_a_guess(staff, queue):
    response = do(staff, "cause", *queue, cause="supplier")

    assert told(staff, response) == ["The causes of 3 lines are noted."]
    said = BackorderCause.objects.order_by("pk").values_list("confirmed", "by__username", "at")
    assert list(said) == [("supplier", "olga", NOW)] * 3
    assert LineEvent.objects.filter(kind="cause", by__username="olga").count() == 3
    assert [">Supplier late<" in cell for cell in cells(staff)] == [True, True, True]


@pytest.mark.parametrize(
    ("cause", "then"),
    [
        ("spike", ["Supplier late? → Demand spike", "Damage or loss → Demand spike", "– → Demand spike"]),
        ("damage", ["Supplier late? → Damage or loss", "Damage or loss", "– → Damage or loss"]),
        ("supplier", ["Supplier late? → Supplier late", "Damage or loss → Supplier late", "– → Supplier late"]),
        ("", ["Supplier late?", "Damage or loss → Supplier late?", "–"]),
    ],
)
def test_the_preview_shows_each_cause_as_it_is_and_as_it_would_be(staff, queue, cause, then):
    page = preview(staff, "cause", *queue, cause=cause).content.decode()

    assert [strip_tags(cell) for cell in re.findall(r'<td data-label="Cause">(.*?)</td>', page)] == then
    before = staff.get(url("cause", *queue)).content.decode()
    assert "→" not in before.partition('data-label="Cause"')[2].partition("</td>")[0]


def test_sent_twice_it_is_done_once(staff, queue):
    seen = preview(staff, "cause", queue[0], cause="spike")
    data = {"_selected_action": [queue[0].pk], "apply": "1", "reason": "hotel opens", "cause": "spike"}
    data |= carried(seen) | {"action": "cause"}

    answers = [staff.post(url("cause", queue[0]), data) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [302, 302]
    assert LineEvent.objects.filter(line=queue[0], kind="cause").count() == 1


def test_an_old_page_does_nothing_where_somebody_else_has_said_it_meanwhile(staff, queue):
    seen = preview(staff, "cause", queue[0], cause="spike")
    causes.say([queue[0].pk], "count", reason="we looked", by=None, at=NOW)
    data = {"_selected_action": [queue[0].pk], "apply": "1", "reason": "hotel opens", "cause": "spike"}

    answer = staff.post(url("cause", queue[0]), data | {"fingerprint": seen.context_data["outcome"].fingerprint})

    assert answer.status_code == 200
    assert BackorderCause.objects.get(line=queue[0]).confirmed == "count"


def test_what_is_so_already_is_refused(staff, queue):
    seen = preview(staff, "cause", queue[1], cause="damage").context_data

    assert seen["outcome"] is None
    assert "it is so already" in str(seen["form"].errors)


def test_who_may_not_say_it_is_refused_and_sees_it_all_the_same(client, queue):
    client = signed_in(client)

    assert client.get(url("cause", queue[0])).status_code == 403
    assert client.post(url("cause", queue[0]), {"cause": "spike", "apply": "1"}).status_code == 403
    assert "Supplier late?" in cells(client)[0]
    assert BackorderCause.objects.get(line=queue[0]).confirmed == ""


def test_what_comes_again_and_again_is_listed_with_its_causes(staff):
    lamp = make.product("LAMP")
    for began in (90, 60, 30):
        row = make.line(lamp, 2, price=Decimal("10.00"), reference=f"SO-{began}")
        first = make.TODAY - timedelta(days=began)
        BackorderCause.objects.create(line=row, began_on=first, ended_on=first, units=2, suggested="supplier")
    BackorderCause.objects.filter(line__order__reference="SO-90").update(confirmed="spike")
    again.count(at=NOW)

    page = staff.get(reverse("admin:orders_repeatedbackorder_changelist")).content.decode()
    one = staff.get(reverse("admin:orders_repeatedbackorder_change", args=[lamp.pk])).content.decode()

    assert RepeatedBackorder.objects.get().main_cause == "supplier"
    assert "Supplier late 2 · Demand spike 1" in page
    assert "Demand spike<" in one
    assert one.count("Supplier late?") == 2

"""The same alert raised, solved, the same row given away and the same view kept by several at once: it is one."""

from datetime import date, timedelta

import pytest
from django.contrib.auth.models import Group, User
from django.db import connection

from backoffice.people.roles import CUSTOMER_SERVICE
from backoffice.watching import alerts as watched
from inventory.models import Alert, Assignment, Note, Product, SavedView
from inventory.notebook import alerts, assignments, hanging, notes, owners, saved_views
from orders.mail import notices
from orders.models import Notice, NoticeState
from orders.tests import make

from . import race

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]
NOW = make.MONDAY
FRIDAY = date(2026, 3, 6)
ROWS = 20


def products():
    return [make.product(f"LAMP-{number}").pk for number in range(ROWS)]


def role_id():
    return Group.objects.get(name=CUSTOMER_SERVICE).pk


def matters(ids, role):
    return [
        alerts.Matter("short", row, f"Order {row.object_id}.", FRIDAY, owners.Owner(role_id=role))
        for row in hanging.keys(Product, ids)
    ]


def raise_them(ids, role):
    """Raise one by one, as use cases do, each in its transaction."""
    return sum(alerts.raise_all([matter], by=None, at=NOW) for matter in matters(ids, role))


def look(minutes):
    return watched.look(at=NOW + timedelta(minutes=minutes))


def solve_it(alert_id, by_id):
    return alerts.solve([alert_id], reason=f"By {by_id}", by=User.objects.get(pk=by_id), at=NOW)


def take_it(alert_id, by_id):
    return alerts.take([alert_id], by=User.objects.get(pk=by_id), at=NOW)


def assign_them(ids, by_id):
    person = User.objects.get(pk=by_id)
    return assignments.assign(hanging.keys(Product, ids), owners.person(person), by=person, at=NOW)


def open_it(view_id):
    saved_views.open_with(view_id)
    return view_id


def note_it(ids, by_id):
    return notes.write(hanging.keys(Product, ids), "Called.", by=User.objects.get(pk=by_id), at=NOW, key="page-7")


def edit_it(note_id, by_id, text):
    notes.edit(note_id, text, was="Called.", by=User.objects.get(pk=by_id), at=NOW)
    return text


def raised_by_four():
    ids, role = products(), role_id()
    return race.run(raise_them, [(ids, role), (ids[::-1], role), (ids, role), (ids[::-1], role)])


def people(count=4):
    return [User.objects.create_user(f"person-{number}").pk for number in range(count)]


def test_four_who_raise_the_same_at_once_raise_each_alert_once():
    found = raised_by_four()

    assert sum(found) == ROWS
    assert Alert.objects.count() == ROWS


def test_without_the_index_the_same_alert_is_raised_more_than_once():
    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX alert_open_once")
    try:
        raised_by_four()

        assert Alert.objects.count() > ROWS
    finally:
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE inventory_alert")
            cursor.execute(
                "CREATE UNIQUE INDEX alert_open_once ON inventory_alert (kind, content_type_id, object_id) "
                "WHERE solved_at IS NULL"
            )


def test_four_workers_that_look_at_once_raise_once_and_solve_once():
    lamp = make.product("LAMP-1")
    for number in range(ROWS):
        make.line(lamp, 1, who=make.customer(f"Lena {number}", ""))
    notices.send_due(at=NOW)

    raised = race.run(look, [(1,)] * 4)
    Notice.objects.filter(state=NoticeState.CALL).update(state=NoticeState.SUPERSEDED)
    solved = race.run(look, [(2,)] * 4)

    assert sum(each["raised"] for each in raised) == ROWS
    assert sum(each["solved"] for each in solved) == ROWS
    assert Alert.objects.filter(solved_at__isnull=False).count() == Alert.objects.count() == ROWS


def test_of_four_who_solve_one_alert_one_does_and_the_others_are_told():
    raise_them(products()[:1], role_id())
    alert = Alert.objects.get()

    found = race.run(solve_it, [(alert.pk, by_id) for by_id in people()])

    assert sorted(map(str, found)) == ["1", "NotOpen", "NotOpen", "NotOpen"]
    alert.refresh_from_db()
    assert alert.solution == f"By {alert.solved_by_id}"


def test_of_four_who_take_one_alert_one_has_it_in_work_and_the_others_are_told():
    raise_them(products()[:1], role_id())
    alert = Alert.objects.get()
    ids = people()

    found = race.run(take_it, [(alert.pk, by_id) for by_id in ids])

    assert sorted(map(str, found)) == ["1", "InWork", "InWork", "InWork"]
    alert.refresh_from_db()
    assert found[ids.index(alert.taken_by_id)] == 1


def test_rows_that_four_give_away_at_once_have_one_owner_each_and_keep_the_others():
    ids = products()

    found = race.run(assign_them, [(ids[:: (-1) ** place], by_id) for place, by_id in enumerate(people())])

    assert found == [ROWS] * 4
    assert Assignment.objects.filter(ended_at=None).count() == ROWS
    assert Assignment.objects.count() == 4 * ROWS


def test_a_list_that_four_want_to_open_in_their_way_opens_in_one():
    mia = owners.Owner(person_id=people(1)[0])
    views = [
        saved_views.save(f"View {number}", "orders_order", "", owner=mia, by=None, at=NOW).pk for number in range(4)
    ]

    found = race.run(open_it, [(pk,) for pk in views])

    assert found == views
    assert SavedView.objects.filter(is_default=True).count() == 1


def test_a_note_that_is_sent_four_times_at_once_is_written_once():
    ids, by_id = products(), people(1)[0]

    found = race.run(note_it, [(ids[:: (-1) ** place], by_id) for place in range(4)])

    assert sum(found) == ROWS
    assert Note.objects.count() == ROWS


def test_of_four_windows_in_which_a_note_is_changed_at_once_one_changes_it_and_the_others_are_told():
    [product_id], by_id = products()[:1], people(1)[0]
    notes.write(hanging.keys(Product, [product_id]), "Called.", by=User.objects.get(pk=by_id), at=NOW)
    note = Note.objects.get()

    found = race.run(edit_it, [(note.pk, by_id, f"Called {number} times.") for number in range(4)])

    note.refresh_from_db()
    assert sorted(found) == sorted([note.text, *["NoteHasChanged"] * 3])


def test_of_an_author_and_a_colleague_who_change_one_note_at_once_the_author_does():
    [product_id], (mia, tom) = products()[:1], people(2)
    notes.write(hanging.keys(Product, [product_id]), "Called.", by=User.objects.get(pk=mia), at=NOW)
    note = Note.objects.get()

    found = race.run(edit_it, [(note.pk, tom, "Never called."), (note.pk, mia, "Called twice.")])

    note.refresh_from_db()
    assert (found, note.text) == (["NotTheirNote", "Called twice."], "Called twice.")

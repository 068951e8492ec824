"""Acting on the queue: who may, the preview before the deed, the export."""

import csv
import io
from datetime import timedelta

import openpyxl
import pytest

from inventory.desk import performing
from orders.models import LineEvent, Notice, OrderLine, Promise
from orders.queue import ordering

from . import make
from .queue_screen import QUEUE, WEDNESDAY, act, person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]


# --- who may ---


def test_nobody_sees_the_queue_without_the_permission(client):
    client.force_login(person())

    assert client.get(QUEUE).status_code == 403
    assert client.get(f"{QUEUE}export/csv/").status_code == 403


def test_a_reader_is_offered_no_action_and_can_take_none(client, shop):
    client.force_login(person("view"))

    page = client.get(QUEUE).content.decode()
    response = act(client, "cancel", shop["lena"], apply="1", reason="no", index=0)

    assert "Cancel…" not in page
    assert "Export" not in page
    assert client.get(f"{QUEUE}export/csv/").status_code == 403
    assert client.get(f"{QUEUE}{shop['lena'].pk}/change/").status_code == 200
    assert response.status_code == 200
    assert OrderLine.objects.get(pk=shop["lena"].pk).canceled == 0


def test_each_action_asks_for_its_own_permission(client):
    client.force_login(person("view", "redate"))
    offered = client.get(QUEUE).context_data["action_form"].fields["action"].choices

    assert [name for name, _ in offered if name] == ["new_date"]


# --- acting: look first, then do ---


def test_a_new_date_is_previewed_without_writing_and_then_told_once(staff, shop):
    lines = shop["lena"], shop["jonas"]
    values = {"promised_date": "2026-03-20", "reason": "the carrier rang"}
    before = Promise.objects.count(), Notice.objects.count(), LineEvent.objects.count()

    form = act(staff, "new_date", *lines)
    preview = act(staff, "new_date", *lines, preview="1", **values)
    effects = preview.context_data["outcome"].effects

    assert form.context_data["outcome"] is None
    assert (effects.mails, effects.customers, len(effects.promises)) == (2, 2, 2)
    assert (Promise.objects.count(), Notice.objects.count(), LineEvent.objects.count()) == before

    done = act(staff, "new_date", *lines, apply="1", fingerprint=effects.fingerprint, **values)

    assert done.status_code == 302
    assert "2 lines have a new date." in staff.get(QUEUE).content.decode()
    lines[0].refresh_from_db()
    assert (str(lines[0].promised_date), lines[0].is_promise_pinned) == ("2026-03-20", True)
    assert Notice.objects.count() == before[1] + 2


def test_if_the_facts_have_moved_the_new_preview_is_shown_and_nothing_is_done(staff, shop):
    values = {"reason": "never mind"}
    seen = act(staff, "cancel", shop["lena"], preview="1", **values).context_data["outcome"].effects
    ordering.set_priority([shop["jonas"].pk], 9, reason="hotel opens", by=None, at=make.MONDAY)
    make.coming(make.product(), 1, on=WEDNESDAY)
    OrderLine.objects.filter(pk=shop["lena"].pk).update(promised_date=WEDNESDAY)

    response = act(staff, "cancel", shop["lena"], apply="1", fingerprint=seen.fingerprint, **values)

    assert response.status_code == 200
    assert performing.MOVED_MEANWHILE in response.content.decode()
    assert OrderLine.objects.get(pk=shop["lena"].pk).canceled == 0


def test_nothing_is_done_without_a_preview(staff, shop):
    act(staff, "cancel", shop["lena"], apply="1", reason="never mind")

    assert OrderLine.objects.get(pk=shop["lena"].pk).canceled == 0


def test_the_preview_of_a_cancellation_names_who_gets_the_freed_units(staff):
    lamp = make.product()
    make.on_hand(lamp, 2)
    here = make.line(lamp, 2, reference="HERE", at=make.MONDAY - timedelta(days=1))
    waiting = make.line(lamp, 2, reference="NEXT")
    values = {"tab": "ship", "reason": "changed their mind"}

    effects = act(staff, "cancel", here, preview="1", **values).context_data["outcome"].effects
    act(staff, "cancel", here, apply="1", fingerprint=effects.fingerprint, **values)

    waiting.refresh_from_db()
    news = [(row.order.reference, row.kind, row.units) for row in effects.news]
    assert news == [("HERE", "canceled", 2), ("NEXT", "restocked", 2)]
    assert waiting.allocated == 2


def test_part_of_one_line_can_be_canceled(staff, shop):
    values = {"reason": "one is enough", f"units-{shop['cafe'].pk}": "2"}
    seen = act(staff, "cancel", shop["cafe"], preview="1", **values).context_data["outcome"].effects

    act(staff, "cancel", shop["cafe"], apply="1", fingerprint=seen.fingerprint, **values)

    shop["cafe"].refresh_from_db()
    assert (shop["cafe"].canceled, shop["cafe"].backordered) == (2, 1)


def test_the_preview_of_a_priority_shows_the_place_before_and_after(staff):
    lamp = make.product()
    make.line(lamp, 1, at=make.MONDAY - timedelta(days=3))
    second = make.line(lamp, 1, at=make.MONDAY - timedelta(days=1))

    preview = act(staff, "priority", second, preview="1", priority="1", reason="hotel opens")

    [places] = [each for each in preview.context_data["outcome"].tables() if each.title == "Places in the queue"]
    assert [row[2] for row in places.rows] == ["2 → 1 of 2"]
    second.refresh_from_db()
    assert second.priority == 0


@pytest.mark.parametrize(
    ("action", "values", "error"),
    [
        ("new_date", {"promised_date": "2026-02-01", "reason": "x"}, "has passed. Enter today or a later day."),
        ("new_date", {"promised_date": "soon", "reason": "x"}, "This is no day"),
        ("new_date", {"promised_date": "2026-04-01", "reason": ""}, "This field is required"),
        ("priority", {"priority": "10", "reason": "x"}, "the most is 9"),
    ],
)
def test_what_cannot_be_done_is_said_on_the_form(staff, shop, action, values, error):
    response = act(staff, action, shop["lena"], preview="1", **values)

    assert response.status_code == 200
    assert error in response.content.decode()
    assert response.context_data["outcome"] is None


def test_an_action_on_nothing_says_so(staff, shop):
    response = staff.post(QUEUE, {"action": "cancel", "index": "0"}, follow=True)

    assert "Select at least one row first." in response.content.decode()


def test_lines_that_have_left_the_list_are_not_acted_on(staff, shop):
    response = act(staff, "cancel", shop["lena"], tab="ship", index=0)

    assert response.status_code == 302
    assert "no longer in this list" in staff.get(QUEUE).content.decode()


def test_too_many_lines_at_once_are_refused_with_advice(staff, shop, monkeypatch):
    monkeypatch.setattr("orders.admin.lines.desk.MOST_LINES", 1)

    response = staff.post(
        QUEUE,
        {"action": "cancel", "index": "0", "_selected_action": [line.pk for line in shop.values()]},
        follow=True,
    )

    assert "more than 1 lines. Narrow the list first" in response.content.decode()


# --- the export ---


def test_the_export_is_the_filtered_list_and_runs_nothing_in_a_spreadsheet(staff, shop):
    evil = make.customer("=HYPERLINK(1)")
    make.line(make.product("LAMP-99"), 1, who=evil, reference="SO-4")

    text = b"".join(staff.get(f"{QUEUE}export/csv/", {"sku": "lamp-9"}).streaming_content).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))

    assert [(row["Order"], row["Customer"], row["Waits"]) for row in rows] == [("SO-4", "'=HYPERLINK(1)", "1")]


def test_the_export_can_be_a_workbook(staff, shop):
    content = b"".join(staff.get(f"{QUEUE}export/xlsx/").streaming_content)
    sheet = openpyxl.load_workbook(io.BytesIO(content), read_only=True).active

    assert [row[0] for row in sheet.iter_rows(values_only=True)] == ["Order", "SO-1", "SO-2", "SO-3"]


def test_selected_lines_can_be_exported(staff, shop):
    response = act(staff, "export", shop["cafe"], index=0)

    text = b"".join(response.streaming_content).decode("utf-8-sig")
    assert [row["Order"] for row in csv.DictReader(io.StringIO(text))] == ["SO-3"]


def test_another_kind_of_file_is_not_found(staff):
    assert staff.get(f"{QUEUE}export/pdf/").status_code == 404

"""A live shop learns which of its promises its mails have told, whatever became of those mails."""

import pytest

pytestmark = pytest.mark.proof

BEFORE = [("orders", "0037_how_long_carriers_take")]
NEWEST = [("orders", "0038_promises_know_when_they_were_told")]
HOURS = [f"2026-03-02 {hour:02}:00:00+00:00" for hour in range(24)]
MARCH = [None, *(f"2026-03-{day:02}" for day in range(1, 32))]


def live_shop(apps):
    get = lambda name: apps.get_model("orders", name).objects  # noqa: E731
    place = apps.get_model("inventory", "Warehouse").objects.create(code="BER")
    lamp = apps.get_model("inventory", "Product").objects.create(sku="LAMP")
    ada = get("Customer").create(name="Ada", email="ada@shop.example", key="ADA@SHOP.EXAMPLE")

    def line(number, *promises, reason=""):
        order = get("Order").create(
            reference=f"SO-{number}", key=f"SO-{number}", customer=ada, warehouse=place, placed_at=HOURS[0]
        )
        found = get("OrderLine").create(
            order=order,
            position=1,
            product=lamp,
            quantity=2,
            queue_at=HOURS[0],
            placed_at=HOURS[0],
            changed_at=HOURS[0],
        )
        for hour, day in promises:
            get("Promise").create(line=found, promised_date=MARCH[day], basis="inbound", at=HOURS[hour], reason=reason)
        return found

    def mail(found, hour, day, *, kind="new_date", state="sent", waiting=2, is_superseded=False, was=None):
        notice = get("Notice").create(
            customer=ada,
            kind=kind,
            cause=f"{found.pk}:{hour}",
            state=state,
            due_at=HOURS[hour],
            created_at=HOURS[hour],
            intent_at=HOURS[hour],
            sent_at=HOURS[hour + 1] if state in ("sent", "bounced") else None,
        )
        get("NoticeLine").create(
            notice=notice,
            line=found,
            order=found.order,
            kind=kind,
            event=notice.cause,
            units=2,
            promised_date=MARCH[was or day],
            told_waiting=waiting,
            told_date=MARCH[day] if waiting is not None else None,
            is_superseded=is_superseded,
        )

    told = line(1, (1, 10), (3, 20), (5, 25))
    mail(told, 2, 10)
    mail(told, 6, 25)
    mail(told, 8, 25)
    bounced = line(2, (1, 10), (3, 20))
    mail(bounced, 2, 10)
    mail(bounced, 4, 20, state="bounced")
    none = line(3, (1, 10), (3, 0))
    mail(none, 4, 0)
    gone = line(4, (1, 10), (3, 0))
    mail(gone, 2, 10)
    mail(gone, 4, 0, kind="shipped")
    unread = line(5, (1, 10))
    mail(unread, 2, 10, waiting=None, is_superseded=True)
    before_words_were_kept = line(6, (1, 10))
    mail(before_words_were_kept, 2, 10, waiting=None)
    line(7, (1, 10), reason="told before the order came here")
    untold = line(8)
    mail(untold, 1, 10)


@pytest.mark.embedded
def test_promises_learn_what_was_told(migrate, monkeypatch):
    live_shop(migrate(BEFORE))
    monkeypatch.setattr("orders.migrations.0038_promises_know_when_they_were_told.BLOCK", 3)

    apps = migrate(NEWEST)

    promises = apps.get_model("orders", "Promise").objects.order_by("line", "pk")
    told = [
        (of, str(day)[-2:], at.hour if at else None)
        for of, day, at in promises.values_list("line__order__reference", "promised_date", "told_at")
    ]
    lines = apps.get_model("orders", "OrderLine").objects.order_by("pk")
    believed = [(str(day)[-2:], has) for day, has in lines.values_list("told_date", "has_told_date")]
    assert told == [
        *[("SO-1", "10", 3), ("SO-1", "20", None), ("SO-1", "25", 7)],
        *[("SO-2", "10", 3), ("SO-2", "20", None)],
        *[("SO-3", "10", None), ("SO-3", "ne", 5)],
        *[("SO-4", "10", 3), ("SO-4", "ne", None)],
        ("SO-5", "10", None),
        ("SO-6", "10", 3),
        ("SO-7", "10", 1),
    ]
    assert believed == [
        *[("25", True), ("10", True), ("ne", True), ("10", True)],
        *[("ne", False), ("10", True), ("10", True), ("ne", False)],
    ]
    migrate(BEFORE)

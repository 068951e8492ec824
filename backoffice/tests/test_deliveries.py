"""``load deliveries``: a shop's record of the past, read strictly; each row loaded or left out with a reason."""

from datetime import date

import pytest
from django.utils import timezone

from backoffice.files import loading
from inventory.models import Inbound, Movement
from inventory.tests import files
from suppliers.models import Lesson, PurchaseOrder, Supplier
from suppliers.tests import make

pytestmark = pytest.mark.django_db

HEADER = "supplier,reference,line,sku,sent_at,received_at,confirmed_date,quantity,ordered,quoted_days\n"


def load(folder, *rows: str):
    path = files.text(folder, HEADER + "\n".join(rows) + "\n")
    return loading.load(loading.File("deliveries", path), by=None, at=timezone.now())


def test_suppliers_are_made_and_lines_teach_without_moving_stock(tmp_path):
    plan = load(tmp_path, "Nord Lys GmbH,PO-1,1,LAMP,2026-01-05,2026-01-20,2026-01-15,10,10,14")

    lesson = Lesson.objects.get()
    assert (lesson.days, lesson.quoted_days, lesson.confirmed_days, lesson.days_late) == (15, 14, 10, 5)
    assert (lesson.sent_on, lesson.came_on, lesson.offer, lesson.line) == (
        date(2026, 1, 5),
        date(2026, 1, 20),
        None,
        None,
    )
    assert Supplier.objects.values_list("code", "name").get() == ("NORD-LYS-GMBH", "Nord Lys GmbH")
    assert (Inbound.objects.count(), Movement.objects.count()) == (0, 0)
    assert plan.details["teaches"]["lines"] == 1


def test_a_supplier_is_known_by_code_or_name_and_an_offer_by_its_sku(tmp_path):
    lamp = make.offer(make.product(), make.supplier("Nordlys"), days=21)

    load(tmp_path, f"nordlys,PO-1,,{lamp.product.sku.lower()},2026-01-05,2026-01-20,,1,,")
    make.learned()

    lamp.refresh_from_db()
    assert Lesson.objects.values_list("offer", "quoted_days").get() == (lamp.pk, 21)
    assert (lamp.observed, Supplier.objects.count()) == (1, 1)


def test_parcels_of_a_line_are_one_lesson_of_the_day_most_had_come(tmp_path):
    plan = load(
        tmp_path,
        *(f"Birk,PO-1,,LAMP,2026-01-05,2026-01-{day},,{units},100," for day, units in ((20, 20), (10, 50), (15, 30))),
    )

    assert Lesson.objects.get().came_on == date(2026, 1, 20)
    assert (plan.taken, plan.left.total) == (3, 0)


def test_what_teaches_nothing_is_left_out_with_its_reason(tmp_path):
    make.sent((make.offer(make.product()), 5))
    ours = PurchaseOrder.objects.get().reference

    plan = load(
        tmp_path,
        "Birk,PO-1,,LAMP,,2026-01-20,,1,,",
        "Birk,PO-2,,LAMP,2026-01-05,,,1,,",
        "Birk,PO-3,,LAMP,2026-01-05,2026-01-04,,1,,",
        "Birk,PO-4,,LAMP,2026-01-05,2026-01-20,,1,,",
        "Birk,PO-4,,LAMP,2026-01-05,2026-01-20,,1,,",
        "Birk,PO-5,,LAMP,2026-01-05,2026-01-20,,8,10,",
        f"Birk,{ours},,LAMP,2026-01-05,2026-01-20,,1,,",
        "Birk,PO-6,,LAMP,2026-01-05,2026-01-20,,0,,",
    )

    assert plan.left.lines() == [
        "Row 2: the day it was sent is not known.",
        "Row 3: the day it came is not known, or has not come.",
        "Row 4: it came before it was sent.",
        "Row 6: the same delivery of the same line, twice.",
        "Row 9: no units came.",
        "Row 7: its line is open: less than 90 % of its units came.",
        "Row 8: its order was sent from here, and teaches by itself.",
    ]
    assert (plan.rows, Lesson.objects.get().reference) == (8, "PO-4")


def test_the_same_file_again_changes_nothing_and_another_day_changes_the_lesson(tmp_path):
    row = "Birk,PO-1,1,LAMP,2026-01-05,2026-01-20,2026-01-15,1,,14"
    load(tmp_path, row)
    make.learned()

    again = load(tmp_path, row)
    assert (len(again.new), len(again.changed), again.unchanged) == (0, 0, 1)
    assert not Lesson.objects.filter(is_learned=False).exists()

    changed = load(tmp_path, row.replace("2026-01-20", "2026-01-22"))
    assert (len(changed.new), len(changed.changed)) == (0, 1)
    assert Lesson.objects.values_list("days_late", "is_learned").get() == (7, False)


def test_two_suppliers_whose_names_shorten_alike_have_codes_of_their_own(tmp_path):
    name = "Ministry of Supply and of Everything Else, Department"

    load(
        tmp_path,
        f'"{name} A",PO-1,,LAMP,2026-01-05,2026-01-20,,1,,',
        f'"{name} B",PO-1,,LAMP,2026-01-05,2026-01-20,,1,,',
    )

    codes = sorted(Supplier.objects.values_list("code", flat=True))
    assert codes == ["MINISTRY-OF-SUPPLY-AND-OF-EVERYTHING", "MINISTRY-OF-SUPPLY-AND-OF-EVERYTHING-2"]


def test_a_line_whose_supplier_is_named_by_code_and_by_name_teaches_once(tmp_path):
    Supplier.objects.create(code="ACME", name="Acme Tools")
    by_code, by_name = (f"{name},PO-1,,LAMP,2026-01-05,2026-01-20,,5,10," for name in ("acme", "ACME TOOLS"))

    together = load(tmp_path, by_code, by_name)
    apart = load(tmp_path, "Acme Tools,PO-2,,LAMP,2026-01-05,2026-01-20,,5,,")
    again = load(tmp_path, "ACME,PO-2,,LAMP,2026-01-05,2026-01-20,,5,,")

    assert (len(together.new), together.left.total) == (0, 2)  # the same parcel twice, and half of its units
    assert (len(apart.new), len(again.new), again.unchanged) == (1, 0, 1)
    assert Lesson.objects.count() == 1


def test_a_supplier_that_a_file_made_is_known_by_its_code_in_the_next(tmp_path):
    load(tmp_path, "Nord Lys,PO-1,,LAMP,2026-01-05,2026-01-20,,5,,")
    again = load(tmp_path, "NORD-LYS,PO-1,,LAMP,2026-01-05,2026-01-22,,5,,")

    assert (len(again.new), len(again.changed), again.changes[0].field) == (0, 1, "came_on")
    assert Lesson.objects.values_list("came_on", flat=True).get() == date(2026, 1, 22)


def test_an_order_of_ours_is_known_in_any_case(tmp_path):
    make.offer(make.product(), make.supplier("Nordlys"))
    PurchaseOrder.objects.create(
        supplier=Supplier.objects.get(), warehouse=make.warehouse(), reference="PO-1042", proposed_at=timezone.now()
    )

    plan = load(tmp_path, "nordlys,po-1042,,LAMP,2026-01-05,2026-01-20,,5,,")

    assert (Lesson.objects.count(), plan.left.total) == (0, 1)


def test_a_delivery_that_took_years_is_named(tmp_path):
    sound = load(tmp_path, "Birk,PO-1,,LAMP,2024-02-29,2026-02-28,,5,,")
    told = load(tmp_path, "Birk,PO-2,,LAMP,1990-02-28,2026-01-20,,5,,", "Birk,PO-3,,LAMP,2016-01-05,2026-01-20,,5,,")

    words = "Row 2: it came 13,110 days after it was sent, and 1 more took years. Is a year mistyped? It teaches so."
    assert [note for note in sound.notes if "days after" in note] == []
    assert [note for note in told.notes if "days after" in note] == [words]

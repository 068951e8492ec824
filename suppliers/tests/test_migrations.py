"""What the migrations make of what stands in a live shop."""

from importlib import import_module

import pytest
from django.apps import apps

from suppliers.models import PurchaseOrder, PurchaseOrderLine, ShopRecord

from . import make

pytestmark = pytest.mark.django_db
BEFORE = {"touched_by": "ines", "edited_from": 3, "edited_at": make.after(2).isoformat()}


@pytest.mark.parametrize("block", [1, 1000])
def test_lines_that_a_person_wrote_are_marked_and_their_prices_stand(monkeypatch, block):
    lines_so_far = import_module("suppliers.migrations.0003_lines_touched_so_far")
    monkeypatch.setattr(lines_so_far, "BLOCK", block)
    lamp, cup, pen = (make.offer(make.product()) for _ in range(3))
    draft = make.draft((lamp, 7), (cup, 5), (pen, 4))
    done = make.approved((make.offer(make.product(), make.supplier("Birk")), 2))
    PurchaseOrderLine.objects.filter(product=lamp.product).update(parts=BEFORE)
    PurchaseOrderLine.objects.filter(product=cup.product).update(parts={"touched_by": "paul"})
    PurchaseOrderLine.objects.filter(purchase_order=done).update(parts=BEFORE)

    for _ in range(2):
        lines_so_far.mark(apps, None)

    assert make.line(draft, lamp.product).is_touched
    assert make.line(draft, lamp.product).parts == {**BEFORE, "typed_price": True}
    assert make.line(draft, cup.product).parts == {"touched_by": "paul", "typed_price": True}
    assert (make.line(draft, pen.product).is_touched, make.line(draft, pen.product).parts) == (False, {})
    assert (make.line(done).is_touched, make.line(done).parts) == (True, BEFORE)
    touched = dict(PurchaseOrder.objects.values_list("pk", "touched_at"))
    assert touched == {draft.pk: make.after(2), done.pk: None}


def test_the_record_of_quotes_of_an_earlier_release_is_made_anew_in_the_next_night():
    other = make.offer(make.product(), make.supplier("Birk"), days=14)
    make.delivered(make.offer(make.product(), days=14), 420)
    make.learned()
    ShopRecord.objects.update(mean=30.0, sd=0.35)
    make.learned()
    assert ShopRecord.objects.get().mean == 30.0

    for _ in range(2):
        import_module("suppliers.migrations.0016_quotes_are_learned_anew").forget(apps, None)
    make.learned()

    other.refresh_from_db()
    assert (ShopRecord.objects.get().mean, other.mean_days) == (1.5, pytest.approx(21))

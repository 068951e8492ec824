from collections import Counter
from datetime import timedelta

import pytest

from inventory.formulas.forecast import VarianceLine
from inventory.models import ReorderBlock, Warehouse
from inventory.night import blocks
from inventory.night.blocks import Done
from inventory.tests import make

pytestmark = pytest.mark.django_db

TODAY = make.TODAY
LINE = VarianceLine(1.2, 1.5)


def plan(*ends: int, on=TODAY) -> None:
    blocks.plan(list(zip((0, *ends), ends, strict=False)), on=on, line=LINE, limits=None)


def well(block: ReorderBlock) -> Done:
    return Done(Counter(skus=block.until - block.after), b"levels")


def test_the_pieces_of_a_night_are_done_in_order_and_once():
    plan(10, 25)

    did = [blocks.do_next(well) for _ in range(3)]

    assert did == [True, True, False]
    assert [(block.counts, block.is_done, block.error) for block in blocks.of(TODAY)] == [
        ({"skus": 10}, True, ""), ({"skus": 15}, True, ""),
    ]  # fmt: skip
    assert (blocks.of(TODAY)[0].line_a, bytes(blocks.of(TODAY)[0].levels)) == (1.2, b"levels")


def test_a_piece_that_fails_says_so_and_leaves_nothing_behind():
    def badly(block: ReorderBlock) -> Done:
        make.warehouse("HALF")
        raise ValueError("no such number")

    plan(10)

    assert blocks.do_next(badly) is True
    assert blocks.left(TODAY) == 0
    assert blocks.of(TODAY)[0].error == "Products 1 to 10: ValueError: no such number"
    assert not Warehouse.objects.filter(code="HALF").exists()


def test_a_night_that_is_planned_again_starts_over_and_drops_what_older_ones_left_undone():
    plan(10, 25)
    blocks.do_next(well)
    plan(10, on=TODAY + timedelta(days=1))
    plan(30)

    assert [(block.until, block.is_done) for block in blocks.of(TODAY)] == [(30, False)]
    assert blocks.left(TODAY + timedelta(days=1)) == 0


def test_the_blocks_of_a_fortnight_are_kept():
    for ago in (20, 14, 1):
        plan(10, on=TODAY - timedelta(days=ago))
        blocks.do_next(well)

    plan(10)

    kept = ReorderBlock.objects.order_by("on").values_list("on", flat=True)
    assert [(TODAY - on).days for on in kept] == [14, 1, 0]


def test_a_product_knows_when_it_was_looked_at_last():
    plan(10, 25, on=TODAY - timedelta(days=1))
    blocks.do_next(well)
    blocks.do_next(well)
    plan(10, 25)
    blocks.do_next(well)

    looked = [blocks.last_looked_at(product_id) for product_id in (10, 11, 26)]

    assert looked == [TODAY, TODAY - timedelta(days=1), None]

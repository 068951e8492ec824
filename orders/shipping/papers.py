"""The pick list and the packing slips of a batch as PDF, made of its facts alone. Writes nothing."""

from collections.abc import Sequence
from typing import Any

from inventory.ground.plurals import counted

from .facts import BatchPapers, PackingSlip

PICK_HEAD = ("Bin", "SKU", "Product", "Parcels", "Units", "Picked")
PICK_SHARES = (0.14, 0.2, 0.4, 0.09, 0.09, 0.08)
SLIP_HEAD = ("SKU", "Product", "Units", "Follow later")
SLIP_SHARES = (0.24, 0.5, 0.12, 0.14)


def pick_list(papers: BatchPapers, *, shop: str, day: str) -> bytes:
    """Draw what to take off the shelves, by bin and then by SKU; its barcode is the name of the batch."""
    from inventory.ground.papers import sheet  # noqa: PLC0415  (20 MB that only who draws has to pay)

    batch = papers.batch
    rows = [(pick.bin or "–", pick.sku, pick.name, f"{pick.parcels:,}", f"{pick.units:,}", "") for pick in papers.picks]
    story = [
        *_head(f"Pick list {batch.pk}", [f"{batch.warehouse}", day], code(batch.pk)),
        sheet.table(PICK_HEAD, rows, shares=PICK_SHARES, numbers=("Parcels", "Units")),
        sheet.gap(4),
        sheet.text(f"{papers.units:,} units in {len(papers.slips):,} parcels", is_number=True),
    ]
    return sheet.made(story, title=f"Pick list {batch.pk}, {batch.warehouse}", author=shop)


def slips(papers: BatchPapers, *, shop: str, day: str) -> bytes:
    """Draw a slip for each parcel, on a page of its own; its barcode is the number of the order."""
    from inventory.ground.papers import sheet  # noqa: PLC0415  (20 MB that only who draws has to pay)

    story: list[Any] = []
    for slip in papers.slips:
        story += [*([sheet.new_page()] if story else []), *_slip(slip, shop, day)]
    story = story or [sheet.text("Nothing of this batch is to leave any more.")]
    return sheet.made(story, title=f"Packing slips {papers.batch.pk}, {papers.batch.warehouse}", author=shop)


def code(batch_id: int) -> str:
    """Name a batch as its barcode does."""
    return f"BATCH-{batch_id}"


def _head(title: str, words: list[str], barcode: str, address: Sequence[str] = ()) -> list[Any]:
    from inventory.ground.papers import barcodes, sheet  # noqa: PLC0415

    left: list[Any] = [sheet.text(title, size=sheet.LARGE), sheet.text("\n".join(words))]
    left += [sheet.gap(), sheet.text("\n".join(address))] if address else []
    return [sheet.beside(left, [barcodes.of(barcode)], share=0.6), sheet.gap()]


def _slip(slip: PackingSlip, shop: str, day: str) -> list[Any]:
    from inventory.ground.papers import sheet  # noqa: PLC0415

    order, (number, count) = slip.parcel.order, slip.place
    words = [shop, day, *([f"Parcel {number} of {count}"] if count > 1 else [])]
    rows = [(line.sku, line.name, f"{line.units:,}", f"{line.waits:,}" if line.waits else "–") for line in slip.lines]
    said = "\n\n".join(filter(None, (in_words(slip), order.note)))
    return [
        *_head(order.reference, words, order.reference, slip.address),
        sheet.gap(8),
        sheet.table(SLIP_HEAD, rows, shares=SLIP_SHARES, numbers=("Units", "Follow later")),
        sheet.gap(4),
        sheet.text(said),  # not in a table: a long note goes on over the page
    ]


def in_words(slip: PackingSlip) -> str:
    """Say what is in the parcel, and what of its order still comes."""
    here = f"{counted(slip.units, 'unit')} in this parcel."
    if not slip.waits:
        return here
    return f"{here} {slip.waits:,} more of this order {'follows' if slip.waits == 1 else 'follow'} later."

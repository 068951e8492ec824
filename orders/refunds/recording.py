"""
What people did about a refund: paid back in whole or in parts, said that it is not owed, took a record back.

Each takes the refund under its lock and reads it anew, so that two people at once never pay one back twice.
"""

from collections.abc import Collection
from datetime import datetime
from decimal import Decimal

from django.contrib.auth.models import User
from django.db import transaction

from orders.models import Refund, Repayment
from orders.wording import phrases


class NotToRefund(Exception):
    """No amount, more than is owed without a reason, a payment that is recorded already, or nothing to take back."""


@transaction.atomic
def record(
    refund_id: int, amount: Decimal, *, reference: str, reason: str = "", by: User | None, at: datetime
) -> Repayment:
    """
    Write down that so much was paid back.

    :param reference: by which the payment is found elsewhere; of one refund, each once
    :param reason: why it is more than is still owed
    :raises NotToRefund: if it cannot be; nothing is written then
    """
    [refund] = _held([refund_id])
    reference, reason = reference.strip(), reason.strip()
    if amount <= 0:
        raise NotToRefund("Say how much was paid back: more than 0.")
    if not reference:
        raise NotToRefund("Say by which number the payment is found: of the bank, the card or the shop.")
    if Repayment.objects.filter(refund=refund, reference=reference, taken_back_at=None).exists():
        raise NotToRefund(f"The payment {reference} is recorded already. Nothing was written.")
    left = max(Decimal(), refund.outstanding)
    if amount > left and not reason:
        owed = f"{phrases.money(left, refund.currency)} is still owed" if left else "nothing is owed any more"
        raise NotToRefund(
            f"Of {refund.order}, {owed}: {phrases.money(amount, refund.currency)} is more. Say why, or record less. "
            "Nothing was written."
        )
    made = Repayment.objects.create(
        refund=refund,
        amount=amount,
        reference=reference[:80],
        reason=reason[:200] if amount > left else "",
        by=by,
        at=at,
    )
    refund.repaid += amount
    refund.save(update_fields=["repaid"])
    return made


@transaction.atomic
def record_in_full(refund_ids: Collection[int], *, reference: str, by: User | None, at: datetime) -> Decimal:
    """
    Write down that all that is owed of these refunds was paid back, by one payment; what owes nothing is left out.

    :returns: how much that was
    :raises NotToRefund: if nothing is owed any more, or one of them has this payment already; nothing is written then
    """
    owed = [refund for refund in _held(refund_ids) if refund.outstanding > 0]
    reference = reference.strip()[:80]
    if not owed:
        raise NotToRefund("Nothing is owed any more for these.")
    known = Repayment.objects.filter(refund__in=owed, reference=reference, taken_back_at=None)
    if not reference or known.exists():
        raise NotToRefund(f"The payment {reference} is recorded already for one of these. Nothing was written.")
    Repayment.objects.bulk_create(
        Repayment(refund=refund, amount=refund.outstanding, reference=reference, by=by, at=at) for refund in owed
    )
    for refund in owed:
        refund.repaid += refund.outstanding
    Refund.objects.bulk_update(owed, ["repaid"])
    return sum((refund.outstanding for refund in owed), Decimal())


@transaction.atomic
def take_back(refund_id: int, *, by: User | None, at: datetime) -> Repayment:
    """
    Take back the last record of a payment, since it was written in error: so much is owed again.

    :raises NotToRefund: if none stands
    """
    [refund] = _held([refund_id])
    last = Repayment.objects.filter(refund=refund, taken_back_at=None).order_by("-pk").first()
    if last is None:
        raise NotToRefund(f"No payment is recorded for {refund.order} that could be taken back.")
    last.taken_back_at, last.taken_back_by = at, by
    last.save(update_fields=["taken_back_at", "taken_back_by"])
    refund.repaid -= last.amount
    refund.save(update_fields=["repaid"])
    return last


@transaction.atomic
def waive(refund_ids: Collection[int], *, note: str, by: User | None, at: datetime) -> Decimal:
    """
    Say that what is left of these refunds is not owed: it was never paid, say, or its shop has paid it back by itself.

    :returns: how much that was
    :raises NotToRefund: if nothing is owed any more, or nobody says why
    """
    owed = [refund for refund in _held(refund_ids) if refund.outstanding > 0]
    if not note.strip():
        raise NotToRefund("Say why nothing is owed.")
    if not owed:
        raise NotToRefund("Nothing is owed any more for these.")
    who = f" ({by.get_username()}, {at:%Y-%m-%d})" if by else ""
    for refund in owed:
        refund.waived += refund.outstanding
        refund.note = f"{note.strip()[: 200 - len(who)]}{who}"
    Refund.objects.bulk_update(owed, ["waived", "note"])
    return sum((refund.outstanding for refund in owed), Decimal())


def _held(refund_ids: Collection[int]) -> list[Refund]:
    """Read these refunds as they stand, held until the transaction ends."""
    rows = Refund.objects.filter(pk__in=refund_ids).select_related("order").order_by("pk")
    return list(rows.select_for_update(no_key=True, of=("self",)))

"""
Do the books balance? Each check counts what disagrees and shows the first few. It reports, it never repairs.

Every figure that is kept beside the rows it comes from is summed again (``orders.books``): stock from movements, holds
and claims, inbound from receipts and claims, a line from claims, shipments, history, promises and mails, owed from
lines. And a new plan of any product would change nothing, what was asked of a supplier is expected, and no promised day
had passed at the last night. All of it is read as it stood at one moment.
"""

from collections.abc import Callable
from datetime import datetime
from functools import partial

from django.db.models import Exists, F, OuterRef

from backoffice.models import JobRun
from orders import books
from orders.books import claims
from orders.books.findings import Finding, finding
from orders.models import OrderLine, Promise
from suppliers.models import PurchaseOrderLine

from .snapshot import snapshot


def run(*, at: datetime, progress: Callable[[int, int], None] | None = None) -> list[Finding]:
    """
    Check every book, as all of them stood at one moment; an empty list of broken rules means that they balance.

    :param progress: called outside of that moment, where it may write
    """
    # runs are written while all else is read
    checks: list[Callable[[], Finding]] = [*books.CHECKS, _bought, partial(_not_passed, _last_night())]
    findings = []
    with snapshot() as aside:

        def report(done: int, total: int) -> None:
            if progress:
                aside(lambda: progress(done, total))

        for check in checks:
            findings.append(check())
            report(0, 1)
        findings.append(claims.plan(at, report))
    return findings


def balances(findings: list[Finding]) -> bool:
    return not any(finding.broken for finding in findings)


def _bought() -> Finding:
    """What was asked of a supplier is what is expected of them: neither changes once it was sent."""
    rows = PurchaseOrderLine.objects.filter(inbound__isnull=False).exclude(quantity=F("inbound__quantity"))
    rule = "A purchase order expects what it asks for"
    return finding(rule, rows.order_by("pk"), "purchase_order__reference", "quantity", "inbound__quantity")


def _last_night() -> JobRun | None:
    """The last night that went well; not one of a release in which time moved no promises."""
    ran = JobRun.objects.filter(job="nightly", finished_at__isnull=False, error="", claimed_until__isnull=False)
    return ran.order_by("-business_date").first()


def _not_passed(night: JobRun | None) -> Finding:
    """After a night that went well, no open line is promised a day that had passed when it ran."""
    rows = OrderLine.objects.none()
    if night:
        # what came here since with a day that had passed is for the next night
        since = Promise.objects.filter(line=OuterRef("pk"), at__gte=night.started_at)
        rows = OrderLine.objects.open().filter(~Exists(since), is_stopped=False, promised_date__lt=night.business_date)
    return finding("No promised day has passed", rows.order_by("pk"), "order__reference", "promised_date")

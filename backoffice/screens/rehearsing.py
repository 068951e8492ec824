"""An operation that touches customers: its page, with who is moved and every mail before it is done."""

from datetime import datetime

from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse

from inventory.desk import operations
from inventory.desk.base import Desk
from inventory.desk.operations import Operation

from .asking import Step, run


def perform(desk: Desk, operation: Operation, request: HttpRequest) -> HttpResponse:
    """Ask, preview or do it; ``operations.perform`` has asked who may."""
    rows = operations.chosen(desk, request)
    if not rows:
        return operations.none_chosen(desk, request)
    form = operation.form(rows, request.POST if request.method == "POST" else None)
    told: list[str] = []

    def counters() -> object:
        """Read the figures again, under the locks that the act takes."""
        operation.lock(rows)
        return operation.counters(operations.chosen(desk, request), form)

    def act(by: User, at: datetime) -> object:
        told.append(operation.act(rows, form, by=by, at=at))
        return told

    step = Step(
        title=operations.title(desk, operation, rows),
        explanation=operation.explanation,
        form=form,
        tables=lambda: operation.tables(rows, form),
        submit="Show what it does",
        act=act,
        refusals=operation.refusals,
        product_ids=operation.product_ids(rows),
        counters=counters,
        rows=rows,
        back=desk.page_url(rows),
        done=lambda: told[-1],
        in_words=lambda: operation.in_words(rows, form),
    )
    return run(desk.admin_site, request, step, opts=desk.opts, is_risky=operation.is_risky)

"""The papers of a batch: on a page that is made to be printed, and as PDF."""

from collections.abc import Callable

from django.conf import settings
from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.formats import date_format

from inventory.desk import careful
from inventory.desk.operations import allowed
from orders.models import Batch
from orders.shipping import facts, papers

from .page import PERMISSION


def shown(request: HttpRequest, pk: int, *, site: AdminSite) -> HttpResponse:
    """Show the pick list, and a slip for each parcel on a sheet of its own."""
    from inventory.ground.papers import barcodes  # noqa: PLC0415  (20 MB that only who draws has to pay)

    said = _facts(request, pk)
    numbers = dict.fromkeys(slip.parcel.order.reference for slip in said.slips)
    bars = {number: barcodes.picture(number) for number in numbers}
    context = {
        "title": f"Papers of {said.batch}",
        "papers": said,
        "day": _day(said.batch),
        "shop": settings.SHOP_NAME,
        "code": papers.code(pk),
        "bars": barcodes.picture(papers.code(pk)),
        "slips": [(slip, papers.in_words(slip), bars[slip.parcel.order.reference]) for slip in said.slips],
        "opts": said.batch._meta,
    }
    return TemplateResponse(request, "admin/shipping/papers.html", {**site.each_context(request), **context})


def pick_list(request: HttpRequest, pk: int, *, site: AdminSite) -> HttpResponse:
    return _pdf(request, pk, papers.pick_list, "pick-list")


def slips(request: HttpRequest, pk: int, *, site: AdminSite) -> HttpResponse:
    return _pdf(request, pk, papers.slips, "slips")


def _facts(request: HttpRequest, pk: int) -> facts.BatchPapers:
    allowed(request, PERMISSION)
    return facts.of(careful.found(Batch.objects.select_related("warehouse", "by"), pk))


def _pdf(request: HttpRequest, pk: int, draw: Callable[..., bytes], name: str) -> HttpResponse:
    said = _facts(request, pk)
    content = draw(said, shop=settings.SHOP_NAME, day=_day(said.batch))
    answer = HttpResponse(content, content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="{name}-{pk}.pdf"'
    return answer


def _day(batch: Batch) -> str:
    return date_format(timezone.localtime(batch.printed_at), "j F Y, H:i")

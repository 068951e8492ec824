"""The page of figures: how well promises are kept, and told; for all, or one supplier, class, warehouse or channel."""

from django.contrib.admin import AdminSite
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.template.response import TemplateResponse
from django.utils import timezone

from backoffice.models import WeeklyFigure
from inventory.desk.operations import allowed

from . import ahead, choosing, shown
from .dimensions import FigureChoice

PERMISSION = "backoffice.view_weeklyfigure"
OF = "of"
LONGEST = 60


def figures(request: HttpRequest, *, site: AdminSite) -> HttpResponse:
    """Show what the nights have kept; looks only."""
    allowed(request, PERMISSION)
    if request.method not in {"GET", "HEAD"}:
        return HttpResponseNotAllowed(["GET", "HEAD"])
    word = request.GET.get(OF, "")
    choice = FigureChoice.read(word)
    if choice is None:
        raise BadRequest(f"Figures cannot be narrowed to “{word[:LONGEST]}”. Choose from the list above them.")
    today = timezone.localdate()
    found = shown.kept(choice, today)
    context = {
        "title": "Figures",
        "choice": choice,
        "choices": choosing.choices(today),
        "is_empty": not found,
        "sections": list(shown.sections(found, choice, today)),
        "calibration": shown.calibration(found, choice, today),
        "ages": ahead.ages(found, choice, today),
        "cover": ahead.cover(found, choice, today),
        "risk": ahead.risk(found, choice, today),
        "words": ahead.WORDS,
        "list_url": shown.address(WeeklyFigure, **_narrowed(choice)),
    }
    return TemplateResponse(request, "admin/figures.html", {**site.each_context(request), **context})


def _narrowed(choice: FigureChoice) -> dict[str, str]:
    return {OF: choice.word} if choice.dimension else {}

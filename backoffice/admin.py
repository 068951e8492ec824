"""The admin of what runs: the jobs of the clock with "run now", and files on their way in (``screens.uploads``)."""

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from backoffice.screens.uploading import mapping_admin, uploads
from inventory.desk import once
from inventory.desk.base import Kept
from inventory.desk.careful import numbers
from inventory.desk.operations import ask, person
from inventory.desk.tables import Table, chip, day, link, shown
from inventory.night import blocks

from . import jobs, nightly
from .celery import LONG, NOW, BrokerAway, publish
from .figures import lists
from .models import JobRun
from .screens import alerts_admin, staff_admin
from .screens.shipping import batch_admin

__all__ = ["JobRunAdmin", "alerts_admin", "batch_admin", "lists", "mapping_admin", "staff_admin", "uploads"]

LOOK_AGAIN_SECONDS = "3"
"""While something runs, its page looks again by itself."""


@admin.register(JobRun)
class JobRunAdmin(Kept):
    list_display = ("job", "business_date", "state", "bar", "step", "started", "lasted", "started_by", "attempts")
    list_filter = ("job", "business_date")
    list_select_related = ("by",)
    ordering = ("-started_at", "-pk")
    fields = (
        ("job", "business_date", "state"),
        ("bar", "step"),
        ("started", "lasted", "started_by"),
        "attempts",
        "error",
    )
    readonly_fields = ("state", "bar", "started", "lasted", "started_by")

    def get_urls(self) -> list[URLPattern]:
        start = self.admin_site.admin_view(self.start)
        return [path("start/", start, name="backoffice_jobrun_start"), *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        may_start = person(request).has_perm("backoffice.start_jobrun")
        response = super().changelist_view(request, {"may_start": may_start, **(extra_context or {})})
        return _looking_again(response, JobRun.objects.filter(finished_at=None).exists())

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        response = super().change_view(request, object_id, form_url, extra_context)
        is_running = JobRun.objects.filter(pk__in=numbers(object_id, 1), finished_at=None).exists()
        return _looking_again(response, is_running)

    @once.commits_by_itself
    def start(self, request: HttpRequest) -> HttpResponse:
        """Start the nightly chain now; the list shows how far it is, and can be left."""
        by = person(request)
        if not by.has_perm("backoffice.start_jobrun"):
            raise PermissionDenied
        form = forms.Form(request.POST if request.method == "POST" else None)

        def begin() -> HttpResponse:
            try:
                _start(by, at=timezone.now())
            except jobs.StillRunning as error:
                raise forms.ValidationError(f"{error} Wait until it ends.") from error
            except BrokerAway as error:
                raise forms.ValidationError(
                    f"The run could not be started: the broker that wakes the workers does not answer ({error}). "
                    "Nothing is lost; press “Run now” again when it is back."
                ) from error
            self.message_user(request, "The nightly run starts now. You may leave this page.", messages.SUCCESS)
            return HttpResponseRedirect(self.list_url())

        if form.is_valid() and (answer := once.act(request, form, begin)):
            return answer
        return ask(
            self.admin_site,
            request,
            title="Run the nightly job now",
            explanation=(
                "It feeds demand, learns lead times, computes every reorder point and drafts purchase orders. "
                "Run twice on a day, it changes only what has changed since."
            ),
            form=form,
            submit="Run now",
            back=self.list_url(),
            opts=self.opts,
        )

    @admin.display(description="state")
    def state(self, row: JobRun) -> SafeString:
        if row.error:
            return chip("broke off" if row.finished_at else "in trouble", "red")
        if not row.finished_at and row.claimed_until and row.claimed_until < timezone.now():
            return chip("stands still", "amber")  # its worker is lost; the next tick of the clock takes it over
        return chip("done", "green") if row.finished_at else chip("running", "blue")

    @admin.display(description="progress")
    def bar(self, row: JobRun) -> SafeString:
        label = f"{row.progress} %"
        return format_html('<progress max="100" value="{}" aria-label="{}"></progress> {}', row.progress, label, label)

    @admin.display(description="started", ordering="started_at")
    def started(self, row: JobRun) -> str:
        return day(row.started_at)

    @admin.display(description="lasted")
    def lasted(self, row: JobRun) -> str:
        if not row.finished_at:
            return ""
        seconds = (row.finished_at - row.started_at).total_seconds()
        return f"{seconds:.1f} s" if seconds < 120 else f"{seconds / 60:.0f} min"

    @admin.display(description="by")
    def started_by(self, row: JobRun) -> str:
        return str(row.by or "the clock")

    def tables(self, request: HttpRequest, row: JobRun) -> list[Table]:
        plain = {name: value for name, value in row.counts.items() if not isinstance(value, dict)}
        # PostgreSQL keeps JSON in an order of its own: the night's steps are shown as they ran
        ran = {step.name: place for place, step in enumerate(nightly.STEPS)}
        names = sorted(row.counts, key=lambda name: (ran.get(name, len(ran)), name))
        steps = {name: row.counts[name] for name in names if isinstance(row.counts[name], dict)}
        tables = [_counts(name, figures) for name, figures in steps.items()]
        found = [*_broken(row), *_moved(row)] if row.job == nightly.JOB else []
        return [*found, _counts("Counts", plain), *tables] if plain or not steps else [*found, *tables]


def _start(by: User, *, at: datetime) -> None:
    """
    Claim the nightly run of today, and wake a worker for it: of several who ask at once, one has it.

    :raises StillRunning: if it runs (``jobs.StillRunning``)
    :raises BrokerAway: if no worker can be woken; the run is then on record as it was before
    """
    on = timezone.localdate(at)
    was = jobs.before(nightly.JOB, on=on)
    run = jobs.claim(nightly.JOB, on=on, at=at, by=by, again=True)
    try:
        publish(NOW, run.pk, run.started_at.isoformat(), queue=LONG)
    except Exception:
        jobs.give_back(run, was)
        raise


def _broken(row: JobRun) -> list[Table]:
    """Name the blocks of reorder points that failed that night; the others stand."""
    failed = [block for block in blocks.of(row.business_date) if block.error]
    rows = [(f"{block.after + 1:,} to {block.until:,}", block.error) for block in failed]
    note = "Their reorder points are those of the night before. Run it again once the cause is gone."
    return [Table("Blocks that failed", ("Products, by key", "Why"), rows, note=note)] if rows else []


def _moved(row: JobRun) -> list[Table]:
    """Show which reorder points moved most that night, and why, with a link to all of them."""
    rows = nightly.changes(row.business_date)[: nightly.SHOWN_CHANGES]
    every = link("All that changed this night", "inventory_policychange_changelist", on=row.business_date)
    found = [
        (
            link(change.policy.product, "inventory_product_change", change.policy.product_id),
            str(change.policy.warehouse),
            change.was,
            change.now,
            format_html('<span class="number">{}</span>', f"{change.now - change.was:+,}"),
            change.reason,
        )
        for change in rows
    ]
    title = "Reorder points that moved most"
    numbers = ("Was", "Is", "Moved by")
    return [Table(title, ("Product", "Warehouse", *numbers, "Why"), found, "No reorder point moved.", every, numbers)]


def _counts(name: str, figures: dict[str, Any]) -> Table:
    rows: list[tuple[str, Any]] = []
    for what, value in figures.items():
        if isinstance(value, list):
            rows += [(what.replace("_", " "), each) for each in value if what != "most"]  # a table of its own
        else:
            rows.append((what.replace("_", " "), value if isinstance(value, int | float) else shown(str(value))))
    title = name.replace("_", " ").capitalize()
    return Table(title, ("What", "How many"), rows, empty="Nothing was counted.", numbers=("How many",))


def _looking_again(response: HttpResponse, is_running: bool) -> HttpResponse:
    if is_running:
        response["Refresh"] = LOOK_AGAIN_SECONDS
    return response

"""``manage.py nightly``: the nightly chain, now."""

import json
import sys
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from backoffice import jobs, nightly

WIDTH = 30


class Command(BaseCommand):
    help = (
        "Run the nightly chain: roll up what was ordered, learn lead times from receipts, compute every reorder "
        "point, and propose purchase orders. The clock does this at night by itself; run it by hand to see the "
        "result now. It runs once per business date: a second time says so and changes nothing, unless --again. "
        "Exits with 1 if a step failed."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--date",
            type=date.fromisoformat,
            metavar="YYYY-MM-DD",
            help="the business date (default: today, in the shop's time zone)",
        )
        parser.add_argument("--again", action="store_true", help="run it even if it ran for this date already")
        parser.add_argument("--json", action="store_true", help="print the counts of each step as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        at = timezone.now()
        on = options["date"] or timezone.localdate(at)
        try:
            counts = nightly.run(on=on, at=at, again=options["again"], progress=self.progress)
        except jobs.AlreadyRan as error:
            self._already(error, on, options)
        except (jobs.StillRunning, jobs.TakenOver, jobs.JobFailed) as error:
            self.stderr.write("")
            raise CommandError(str(error)) from error
        else:
            self._print(counts, on, options)

    def progress(self, percent: int, step: str) -> None:
        """Draw a bar on a terminal, one line a step elsewhere; on standard error, so that --json stays clean."""
        if sys.stderr.isatty():
            bar = "█" * (percent * WIDTH // 100)
            self.stderr.write(f"\r{bar:·<{WIDTH}} {percent:3d} %  {step:<28}", ending="\n" if percent == 100 else "")
        else:
            self.stderr.write(f"{percent:3d} %  {step}")

    def _already(self, error: jobs.AlreadyRan, on: date, options: dict[str, Any]) -> None:
        if options["json"]:
            self.stdout.write(json.dumps({"date": on.isoformat(), "already": str(error)}))
        else:
            self.stdout.write(f"{error} Nothing to do; --again runs it once more.")

    def _print(self, counts: dict[str, Any], on: date, options: dict[str, Any]) -> None:
        if options["json"]:
            self.stdout.write(json.dumps({"date": on.isoformat(), **counts}))
            return
        for step in nightly.STEPS:
            found = counts[step.name]
            figures = [f"{name.replace('_', ' ')} {value:,}" for name, value in found.items() if isinstance(value, int)]
            self.stdout.write(f"{step.title} ({found['seconds']} s): {', '.join(figures) or 'nothing'}")
        for sentence in counts["report"]["most"]:
            self.stdout.write(f"    {sentence}")
        self.stdout.write(self.style.SUCCESS(f"The night of {on} is done."))

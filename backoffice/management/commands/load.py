"""``manage.py load``: files of a shop's own into the back office."""

import json
import sys
from collections.abc import Sequence
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from backoffice.files import by_command, loading
from backoffice.management import load_options
from backoffice.management.bar import ProgressBar
from backoffice.models import Upload
from inventory.ground.tabular import MissingColumns, SeveralSheets, Unreadable
from inventory.resources import Plan, in_words

SHOWN = 50


class Command(BaseCommand):
    help = "Load products, suppliers, offers, stock, inbound, orders or order history from a CSV or XLSX file."

    def add_arguments(self, parser: CommandParser) -> None:
        load_options.add_arguments(parser, about=self.help)

    def handle(self, *args: Any, **options: Any) -> None:
        file = load_options.file_of(options)
        try:
            with ProgressBar(f"Loading {options['kind']}") as bar:
                if not options["dry_run"] and by_command.is_for(file) and (before := by_command.unfinished(file)):
                    self._go_on(before, bar, options)
                    return
                plan = self._load(file, bar, options)
        except MissingColumns as error:
            hint = f" If one of them is meant, say so: --map COLUMN={error.field}" if error.field else ""
            hint = f" (--header-row {error.row})" if error.row else hint
            raise CommandError(f"{error}{hint}") from None
        except SeveralSheets as error:
            raise CommandError(f"{error} --sheet “{error.names[0]}”, for instance.") from None
        except (Unreadable, by_command.Stopped) as error:
            raise CommandError(str(error)) from None
        except loading.Refused as refused:
            if options["json"]:
                self._tell(file, refused.plan, options, "")
            raise CommandError(_told(refused)) from None
        self._tell(file, plan, options, "Would load" if options["dry_run"] else "Loaded")

    def _load(self, file: loading.File, bar: ProgressBar, options: dict[str, Any]) -> Plan:
        now, resource = timezone.now(), loading.KINDS[file.kind]
        plan = loading.look(file, at=now, progress=bar.tell)
        if not plan.rows or (plan.problems and not options["skip_bad"]):
            raise loading.Refused(plan)
        told = len(plan.tables)
        loading.foresee(plan, resource, at=now)
        if options["dry_run"]:
            return plan
        if plan.tables[told:]:
            self._ask(plan, bar, options, told)
        if by_command.is_for(file):
            upload = by_command.begin(file, plan, is_skipping=options["skip_bad"], at=now)
            done = by_command.finish(upload, at=now, tell=bar.tell)
            plan.standing = list(done.left)
        else:
            loading.apply(plan, resource, is_skipping_bad=options["skip_bad"], by=None, at=now, progress=bar.tell)
        return plan

    def _go_on(self, upload: Upload, bar: ProgressBar, options: dict[str, Any]) -> None:
        """Load the rest of a file of which an earlier run loaded a part; it is not looked at again."""
        now = timezone.now()
        done = by_command.finish(by_command.take_up(upload, at=now), at=now, tell=bar.tell)
        if options["json"]:
            report = {"kind": upload.kind, "told": done.told, "blocks": done.total, "blocks_before": done.begun}
            self.stdout.write(json.dumps(report | {"left_as_they_are": list(done.left)}, ensure_ascii=False))
            return
        self.stdout.write(
            f"Loaded: {done.told}.\n"
            f"  {done.begun:,} of {done.total:,} blocks were loaded by an earlier run; this one went on from there."
        )
        for line in done.left:
            self.stdout.write(f"  {line}")

    def _ask(self, plan: Plan, bar: ProgressBar, options: dict[str, Any], told: int) -> None:
        """Say who would be pushed back before it is done; where a person watches, ask for a yes."""
        bar.clear()
        out = self.stderr if options["json"] else self.stdout
        style = str if options["json"] else None
        out.write("Before anything is loaded:", style)
        for note in plan.notes[-1:]:
            out.write(f"  {note}", style)
        self._list(plan.tables[told:], out, style)
        del plan.tables[told:]  # told once
        if not options["yes"] and sys.stdin.isatty():
            try:
                answer = input("Load it? [y/N] ")
            except EOFError:
                answer = ""
            if answer.strip().lower() not in {"y", "yes"}:
                raise CommandError("Nothing was loaded.")

    def _tell(self, file: loading.File, plan: Plan, options: dict[str, Any], done: str) -> None:
        if options["json"]:
            self.stdout.write(json.dumps(loading.report(file, plan), ensure_ascii=False))
            return
        self.stdout.write(f"{done}: {in_words(plan.figures())}.")
        for heading, numbers in plan.details.items():
            listed = "; ".join(f"{name} {number:,}" for name, number in numbers.items())
            self.stdout.write(f"  {heading.replace('_', ' ')}: {listed or 'none'}")
        for note in plan.notes:
            self.stdout.write(f"  {note}")
        self._section("What changes:", plan.told_changes())
        self._list(plan.tables, self.stdout)
        self._section("Left as they are:", plan.standing)
        self._section("Left out by name:", plan.left.lines() if plan.left.total else ())
        self._section(
            f"Left out, rows {plan.problems.row_ranges()}:", plan.problems.lines() if plan.problems.total else ()
        )

    def _section(self, title: str, lines: Sequence[str]) -> None:
        for line in [title, *(f"  {line}" for line in lines)] if lines else ():
            self.stdout.write(line)

    def _list(self, tables: Sequence[Any], out: Any, style: Any = None) -> None:
        for title, heads, rows in tables:
            out.write(f"{title} ({', '.join(heads).lower()}):", style)
            for row in rows[:SHOWN]:
                out.write(f"  {' · '.join(row)}", style)
            if len(rows) > SHOWN:
                out.write(f"  … and {len(rows) - SHOWN:,} more.", style)


def _told(refused: loading.Refused) -> str:
    lines = refused.plan.problems.lines()
    hint = ["Put them right, or load the others with --skip-bad."] if lines else []
    return "\n".join([str(refused), *(f"  {line}" for line in lines), *hint])

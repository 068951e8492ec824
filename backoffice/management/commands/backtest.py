"""``manage.py backtest``: would the reorder points have done? ``leadtimes``: the dates? ``risk``: the chances?"""

import argparse
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from backoffice.files import loading
from backoffice.management import replay_options
from backoffice.management.bar import ProgressBar
from backoffice.management.load_options import mapping
from backoffice.trials import customers, lead_times, promises, replayed_demand, risk, simulated, unconfirmed
from inventory.formulas.backtesting import backtest
from inventory.formulas.backtesting.methods import METHODS
from inventory.formulas.backtesting.nights import CLASS, Night
from inventory.formulas.reorder import CYCLE, FILL
from inventory.ground.plurals import counted
from inventory.ground.tabular import SeveralSheets, Unreadable
from inventory.night import weekly
from inventory.resources.past import demand_table, replay_events, risk_table
from inventory.resources.past.demand_table import DemandTable, HistoryFormat
from suppliers import replayed
from suppliers.trials import NothingToReplay

TARGETS = [0.9, 0.95, 0.98]
LEAD_TIMES, RISK, PROMISES = "leadtimes", "risk", "promises"
KINDS = {LEAD_TIMES: "deliveries", RISK: "products", PROMISES: "deliveries"}
"""What a first word says the file is of."""
USUAL_LEAD = 2
STEP_BY_STEP = "class targets, seasons, launches, empty shelves, minimum and pack: a file knows none of them"


class Command(BaseCommand):
    help = "Replay past demand and compare what each way to set reorder points would have achieved."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.formatter_class = argparse.RawDescriptionHelpFormatter
        parser.epilog = replay_options.EPILOG
        parser.add_argument(
            "file",
            nargs="*",
            metavar="FILE",
            help=f"demand; left out: what is on record; “{LEAD_TIMES} FILE”: deliveries; “{RISK} FILE”: products",
        )
        parser.add_argument(
            "--method", action="append", choices=list(METHODS), help="only this method; may be given again"
        )
        parser.add_argument(
            "--lead-time",
            type=replay_options.lead,
            metavar="N",
            help="periods until an order arrives (default: 2; on record its own)",
        )
        parser.add_argument(
            "--targets",
            type=replay_options.targets,
            metavar=".9,.95",
            help="service levels (default: .9,.95,.98; on record “class”: each SKU's own)",
        )
        parser.add_argument(
            "--cover", type=replay_options.cover, metavar="N", help="periods that one order lasts (default: as above)"
        )
        parser.add_argument(
            "--event",
            action="append",
            default=[],
            metavar="FIRST:LAST:UPLIFT[:ITEM]",
            help="a promotion that was expected: days, or columns of a wide file; may be given again",
        )
        parser.add_argument(
            "--measure", choices=[CYCLE, FILL], default=CYCLE, help="what the targets mean (default: cycle)"
        )
        parser.add_argument(
            "--map", action="append", default=[], metavar="COLUMN=FIELD", help="a column of a history file"
        )
        parser.add_argument(
            "--dates", choices=["day-first", "month-first"], default="", help="how to read 01/12/2010 in a history file"
        )
        parser.add_argument(
            "--not-products", default="", metavar="CODE,CODE", help="more codes in a history file that are no products"
        )
        parser.add_argument("--sheet", default="", metavar="NAME", help="which sheet of a workbook that has several")
        parser.add_argument("--skip-bad", action="store_true", help="leave out rows that cannot be read, and name them")
        parser.add_argument(
            "--simulated",
            action="store_true",
            help="promises: of suppliers who are exactly as believed, without a file",
        )
        parser.add_argument(
            "--orders", type=Path, metavar="FILE", help="promises: who ordered when, as order history has it"
        )
        parser.add_argument(
            "--json", action="store_true", help="print the figures as a JSON list, what was left out beside it"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["simulated"]:
            self._simulate(options)
            return
        options["file"], kind = _file(options["file"])
        if options["orders"] and kind != PROMISES:
            raise CommandError("--orders is for promises: manage.py backtest promises DELIVERIES --orders HISTORY")
        if kind == PROMISES:
            self._replay_promises(options)
        elif kind == LEAD_TIMES:
            self._replay_lead_times(options)
        elif kind == RISK:
            self._rank(options)
        else:
            self._replay_demand(options)

    def _replay_demand(self, options: dict[str, Any]) -> None:
        methods = list(dict.fromkeys(options["method"] or METHODS))
        try:
            table, night = _demand(options)
            targets = options["targets"] or ([CLASS] if options["file"] is None else TARGETS)
            if CLASS in targets and options["file"]:
                raise CommandError("--targets class is for the demand on record: a file knows no classes.")
            with ProgressBar("Replaying", unit="periods") as bar:
                scores = backtest.run(
                    table.units,
                    lead=_usual(options),
                    targets=targets,
                    measure=options["measure"],
                    methods=methods,
                    night=night,
                    progress=bar.tell,
                )
        except (Unreadable, backtest.NothingToMeasure, replay_events.NoEvent) as error:
            raise _refusal(error) from None
        if options["json"]:
            self._leave_out(table.told, self.stderr)
            self.stdout.write(json.dumps([replayed_demand.figures(score) for score in scores]))
            return
        items, periods = counted(len(table.units), "item"), counted(table.units.shape[1], table.period)
        time = _usual(options) if night.lead is None else "its own time"
        self.stdout.write(
            f"{items}, {periods}. An order takes {time}; "
            f"the targets are of {'cycle service' if options['measure'] == CYCLE else 'the fill rate'}."
        )
        self._leave_out(table.told, self.stdout)
        self.stdout.write(replayed_demand.printed(scores, table.period))

    def _leave_out(self, told: Sequence[str], out: Any) -> None:
        """Say what was left out; beside the figures that a program reads, not among them."""
        for left_out in told:
            out.write(f"Left out: {left_out}.", str)

    def _replay_lead_times(self, options: dict[str, Any]) -> None:
        file = _deliveries(options)
        try:
            with ProgressBar("Replaying", unit="lines") as bar:
                report = lead_times.run(file, is_skipping_bad=options["skip_bad"], progress=bar.tell)
        except (Unreadable, NothingToReplay) as error:
            raise _refusal(error) from None
        if options["json"]:
            self.stdout.write(json.dumps(report, ensure_ascii=False))
        else:
            self.stdout.write("\n".join(lead_times.printed(report)))

    def _replay_promises(self, options: dict[str, Any]) -> None:
        file = _deliveries(options)
        try:
            plan, lines = lead_times.read(file, is_skipping_bad=options["skip_bad"])
            who, left_out = _customers(options)
            with ProgressBar("Playing", unit="lines") as bar:
                report = promises.run(lines, customers=who, progress=bar.tell)
            report["left_out"] += left_out
            report["unconfirmed"] = unconfirmed.run(lines, customers=who)
        except (Unreadable, NothingToReplay) as error:
            raise _refusal(error) from None
        report = {"rows": plan.rows, "rows_left_out": plan.left.counts(), **report}
        told = [*promises.printed(report), *unconfirmed.printed(report["unconfirmed"])]
        self.stdout.write(json.dumps(report, ensure_ascii=False) if options["json"] else "\n".join(told))

    def _simulate(self, options: dict[str, Any]) -> None:
        if options["file"] != [PROMISES] or options["orders"]:
            raise CommandError("--simulated is for promises, without a file: manage.py backtest promises --simulated")
        report = simulated.run()
        self.stdout.write(json.dumps(report) if options["json"] else "\n".join(simulated.printed(report)))

    def _rank(self, options: dict[str, Any]) -> None:
        try:
            with ProgressBar(f"Reading {options['file'].name}") as bar:
                table = risk_table.read(options["file"], sheet=options["sheet"], progress=bar.tell)
        except Unreadable as error:
            raise _refusal(error) from None
        report = risk.run(table)
        if options["json"]:
            self._leave_out(table.told, self.stderr)
        self.stdout.write(json.dumps(report) if options["json"] else "\n".join(risk.printed(table, report)))


def _file(given: Sequence[str]) -> tuple[Path | None, str]:
    """Give the file, and what a first word says it is of; empty for demand."""
    kind = given[0] if given and given[0] in KINDS else ""
    names = given[1:] if kind else given
    if len(names) > 1 or (kind and not names):
        raise CommandError(f"Name one file{f' of {KINDS[kind]} after {kind}' if kind else ''}.")
    return (Path(names[0]) if names else None), kind


def _refusal(error: Exception) -> CommandError:
    """Say why it is not done, and which option would help."""
    hint = f" --sheet “{error.names[0]}”, for instance." if isinstance(error, SeveralSheets) else ""
    return CommandError(f"{error}{hint}")


def _deliveries(options: dict[str, Any]) -> loading.File:
    given = {"mapping": mapping(options["map"]), "date_order": options["dates"], "sheet": options["sheet"]}
    return loading.File("deliveries", options["file"], **given)


def _usual(options: dict[str, Any]) -> int:
    return USUAL_LEAD if options["lead_time"] is None else int(options["lead_time"])


def _demand(options: dict[str, Any]) -> tuple[DemandTable, Night]:
    """Give the demand to replay, and what each night knew beside it."""
    table, night = _of_record(options) if options["file"] is None else (_table(options), Night())
    cover, lead = options["cover"], options["lead_time"]
    if cover is None:
        cover = float(settings.COVER_WEEKS) if table.period == "week" else 0.0
    typed = replay_events.factors(options["event"], table)
    lift = night.lift if typed is None else typed if night.lift is None else night.lift * typed
    night = replace(night, cover=cover, lift=lift, default=settings.SERVICE_TARGET)
    if lead is not None:
        night = replace(night, lead=None, lead_sd=None, learned=None)
    left_out = [STEP_BY_STEP] if options["file"] else weekly.LEFT_OUT
    if not cover and options["cover"] is None:
        left_out = [*left_out, "how long one order lasts: a period is not known to be a week (--cover)"]
    return replace(table, told=[*table.told, *left_out]), night


def _of_record(options: dict[str, Any]) -> tuple[DemandTable, Night]:
    given = [name for name in ("map", "dates", "not_products", "skip_bad", "sheet") if options[name]]
    if given:
        raise CommandError(f"--{given[0].replace('_', '-')} is for a file; name one.")
    found = weekly.record(on=timezone.localdate(), lead=_usual(options))
    if not len(found.units):
        raise CommandError("There is no demand on record. Load some (manage.py load history), or name a file.")
    learned = replayed.LeadTimesLearned(found.products, found.night, start=found.start)
    return DemandTable(found.items, found.units, "week", start=found.start), replace(found.night, learned=learned)


def _customers(options: dict[str, Any]) -> tuple[customers.Customers, list[str]]:
    """Say who orders what is on its way, and what of their file was left out; the mapping is that of the deliveries."""
    if options["orders"] is None:
        return customers.weekly, []
    try:
        with ProgressBar(f"Reading {options['orders'].name}") as bar:
            lines, left_out = demand_table.orders(options["orders"], _how(options, {}), progress=bar.tell)
    except SeveralSheets as error:
        raise CommandError(f"{error} Save the sheet of orders as a file: --sheet is for that of deliveries.") from None
    return customers.AsInHistory(lines), [f"of the orders, {each}" for each in left_out]


def _how(options: dict[str, Any], named: Mapping[str, str]) -> HistoryFormat:
    not_products = [code for code in options["not_products"].split(",") if code.strip()]
    return HistoryFormat(named, options["dates"], not_products, options["skip_bad"])


def _table(options: dict[str, Any]) -> DemandTable:
    how = replace(_how(options, mapping(options["map"])), sheet=options["sheet"])
    with ProgressBar(f"Reading {options['file'].name}") as bar:
        return demand_table.read(options["file"], how, progress=bar.tell)

"""``manage.py backtest``: would the reorder points have done? ``leadtimes``: the dates? ``risk``: the chances?"""

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from backoffice.files import loading
from backoffice.management import replay_options
from backoffice.management.bar import ProgressBar
from backoffice.management.load_options import mapping
from backoffice.trials import lead_times, promises, risk, simulated, unconfirmed
from inventory.formulas.backtesting import backtest
from inventory.formulas.backtesting.methods import METHODS
from inventory.formulas.backtesting.nights import CLASS, Night
from inventory.formulas.reorder import CYCLE, FILL
from inventory.ground.tabular import Unreadable
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
EXAMPLES = f"""
examples:
  manage.py backtest                                  the demand on record here, in weeks
  manage.py backtest carparts.csv.xz --lead-time 2    a wide file
  manage.py backtest carparts.csv.xz --event m030:m031:3 --event m040:m040:2:00017
  manage.py backtest online_retail.csv.xz --measure fill --targets .95,.98 --method recommended --json
  manage.py backtest leadtimes deliveries.csv --json  would the dates of past deliveries have been kept?
  manage.py backtest promises deliveries.csv --json   what would customers have been promised, and told?
  manage.py backtest promises --simulated             how many mails, were suppliers exactly as believed?
  manage.py backtest risk products.csv.xz --json      would the chance to run out have told which products did?

files (CSV, also packed as .gz or .xz, or XLSX):
  wide      the item, then one column of units a period, oldest first. Empty or NA: not yet sold, or not known
  history   order lines as "load history" reads them: netted by the same rules, and added up to weeks, the last
            one only if it is whole. Known by its header (also that of Online Retail); otherwise use --map

methods:
  naive        the mean of the last 6 periods × P
  textbook     normal demand, mean and standard deviation of all that was seen: mean × P + z·sd·√P
  recommended  the one this shop uses every night

How it is played: at the start of each period what is at the method's reorder point is ordered up to its level, with
only earlier periods known; it arrives --lead-time periods later; demand that finds no stock waits. So a point covers
P = lead time + 1 periods. The recommended method orders at once what lasts COVER_WEEKS (--cover; one by one where a
period is not known to be a week), caps lumpy demand, and is told events as they were expected (--event). On record it
also has each SKU's class target, minimum and pack, season, events, empty shelves, its launch as those of its group had
gone by then, and its lead time as deliveries had taught by then, as the night does; an order takes as long as the last
delivery sent by then did. What is left out is said. An item is measured once {backtest.WARM_UP} of its periods are
known (one, where launches are), one unit was sold, and a lead time has passed.

What is printed, over all items together:
  cycle service  share of replenishment cycles (a review, until the order of the next one arrives; one per item and
                 period) without a stock-out
  fill rate      share of the units that were handed over in the period they were asked for
  cover          mean stock, in periods of mean demand
  backordered    units that had to wait

What "leadtimes" does: a file of deliveries, as "load deliveries" reads it, is replayed in time order. Each is dated
on the day it was sent, with only what had come by then known: against the day confirmed, and as if that had been a
quote. Printed: how often the days said were kept, in all and by how many lines of the supplier were known, how many
days after the one stated they lay, the pinball loss beside that of two constants (the stated day itself; the best
single number, which knows what came), and how lines were dated that were overdue.
"""


class Command(BaseCommand):
    help = "Replay past demand and compare what each way to set reorder points would have achieved."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.formatter_class = argparse.RawDescriptionHelpFormatter
        parser.epilog = EXAMPLES
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
        parser.add_argument("--skip-bad", action="store_true", help="leave out rows that cannot be read, and name them")
        parser.add_argument(
            "--simulated",
            action="store_true",
            help="promises: of suppliers who are exactly as believed, without a file",
        )
        parser.add_argument("--json", action="store_true", help="print the figures as a JSON list, and no more")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["simulated"]:
            self._simulate(options)
            return
        options["file"], kind = _file(options["file"])
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
            raise CommandError(str(error)) from None
        if options["json"]:
            self.stdout.write(json.dumps([_figures(score) for score in scores]))
            return
        periods = f"{table.units.shape[1]} {table.period}s"
        time = _usual(options) if night.lead is None else "its own time"
        self.stdout.write(
            f"{len(table.units):,} items, {periods}. An order takes {time}; "
            f"the targets are of {'cycle service' if options['measure'] == CYCLE else 'the fill rate'}."
        )
        for left_out in table.told:
            self.stdout.write(f"Left out: {left_out}.")
        self.stdout.write(_printed(scores, table.period))

    def _replay_lead_times(self, options: dict[str, Any]) -> None:
        file = loading.File("deliveries", options["file"], mapping=mapping(options["map"]), date_order=options["dates"])
        try:
            with ProgressBar("Replaying", unit="lines") as bar:
                report = lead_times.run(file, progress=bar.tell)
        except (Unreadable, NothingToReplay) as error:
            raise CommandError(str(error)) from None
        if options["json"]:
            self.stdout.write(json.dumps(report, ensure_ascii=False))
        else:
            self.stdout.write("\n".join(lead_times.printed(report)))

    def _replay_promises(self, options: dict[str, Any]) -> None:
        file = loading.File("deliveries", options["file"], mapping=mapping(options["map"]), date_order=options["dates"])
        try:
            plan, lines = lead_times.read(file)
            with ProgressBar("Playing", unit="lines") as bar:
                report = promises.run(lines, progress=bar.tell)
            report["unconfirmed"] = unconfirmed.run(lines)
        except (Unreadable, NothingToReplay) as error:
            raise CommandError(str(error)) from None
        report = {"rows": plan.rows, "rows_left_out": plan.left.counts(), **report}
        told = [*promises.printed(report), *unconfirmed.printed(report["unconfirmed"])]
        self.stdout.write(json.dumps(report, ensure_ascii=False) if options["json"] else "\n".join(told))

    def _simulate(self, options: dict[str, Any]) -> None:
        if options["file"] != [PROMISES]:
            raise CommandError("--simulated is for promises, without a file: manage.py backtest promises --simulated")
        report = simulated.run()
        self.stdout.write(json.dumps(report) if options["json"] else "\n".join(simulated.printed(report)))

    def _rank(self, options: dict[str, Any]) -> None:
        try:
            with ProgressBar(f"Reading {options['file'].name}") as bar:
                table = risk_table.read(options["file"], progress=bar.tell)
        except Unreadable as error:
            raise CommandError(str(error)) from None
        report = risk.run(table)
        self.stdout.write(json.dumps(report) if options["json"] else "\n".join(risk.printed(table, report)))


def _file(given: Sequence[str]) -> tuple[Path | None, str]:
    """Give the file, and what a first word says it is of; empty for demand."""
    kind = given[0] if given and given[0] in KINDS else ""
    names = given[1:] if kind else given
    if len(names) > 1 or (kind and not names):
        raise CommandError(f"Name one file{f' of {KINDS[kind]} after {kind}' if kind else ''}.")
    return (Path(names[0]) if names else None), kind


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
    given = [name for name in ("map", "dates", "not_products", "skip_bad") if options[name]]
    if given:
        raise CommandError(f"--{given[0].replace('_', '-')} is for a file; name one.")
    found = weekly.record(on=timezone.localdate(), lead=_usual(options))
    if not len(found.units):
        raise CommandError("There is no demand on record. Load some (manage.py load history), or name a file.")
    learned = replayed.LeadTimesLearned(found.products, found.night, start=found.start)
    return DemandTable(found.items, found.units, "week", start=found.start), replace(found.night, learned=learned)


def _table(options: dict[str, Any]) -> DemandTable:
    how = HistoryFormat(
        mapping(options["map"]),
        options["dates"],
        [code for code in options["not_products"].split(",") if code.strip()],
        options["skip_bad"],
    )
    with ProgressBar(f"Reading {options['file'].name}") as bar:
        return demand_table.read(options["file"], how, progress=bar.tell)


def _figures(score: backtest.Score) -> dict[str, str | float | None]:
    figures = asdict(score)
    return {name: round(value, 6) if isinstance(value, float) else value for name, value in figures.items()}


def _printed(scores: Sequence[backtest.Score], period: str) -> str:
    """Set the scores as a table; a ratio with nothing to count is "no data"."""
    heads = ("method", "target", "cycle service", "fill rate", f"cover, {period}s", "backordered")
    rows = [
        (
            score.method,
            score.target if isinstance(score.target, str) else f"{score.target:.4g}",
            f"{score.cycle_service:.4f}",
            "no data" if score.fill_rate is None else f"{score.fill_rate:.4f}",
            "no data" if score.cover is None else f"{score.cover:.2f}",
            f"{score.backordered:,.0f}",
        )
        for score in scores
    ]
    line = partial("{:<12}{:>8}{:>15}{:>11}{:>16}{:>13}".format)
    return "\n".join(line(*row) for row in (heads, *rows))

"""``manage.py backtest``: would the reorder points have done? ``leadtimes``: the dates? ``risk``: the chances?"""

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from backoffice import lead_time_trial, loading, risk_trial
from inventory import backtest, weekly
from inventory.methods import METHODS
from inventory.reorder import CYCLE, FILL
from inventory.resources import demand_table, risk_table
from inventory.resources.demand_table import DemandTable, Reading
from inventory.tabular import Unreadable
from suppliers.trials import NothingToReplay

from .load import Bar, mapping

TARGETS = [0.9, 0.95, 0.98]
LONGEST_LEAD = 520
LEAD_TIMES, RISK = "leadtimes", "risk"
KINDS = {LEAD_TIMES: "deliveries", RISK: "products"}
"""What a first word says the file is of."""
EXAMPLES = f"""
examples:
  manage.py backtest                                  the demand on record here, in weeks
  manage.py backtest carparts.csv.xz --lead-time 2    a wide file
  manage.py backtest online_retail.csv.xz --measure fill --targets .95,.98 --method recommended --json
  manage.py backtest leadtimes deliveries.csv --json  would the dates of past deliveries have been kept?
  manage.py backtest risk products.csv.xz --json      would the chance to run out have told which products did?

files (CSV, also packed as .gz or .xz, or XLSX):
  wide      the item, then one column of units a period, oldest first. Empty or NA: not yet sold, or not known
  history   order lines as "load history" reads them: netted by the same rules, and added up to weeks, the last
            one only if it is whole. Known by its header (also that of Online Retail); otherwise use --map

methods:
  naive        the mean of the last 6 periods × P
  textbook     normal demand, mean and standard deviation of all that was seen: mean × P + z·sd·√P
  recommended  the one this shop uses every night

How it is played: at the start of each period stock is ordered up to the method's level, with only earlier periods
known; it arrives --lead-time periods later; demand that finds no stock waits. So a level covers P = lead time + 1
periods. An item is measured once {backtest.WARM_UP} of its periods are known, one unit was sold, and a lead time
has passed.

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
            "--lead-time", type=_lead, default=2, metavar="N", help="periods until an order arrives (default: 2)"
        )
        parser.add_argument(
            "--targets", type=_targets, default=TARGETS, metavar=".9,.95", help="service levels (default: .9,.95,.98)"
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
        parser.add_argument("--json", action="store_true", help="print the figures as a JSON list, and no more")

    def handle(self, *args: Any, **options: Any) -> None:
        options["file"], kind = _file(options["file"])
        if kind == LEAD_TIMES:
            self._replay_lead_times(options)
        elif kind == RISK:
            self._rank(options)
        else:
            self._replay_demand(options)

    def _replay_demand(self, options: dict[str, Any]) -> None:
        methods = list(dict.fromkeys(options["method"] or METHODS))
        try:
            table = _table(options)
            with Bar("Replaying", unit="periods") as bar:
                scores = backtest.run(
                    table.units,
                    lead=options["lead_time"],
                    targets=options["targets"],
                    measure=options["measure"],
                    methods=methods,
                    progress=bar.tell,
                )
        except (Unreadable, backtest.NothingToMeasure) as error:
            raise CommandError(str(error)) from None
        if options["json"]:
            self.stdout.write(json.dumps([_figures(score) for score in scores]))
            return
        periods = f"{table.units.shape[1]} {table.period}s"
        self.stdout.write(
            f"{len(table.units):,} items, {periods}. An order takes {options['lead_time']}; "
            f"the targets are of {'cycle service' if options['measure'] == CYCLE else 'the fill rate'}."
        )
        for left_out in table.told:
            self.stdout.write(f"Left out: {left_out}.")
        self.stdout.write(_printed(scores, table.period))

    def _replay_lead_times(self, options: dict[str, Any]) -> None:
        file = loading.File("deliveries", options["file"], mapping=mapping(options["map"]), date_order=options["dates"])
        try:
            with Bar("Replaying", unit="lines") as bar:
                report = lead_time_trial.run(file, progress=bar.tell)
        except (Unreadable, NothingToReplay) as error:
            raise CommandError(str(error)) from None
        if options["json"]:
            self.stdout.write(json.dumps(report, ensure_ascii=False))
        else:
            self.stdout.write("\n".join(lead_time_trial.printed(report)))

    def _rank(self, options: dict[str, Any]) -> None:
        try:
            with Bar(f"Reading {options['file'].name}") as bar:
                table = risk_table.read(options["file"], progress=bar.tell)
        except Unreadable as error:
            raise CommandError(str(error)) from None
        report = risk_trial.run(table)
        self.stdout.write(json.dumps(report) if options["json"] else "\n".join(risk_trial.printed(table, report)))


def _file(given: Sequence[str]) -> tuple[Path | None, str]:
    """Give the file, and what a first word says it is of; empty for demand."""
    kind = given[0] if given and given[0] in KINDS else ""
    names = given[1:] if kind else given
    if len(names) > 1 or (kind and not names):
        raise CommandError(f"Name one file{f' of {KINDS[kind]} after {kind}' if kind else ''}.")
    return (Path(names[0]) if names else None), kind


def _table(options: dict[str, Any]) -> DemandTable:
    if options["file"] is None:
        given = [name for name in ("map", "dates", "not_products", "skip_bad") if options[name]]
        if given:
            raise CommandError(f"--{given[0].replace('_', '-')} is for a file; name one.")
        units = weekly.demand(on=timezone.localdate())
        if not len(units):
            raise CommandError("There is no demand on record. Load some (manage.py load history), or name a file.")
        return DemandTable([""] * len(units), units, "week")
    how = Reading(
        mapping(options["map"]),
        options["dates"],
        [code for code in options["not_products"].split(",") if code.strip()],
        options["skip_bad"],
    )
    with Bar(f"Reading {options['file'].name}") as bar:
        return demand_table.read(options["file"], how, progress=bar.tell)


def _targets(text: str) -> list[float]:
    try:
        targets = [float(part) for part in text.split(",") if part.strip()]
    except ValueError:
        targets = []
    if not targets or not all(0 < target < 1 for target in targets):
        raise argparse.ArgumentTypeError(f"“{text}”: write shares between 0 and 1, such as .9,.95,.98")
    return list(dict.fromkeys(targets))


def _lead(text: str) -> int:
    if not text.isdecimal() or int(text) > LONGEST_LEAD:
        raise argparse.ArgumentTypeError(f"“{text}”: write whole periods, from 0 to {LONGEST_LEAD}")
    return int(text)


def _figures(score: backtest.Score) -> dict[str, str | float | None]:
    figures = asdict(score)
    return {name: round(value, 6) if isinstance(value, float) else value for name, value in figures.items()}


def _printed(scores: Sequence[backtest.Score], period: str) -> str:
    """Set the scores as a table; a ratio with nothing to count is "no data"."""
    heads = ("method", "target", "cycle service", "fill rate", f"cover, {period}s", "backordered")
    rows = [
        (
            score.method,
            f"{score.target:.4g}",
            f"{score.cycle_service:.4f}",
            "no data" if score.fill_rate is None else f"{score.fill_rate:.4f}",
            "no data" if score.cover is None else f"{score.cover:.2f}",
            f"{score.backordered:,.0f}",
        )
        for score in scores
    ]
    line = partial("{:<12}{:>8}{:>15}{:>11}{:>16}{:>13}".format)
    return "\n".join(line(*row) for row in (heads, *rows))

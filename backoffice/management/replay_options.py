"""What ``manage.py backtest`` takes as targets, lead times and cover; anything else is refused in words."""

import argparse

from inventory.formulas.backtesting import backtest
from inventory.formulas.backtesting.nights import CLASS, Target

LONGEST_LEAD = 520
EPILOG = f"""
examples:
  manage.py backtest                                  the demand on record here, in weeks
  manage.py backtest carparts.csv.xz --lead-time 2    a wide file
  manage.py backtest carparts.csv.xz --event m030:m031:3 --event m040:m040:2:00017
  manage.py backtest online_retail.csv.xz --measure fill --targets .95,.98 --method recommended --json
  manage.py backtest leadtimes deliveries.csv --json  would the dates of past deliveries have been kept?
  manage.py backtest promises deliveries.csv --json   what would customers have been promised, and told?
  manage.py backtest promises deliveries.csv --orders online_retail.csv.xz   the same, as people ordered there
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

What "promises" does: the same deliveries are played day by day, with customers who wait for them: one a week, or, with
--orders, those of a file of order history: each line on its way is asked for as one of its products was (the lines take
the products, and the weeks to begin with, by turns; each order line is somebody else).
"""


def targets(text: str) -> list[Target]:
    try:
        found: list[Target] = [
            CLASS if part.strip() == CLASS else float(part) for part in text.split(",") if part.strip()
        ]
    except ValueError:
        found = []
    if not found or not all(isinstance(target, str) or 0 < target < 1 for target in found):
        raise argparse.ArgumentTypeError(f"“{text}”: write shares between 0 and 1, such as .9,.95,.98")
    return list(dict.fromkeys(found))


def lead(text: str) -> int:
    if not text.isdecimal() or int(text) > LONGEST_LEAD:
        raise argparse.ArgumentTypeError(f"“{text}”: write whole periods, from 0 to {LONGEST_LEAD}")
    return int(text)


def cover(text: str) -> float:
    try:
        periods = float(text)
    except ValueError:
        periods = -1.0
    if not 0 <= periods <= LONGEST_LEAD:
        raise argparse.ArgumentTypeError(f"“{text}”: write periods, from 0 to {LONGEST_LEAD}")
    return periods

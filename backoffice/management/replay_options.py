"""What ``manage.py backtest`` takes as targets, lead times and cover; anything else is refused in words."""

import argparse

from inventory.formulas.backtesting.nights import CLASS, Target

LONGEST_LEAD = 520


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

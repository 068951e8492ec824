"""What ``manage.py backtest`` says of demand that was replayed: the scores of each method, for people and programs."""

from collections.abc import Sequence
from dataclasses import asdict
from functools import partial

from inventory.formulas.backtesting import backtest


def figures(score: backtest.Score) -> dict[str, str | float | None]:
    """Give a score by name, for JSON."""
    return {name: round(value, 6) if isinstance(value, float) else value for name, value in asdict(score).items()}


def printed(scores: Sequence[backtest.Score], period: str) -> str:
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

"""Would the chance to run out have told which products did? A file of products, ranked. Reads only."""

from collections.abc import Iterator

from inventory.formulas import risk
from inventory.resources.past.risk_table import RiskTable

RANKED = {
    "level": "by the level of its sales, over the lead time",
    "lead_time": "by level and forecast, over the lead time",
    "near": "by level and forecast, over the next three weeks",
}


def run(table: RiskTable) -> dict[str, float]:
    """Return how well each way to rank told what happened: the area under its curve."""
    return {name: round(figure, 4) for name, figure in risk.backtest(table.numbers, table.happened).items()}


def printed(table: RiskTable, report: dict[str, float]) -> Iterator[str]:
    yield from (f"Left out: {left_out}." for left_out in table.told)
    yield (
        f"{len(table.happened):,} products, of which {int(table.happened.sum()):,} went on backorder."
        " A product that did stands before one that did not:"
    )
    for name, figure in report.items():
        yield f"  {RANKED[name]:<50}{figure:.4f}"

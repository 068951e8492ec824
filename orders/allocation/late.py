"""
What is late though its sender had confirmed a day, or comes later again and again while nobody confirms one: whether
its customer is told, and in which words.

Computes only; the rule is ``orders.rules.overdue``.
"""

from datetime import date, datetime
from typing import NamedTuple

from inventory.formulas.calendars.working_days import Calendar
from orders.rules import overdue
from orders.wording import phrases

from . import chances
from .dating import day_of
from .reading import LineState
from .supply import Supplies


class LateSupply(NamedTuple):
    """
    What covers a line though the day has passed that its sender had confirmed, or though nobody has confirmed one and
    two that were computed could not be kept (``orders.rules.overdue``).

    :ivar calendar: of the warehouse that its order comes from
    :ivar ships: when all that is on its way ships, by half of such and by four of five; None: that cannot be said
    """

    today: date
    calendar: Calendar
    chance: float
    asked_on: date | None
    ships: tuple[date, date] | None

    @classmethod
    def of(cls, line: LineState, supplies: Supplies, *, at: datetime) -> "LateSupply | None":
        """Give it of a line of which something is on its way; None if nothing of that is late."""
        today = day_of(at)
        roads = [supplies.roads[inbound_id] for _, inbound_id in line.claims if inbound_id]
        said = [road.said for road in roads]
        last = supplies.roads.get(line.inbound_id) if line.inbound_id else None
        is_given_up = overdue.is_given_up(last.said if last else None, line.redated)
        if line.open <= 0 or not (is_given_up or overdue.is_late(said, today)):
            return None
        days = [
            tuple(supplies.places[road.warehouse_id].ships(max(day, today)) for day in road.days[:2])
            for road in roads
            if road.days
        ]
        known = len(days) == len(roads) and not line.uncovered
        ships = (max(day for day, _ in days), max(day for _, day in days)) if known else None
        chance = chances.to_break(line, supplies, at=at)
        calendar = supplies.places[line.warehouse_id].calendar
        return cls(today, calendar, chance, overdue.asked(said, today), ships)

    @property
    def word_by(self) -> date:
        """The day by which its customer hears again, if it is told now."""
        return overdue.word_by(self.today, self.calendar)

    def is_told_of(self, line: LineState) -> bool:
        """Once it breaks more likely than not its customer is promised no day; and is told again when that is due."""
        if line.promised_date is None:
            return overdue.is_word_due(line.word_by, self.today)
        is_typed = line.is_promise_pinned and line.promised_date >= self.today
        return not is_typed and overdue.takes_back(self.chance)

    def words(self, line: LineState) -> str:
        """Say it to the customer: first that it was asked for, and when the day has come to hear again, about when."""
        if line.promised_date:
            by = phrases.day(self.word_by, self.today)
            asked = f"asked our supplier on {phrases.day(self.asked_on, self.today)}" if self.asked_on else ""
            return f"We {asked or 'are asking'} where it is, and you will hear from us by {by}."
        silent = "We still have no new date."
        if self.ships is None:
            return f"{silent} We will write to you as soon as we have one."
        weeks = overdue.in_weeks(*self.ships, self.today)
        return f"{silent} By what we know of such delays it ships {weeks}: an estimate, not a date we can promise."

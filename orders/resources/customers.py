"""
Who the orders of a file are for: by the shop's own number of them, else by their address, else somebody of their own.

The number stays when the address is corrected, so the address is updated; one that is somebody else's is refused.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Max

from inventory.ground import keys
from inventory.resources.known import blocks
from inventory.resources.plan import Plan
from orders.models import Customer, CustomerKey, Order

from .drafts import Draft

_Key = tuple[str, str]
MOST_NOTES = 20
NOBODY = ("", "0")
"""The number of a guest, who has none."""


@dataclass(slots=True)
class Customers:
    """
    Who each order of a file is for, as the database has it now. Reads in ``of``, writes in ``save``.

    :ivar latest: when each of them ordered last: what an older order says of their address is no news
    :ivar moved: customers whose address the file corrects, with what it was
    """

    by_address: dict[str, Customer]
    by_number: dict[_Key, Customer]
    latest: dict[int, datetime]
    of_draft: dict[int, Customer] = field(default_factory=dict)
    numbers: dict[_Key, Customer] = field(default_factory=dict)
    moved: dict[int, tuple[Customer, str]] = field(default_factory=dict)

    @classmethod
    def of(cls, plan: Plan, drafts: Iterable[Draft], placed: Mapping[_Key, Order]) -> "Customers":
        """
        Find or make up the customer of each order, the oldest order first; one who cannot be is a problem of it.

        :param placed: the orders that are here already, by the keys of channel and reference
        """
        drafts = [draft for draft in drafts if draft.is_good]
        addresses = {keys.key(draft.head["email"]) for draft in drafts if "email" in draft.head}
        numbers = [number for draft in drafts if (number := number_of(draft))]
        by_number = _by_number(numbers)
        known = {who.pk for who in by_number.values()} | {order.customer_id for order in placed.values()}
        found = cls(_by_address(addresses), by_number, _latest(known))
        for draft in drafts:
            found._place(plan, draft, placed.get((keys.key(draft.channel), keys.key(draft.reference))))
        return found

    def _place(self, plan: Plan, draft: Draft, order: Order | None) -> None:
        number, address = number_of(draft), draft.head.get("email", "")
        who = self.by_number.get(number) if number else None
        if who is None and order and not order.customer.email:
            who = order.customer
        holder = self.by_address.get(keys.key(address)) if address else None
        if who is None:
            who = holder or (order.customer if order and not address else self._new(draft, address))
            if address:
                self.by_address[keys.key(address)] = who
        elif address and keys.key(address) != keys.key(who.email) and self._is_newest(draft, who):
            if holder:
                own = f", who is {who.email}" if who.email else ""
                return draft.refuse(plan, "email", f"an address of {who.name}{own}; this is that of {holder.name}")
            self._move(who, address)
        self.of_draft[id(draft)] = who
        if number and number not in self.by_number:
            self.by_number[number] = self.numbers[number] = who
        return None

    def _new(self, draft: Draft, address: str) -> Customer:
        name = draft.head.get("customer") or address.partition("@")[0] or f"Customer of {draft.reference}"
        return Customer(name=name, email=address, phone=draft.head.get("phone", ""))

    def _move(self, who: Customer, address: str) -> None:
        self.by_address.pop(keys.key(who.email), None)
        if who.pk:
            self.moved.setdefault(who.pk, (who, who.email))
        who.email = address
        self.by_address[keys.key(address)] = who

    def _is_newest(self, draft: Draft, who: Customer) -> bool:
        return who.pk not in self.latest or draft.head["placed_at"] >= self.latest[who.pk]

    def notes(self) -> list[str]:
        """Say whose address is another from now on, and how many have none."""
        notes = [
            f"{who.name} is written to at {who.email} from now on, not at {was}."
            if was
            else f"{who.name}, who had no address, is written to at {who.email} from now on."
            for who, was in self.moved.values()
        ]
        unwritten = sum(not who.email for who in {id(who): who for who in self.of_draft.values()}.values())
        if unwritten:
            many = "1 customer has" if unwritten == 1 else f"{unwritten:,} customers have"
            notes.append(f"{many} no e-mail address: their news are calls to make.")
        more = [f"… and {len(notes) - MOST_NOTES:,} more such."] if notes[MOST_NOTES:] else []
        return notes[:MOST_NOTES] + more

    def save(self, drafts: Iterable[Draft]) -> None:
        """Write who is new among these orders, the numbers they are known by, and the corrected addresses."""
        new = {id(who): who for draft in drafts if not (who := self.of_draft[id(draft)]).pk}
        Customer.objects.bulk_create(who for who in new.values() if not who.email)
        write({keys.key(who.email): who for who in new.values() if who.email})
        for who, _ in sorted(self.moved.values(), key=lambda each: each[0].pk):
            who.save(update_fields=["email"])
        known = [(number, who) for number, who in self.numbers.items() if who.pk]
        CustomerKey.objects.bulk_create(
            (CustomerKey(channel=channel, key=key, customer=who) for (channel, key), who in known),
            ignore_conflicts=True,
        )


def number_of(draft: Draft) -> _Key | None:
    """Give the key of the number by which the order's channel knows its customer."""
    number = keys.key(draft.head.get("customer_id", ""))
    return None if number in NOBODY else (keys.key(draft.channel).lower(), number)


def _by_address(addresses: Iterable[str]) -> dict[str, Customer]:
    return {
        who.key: who for block in blocks(sorted(addresses)) for who in Customer.objects.filter(key__in=block) if who.key
    }


def _by_number(numbers: Iterable[_Key]) -> dict[_Key, Customer]:
    wanted = set(numbers)
    return {
        (row.channel, row.key): row.customer
        for block in blocks(sorted({key for _, key in wanted}))
        for row in CustomerKey.objects.filter(key__in=block).select_related("customer")
        if (row.channel, row.key) in wanted
    }


def write(new: Mapping[str, Customer]) -> None:
    """Write customers by the keys of their addresses; whoever was written by somebody else meanwhile is that one."""
    Customer.objects.bulk_create(new.values(), ignore_conflicts=True)
    for key, who in _by_address(new).items():
        new[key].pk = who.pk


def _latest(customer_ids: Iterable[int]) -> dict[int, datetime]:
    return {
        pk: at
        for block in blocks(sorted(customer_ids))
        for pk, at in Order.objects.filter(customer__in=block)
        .order_by()
        .values_list("customer")
        .annotate(at=Max("placed_at"))
    }

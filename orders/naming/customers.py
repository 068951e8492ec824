"""
Who orders are for: by the shop's own number of them, else by their address, else somebody of their own.

The number stays when the address is corrected, so the address is updated; one that is somebody else's is refused.
Staff name whom they know: nobody is made up, and no address corrected, by an order that is typed in.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Max

from inventory.ground import keys
from inventory.known import blocks
from orders.models import Customer, CustomerKey, Order
from orders.models.customer import Hears

from .named import Key, NamedCustomer, NamedOrder, Objection

MOST_NOTES = 20
NUMBER = "#"
LONGEST = 18
"""Digits of a number of ours, at most."""
UNKNOWN = "There is no customer with this address. Add them under Customers first."


@dataclass(slots=True)
class Customers:
    """
    Who each order of a batch is for, as the database has it now. Reads in ``of`` and ``known``, writes in ``save``.

    :ivar who: of each order, in their order, whom it is for, or why nobody
    :ivar latest: when each of them ordered last: what an older order says of their address is no news
    :ivar moved: customers whose address an order corrects, with what it was
    """

    by_address: dict[str, Customer]
    by_number: dict[Key, Customer] = field(default_factory=dict)
    latest: dict[int, datetime] = field(default_factory=dict)
    who: list[Customer | Objection] = field(default_factory=list)
    numbers: dict[Key, Customer] = field(default_factory=dict)
    moved: dict[int, tuple[Customer, str]] = field(default_factory=dict)

    @classmethod
    def of(cls, orders: Sequence[NamedOrder], placed: Mapping[Key, Order]) -> "Customers":
        """
        Find or make up the customer of each order, the oldest order first.

        :param placed: the orders that are here already, by the keys of channel and reference
        """
        by_number = _by_number(filter(None, (order.customer_key for order in orders)))
        known = {who.pk for who in by_number.values()} | {order.customer_id for order in placed.values()}
        found = cls(_by_address(order.customer.email for order in orders), by_number, _latest(known))
        found.who = [found._find(order, placed.get(order.key)) for order in orders]
        return found

    @classmethod
    def known(cls, people: Sequence[NamedCustomer]) -> "Customers":
        """Find each of these; who is not here is nobody."""
        by_pk = Customer.objects.in_bulk([each.pk for each in people if each.pk is not None])
        found = cls(_by_address(each.email for each in people))
        for each in people:
            who = found.by_address.get(keys.key(each.email)) if each.pk is None else by_pk.get(each.pk)
            who = who or (Customer.find(each.email) if each.email else None)  # a twin is meant by its very own address
            found.who.append(who or Objection("email", "the address of a customer who is known", words=UNKNOWN))
        return found

    def _find(self, named: NamedOrder, order: Order | None) -> Customer | Objection:
        number, address = named.customer_key, named.customer.email
        who = self.by_number.get(number) if number else None
        if who is None and order and not order.customer.email:
            who = order.customer
        holder = self.by_address.get(keys.key(address)) if address else None
        if who is None:
            who = holder or (order.customer if order and not address else _new(named, address))
            if address:
                self.by_address[keys.key(address)] = who
        elif address and keys.key(address) != keys.key(who.email) and self._is_newest(named, who):
            if holder:
                return _anothers(who, holder)
            self._move(who, address)
        if number and number not in self.by_number:
            self.by_number[number] = self.numbers[number] = who
        return who

    def _move(self, who: Customer, address: str) -> None:
        self.by_address.pop(keys.key(who.email), None)
        if who.pk:
            self.moved.setdefault(who.pk, (who, who.email))
        who.email = address
        self.by_address[keys.key(address)] = who

    def _is_newest(self, named: NamedOrder, who: Customer) -> bool:
        return who.pk not in self.latest or named.placed_at >= self.latest[who.pk]

    def notes(self) -> list[str]:
        """Say whose address is another from now on, and how many have none."""
        notes = [
            f"{who.name} is written to at {who.email} from now on, not at {was}."
            if was
            else f"{who.name}, who had no address, is written to at {who.email} from now on."
            for who, was in self.moved.values()
        ]
        people = {id(who): who for who in self.who if isinstance(who, Customer)}
        unwritten = sum(not who.email for who in people.values())
        if unwritten:
            many = "1 customer has" if unwritten == 1 else f"{unwritten:,} customers have"
            notes.append(f"{many} no e-mail address: their news is calls to make.")
        more = [f"… and {len(notes) - MOST_NOTES:,} more such."] if notes[MOST_NOTES:] else []
        return notes[:MOST_NOTES] + more

    def save(self, people: Iterable[Customer]) -> None:
        """Write who is new among these, the numbers they are known by, and the corrected addresses."""
        new = {id(who): who for who in people if not who.pk}
        Customer.objects.bulk_create(who for who in new.values() if not who.email)
        write({keys.key(who.email): who for who in new.values() if who.email})
        for who, _ in sorted(self.moved.values(), key=lambda each: each[0].pk):
            who.save(update_fields=["email"])
        known = [(number, who) for number, who in self.numbers.items() if who.pk]
        CustomerKey.objects.bulk_create(
            (CustomerKey(channel=channel, key=key, customer=who) for (channel, key), who in known),
            ignore_conflicts=True,
        )


def typed(text: str) -> NamedCustomer:
    """
    Read whom a person means: an address, or #12, our own number of somebody.

    >>> typed("#12").pk, typed("lena@example.com").email, typed("#12x").email
    (12, 'lena@example.com', '#12x')
    """
    number = text.removeprefix(NUMBER)
    is_number = text.startswith(NUMBER) and number.isdecimal() and number.isascii() and len(number) <= LONGEST
    return NamedCustomer(pk=int(number)) if is_number else NamedCustomer(email=text)


def _new(named: NamedOrder, address: str) -> Customer:
    name = named.customer.name or address.partition("@")[0] or f"Customer of {named.reference}"
    hears = named.customer.hears or Hears.ALL
    return Customer(name=name, email=address, phone=named.customer.phone, hears=hears)


def _anothers(who: Customer, holder: Customer) -> Objection:
    own = f", who is {who.email}" if who.email else ""
    return Objection(
        "email",
        f"an address of {who.name}{own}; this is that of {holder.name}",
        words=f"This is the address of {holder.name}, not one of {who.name}{own}.",
    )


def _by_address(addresses: Iterable[str]) -> dict[str, Customer]:
    wanted = {keys.key(address) for address in addresses if address}
    return {
        who.key: who for block in blocks(sorted(wanted)) for who in Customer.objects.filter(key__in=block) if who.key
    }


def _by_number(numbers: Iterable[Key]) -> dict[Key, Customer]:
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

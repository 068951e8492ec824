"""``manage.py demo``: a made-up shop to look at, served."""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection
from django.utils import timezone

from backoffice import embedded, jobs
from backoffice.demo import people, shop, wanting
from backoffice.models import JobRun
from inventory.ground.sql import bulk
from inventory.models import Product
from orders.wording import links
from suppliers.models import Supplier

from . import serve

JOB = "demo"
PRODUCTS, SEED = 300, 2026
WIDTH = 30
MONEY = "What you have paid for it goes back the way you paid it, within 7 days."
"""What the mails of the demo say of money, if nothing else is set."""
ADDRESS = "Harbor Pier Supplies, 12 Pier Road, Portland, OR 97201"
"""Where the demo is at home, if nothing else is set: mails of its restock list say it."""
HARMLESS = ("filebased", "locmem", "console", "dummy")
"""The mail backends that reach nobody."""


@contextmanager
def quiet_mail() -> Iterator[None]:
    """Log no mail that cannot be delivered: the demo has some for people to find, and its start went well."""
    log = logging.getLogger("inventory.ground.post.results")
    level = log.level
    log.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        log.setLevel(level)


@contextmanager
def restock_list() -> Iterator[None]:
    """Let the shop that is made have a restock list: it needs an address of the shop for its mails."""
    was = settings.RESTOCK_LIST, settings.SHOP_ADDRESS
    settings.RESTOCK_LIST, settings.SHOP_ADDRESS = True, settings.SHOP_ADDRESS or ADDRESS
    try:
        yield
    finally:
        settings.RESTOCK_LIST, settings.SHOP_ADDRESS = was


class Command(BaseCommand):
    help = (
        "Make a shop to look at and serve it: products, suppliers, two years of demand, purchase orders, and "
        "customers who wait. Takes an empty database; run it again, and it serves the same shop. "
        "Prints the address and who can sign in."
    )
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        serve.add_address(parser)
        parser.add_argument("--no-serve", action="store_true", help="make the shop, and stop")
        parser.add_argument("--seed", type=int, default=SEED, help="another seed, another shop (default: %(default)s)")
        parser.add_argument(
            "--products", type=int, default=PRODUCTS, help="how many, up to %(default)s (default: %(default)s)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if not 1 <= options["products"] <= PRODUCTS:
            raise CommandError(f"--products is 1 to {PRODUCTS}.")
        is_served = not options["no_serve"]
        if is_served:
            serve.check_address(options["host"], options["port"])
            serve.lead_here(options["host"], options["port"])
            settings.CANCELED_MONEY = settings.CANCELED_MONEY or MONEY
            settings.RESTOCK_LIST, settings.SHOP_ADDRESS = True, settings.SHOP_ADDRESS or ADDRESS
        self.spare_a_shop()
        embedded.migrate()
        if self.is_there():
            self.stdout.write("There is a demo shop already; it is left as it is.")
            self.print_people(people.PASSWORD if people.is_known() else "")
        else:
            password = people.password()
            self.make(options["products"], options["seed"], password)
            self.print_people(password)
        self.print_link()
        if is_served:
            serve.serve(self, options["host"], options["port"], with_jobs=True)

    def spare_a_shop(self) -> None:
        """
        Leave a database as it is that holds a shop and no demo, whatever release its tables are of.

        :raises CommandError: if it does
        """
        tables = set(connection.introspection.table_names())

        def has(table: str, condition: str = "") -> bool:
            return table in tables and bool(bulk.fetch(f"SELECT 1 FROM {table} {condition} LIMIT 1", []))

        is_shop = any(has(model._meta.db_table) for model in (Product, Supplier, User))
        if is_shop and not has(JobRun._meta.db_table, f"WHERE job = '{JOB}'"):
            raise CommandError(self.no_demo())

    def no_demo(self) -> str:
        return (
            f"{self.place()} holds a shop that is no demo; nothing was touched. "
            "Set DATA_DIR to an empty folder, or DATABASE_URL to an empty database."
        )

    def is_there(self) -> bool:
        """
        Say whether this database holds a demo.

        :raises CommandError: if it holds something else, or half a demo
        """
        run = JobRun.objects.filter(job=JOB).order_by("-pk").first()
        if run is None and not any(model.objects.exists() for model in (Product, Supplier, User)):
            return False
        if run is None:
            raise CommandError(self.no_demo())
        if run.finished_at is None or run.error:
            raise CommandError(
                f"Making the demo was interrupted, and {self.place()} holds half of it. "
                "Delete that database and start again."
            )
        return True

    def place(self) -> str:
        return str(settings.DATABASES["default"]["NAME"])

    def make(self, products: int, seed: int, password: str) -> None:
        """
        Make the shop.

        :raises CommandError: if mail to its customers would really be sent, or something goes wrong
        """
        if not any(name in settings.EMAIL_BACKEND for name in HARMLESS):
            raise CommandError(
                "The demo writes to its made-up customers. Unset EMAIL_URL, so that their mail stays in files."
            )
        now = timezone.now()

        def work(report: jobs.Report) -> dict[str, Any]:
            told: set[tuple[int, str]] = set()

            def progress(percent: int, words: str) -> None:
                if (percent, words) not in told:
                    told.add((percent, words))
                    report(percent, words)
                    self.show(percent, words)

            staff = people.make(password)
            return shop.make(products=products, seed=seed, people=staff, now=now, progress=progress)

        try:
            with quiet_mail(), restock_list():
                jobs.once(JOB, work, on=timezone.localdate(now), at=now)
        except jobs.JobFailed as error:
            raise CommandError(f"The demo could not be made. {error}") from error
        self.show(100, "Done")

    def show(self, percent: int, words: str) -> None:
        """Draw a bar on a terminal; elsewhere stay silent."""
        if sys.stderr.isatty():
            bar = "█" * (percent * WIDTH // 100)
            self.stderr.write(f"\r{bar:·<{WIDTH}} {percent:3d} %  {words:<34}", ending="\n" if percent == 100 else "")

    def print_link(self) -> None:
        """Give the link of a customer whose order comes later than was said."""
        if order := wanting.on_their_page(0):
            self.stdout.write(f"A customer’s page, by the link of their mail: {links.url(order)}")

    def print_people(self, password: str) -> None:
        """Say who can sign in, and how; a password that is not known to everybody is said once, when it is made."""
        names = ", ".join(username for username, *_ in people.PEOPLE)
        if password:
            self.stdout.write(f"Sign in as {names}; the password is “{password}”.")
        else:
            self.stdout.write(f"Sign in as {names}; `manage.py changepassword NAME` gives a new password.")
        if password == people.PASSWORD and not settings.EMBEDDED:
            self.stderr.write(self.style.WARNING("Everybody knows that password: give each of them a new one."))

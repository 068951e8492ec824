"""``manage.py serve``: pages, jobs and the clock in one process."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from backoffice import embedded
from backoffice.people import staff

HOST, PORT = "127.0.0.1", 8000
ANY = ("", "0.0.0.0", "::")
"""Hosts to listen on that are no address to go to."""


def add_address(parser: CommandParser) -> None:
    parser.add_argument("--host", default=HOST, help="the address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, default=PORT, help="the port to listen on (default: %(default)s)")


def check_address(host: str, port: int) -> None:
    """:raises CommandError: with a way out, if nothing can listen there"""
    try:
        embedded.check_address(host, port)
    except embedded.CannotListen as error:
        raise CommandError(f"{error} Choose another port with --port, such as --port {port + 1}.") from error


def lead_here(host: str, port: int) -> None:
    """Let links in mails lead to where this process listens, unless it was said where we are reached (``SITE_URL``)."""
    told = settings.SITE_URL
    if told == f"http://{HOST}:{PORT}":
        site = HOST if host in ANY else f"[{host}]" if ":" in host else host
        settings.SITE_URL = f"http://{site}:{port}"


def serve(command: BaseCommand, host: str, port: int, *, with_jobs: bool) -> None:
    """Serve until Ctrl-C, and say where."""

    def ready() -> None:
        command.stdout.write(command.style.SUCCESS(f"The back office is at http://{host}:{port}/ (Ctrl-C stops it)."))
        if staff.is_empty():
            command.stdout.write(f"Nobody can sign in yet. Make the first person, in another window: {staff.FIRST}")
        command.stdout.flush()

    embedded.serve(host, port, with_jobs=with_jobs, ready=ready)
    command.stdout.write("Stopped.")


class Command(BaseCommand):
    help = (
        "Run the whole back office in this one process: pages, background jobs and the clock. Brings the database "
        "up to date first. Stop it with Ctrl-C. For production see README.md: gunicorn, workers and the clock "
        "as processes of their own."
    )
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        add_address(parser)
        parser.add_argument(
            "--no-worker", action="store_true", help="pages only: jobs and the clock run in processes of their own"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        host, port = options["host"], options["port"]
        check_address(host, port)
        lead_here(host, port)
        if embedded.migrate():
            self.stdout.write("The database was brought up to date.")
        serve(self, host, port, with_jobs=not options["no_worker"])

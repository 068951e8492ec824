import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from urllib.error import URLError

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

pytestmark = [pytest.mark.embedded, pytest.mark.proof]
OURS = ("DATABASE_URL", "REDIS_URL", "CELERY_BROKER_URL", "EMAIL_URL")
WAITS = """
from orders.tests import make
make.line(make.product(), 2, who=make.customer(email="lena@example.com"))
"""
START_SECONDS, STOP_SECONDS = 180, 60


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def started(folder, *command):
    """Run a command in a process of its own, embedded, with a folder of its own."""
    environment = {name: value for name, value in os.environ.items() if name not in OURS}
    return subprocess.Popen(
        [sys.executable, "manage.py", *command],
        cwd=settings.BASE_DIR,
        env=environment | {"DATA_DIR": str(folder), "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@contextmanager
def served(folder):
    port = free_port()
    process = started(folder, "serve", "--port", str(port))
    try:
        yield process, f"http://127.0.0.1:{port}/"
    finally:
        process.kill()
        process.communicate()


def page(url):
    """Ask for a page until somebody answers."""
    until = time.monotonic() + START_SECONDS
    while True:
        try:
            with urllib.request.urlopen(url, timeout=10) as answer:
                return answer.status, answer.read().decode()
        except URLError:
            if time.monotonic() > until:
                raise
            time.sleep(0.1)


def stopped(process, how):
    process.send_signal(how)
    output, _ = process.communicate(timeout=STOP_SECONDS)
    return process.returncode, output


@pytest.fixture(scope="module")
def fresh(tmp_path_factory):
    """A folder in which the product was started for the first time, looked at and stopped: it, and what was seen."""
    folder = tmp_path_factory.mktemp("fresh")
    with served(folder) as (process, url):
        seen = page(url), page(f"{url}static/backoffice/theme.css")
        return folder, url, seen, stopped(process, signal.SIGINT)


def test_a_fresh_folder_becomes_a_page_and_stops_cleanly(fresh):
    _, url, [(status, text), (style, _)], (code, output) = fresh

    assert (status, style) == (200, 200)
    assert 'name="username"' in text
    assert f"The back office is at {url} (Ctrl-C stops it)." in output
    assert output.endswith("Stopped.\n")
    assert "Traceback" not in output
    assert code == 0


def test_mail_that_nobody_was_woken_for_is_sent_soon_after_the_start(fresh):
    folder, *_ = fresh
    output, _ = started(folder, "shell", "-c", WAITS).communicate(timeout=START_SECONDS)
    assert "Traceback" not in output

    with served(folder) as (process, url):
        page(url)
        until = time.monotonic() + START_SECONDS
        while not (mails := list(folder.glob("mail/*"))) and time.monotonic() < until:
            time.sleep(0.1)
        code, output = stopped(process, signal.SIGTERM)

    assert code == 0
    assert output.endswith("Stopped.\n")
    assert "To: lena@example.com" in mails[0].read_text()


def test_a_port_that_is_taken_is_said_with_a_way_out():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        with pytest.raises(CommandError) as refused:
            call_command("serve", port=port)

    assert f"Cannot listen on 127.0.0.1:{port}: Address already in use." in str(refused.value)
    assert f"--port {port + 1}" in str(refused.value)

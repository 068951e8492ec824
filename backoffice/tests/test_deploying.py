"""What the files of a deployment say fits what the program does."""

import re

import pytest
from django.conf import settings

DEPLOY = settings.BASE_DIR / ".deploy"


def test_the_web_worker_outlives_the_longest_act_of_a_page():
    commands = [(DEPLOY / "Dockerfile").read_text(), (settings.BASE_DIR / "README.md").read_text()]

    for text in commands:
        timeouts = re.findall(r"--timeout\"?,? \"?(\d+)", text)
        assert [int(seconds) >= 300 + 30 for seconds in timeouts] == [True]


def services():
    """The services of compose, each with its own lines."""
    text = (DEPLOY / "compose.yml").read_text().partition("\nservices:\n")[2].partition("\nvolumes:\n")[0]
    parts = re.split(r"(?m)^  (\w+):\n", text)[1:]
    return dict(zip(parts[::2], parts[1::2], strict=True))


def test_two_workers_take_one_queue_each_and_there_is_one_clock():
    found = services()

    queues = {name: re.findall(r"--queues (\w+)", text) for name, text in found.items() if "worker --" in text}
    assert queues == {"worker": ["celery"], "long": ["long"]}
    assert [name for name, text in found.items() if " beat " in text] == ["clock"]


@pytest.mark.parametrize("name", ["postgres", "redis", "web", "worker", "long"])
def test_each_service_says_whether_it_is_well(name):
    assert "healthcheck:" in services()[name]


def test_half_a_production_is_not_started():
    assert "manage.py check --deploy && python manage.py migrate" in services()["migrate"]


def test_compose_puts_the_password_of_the_database_into_no_address():
    text = (DEPLOY / "compose.yml").read_text()
    url = re.findall(r"(?m)^    DATABASE_URL: (.+)$", text)

    assert url == ["postgres://backoffice@postgres:5432/backoffice"]
    assert re.findall(r"(?m)^ +(\w+): \$\{POSTGRES_PASSWORD", text) == ["PGPASSWORD", "POSTGRES_PASSWORD"]

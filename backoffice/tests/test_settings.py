import os
import re
import stat
import subprocess
import sys

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connection

from backoffice.web import reached


def setting(name, folder, **environment):
    """Read a setting in a process of its own, where only this environment is set; an error in its last line."""
    run = subprocess.run(
        [sys.executable, "-c", f"from django.conf import settings; print(settings.{name})"],
        cwd=settings.BASE_DIR,
        env={"PATH": os.environ["PATH"], "DATA_DIR": str(folder), "DJANGO_SETTINGS_MODULE": "backoffice.settings"}
        | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    return (run.stdout or run.stderr).strip().splitlines()[-1]


def test_the_example_environment_names_every_variable_that_settings_read():
    source = (settings.BASE_DIR / "backoffice" / "settings.py").read_text()
    example = (settings.BASE_DIR / ".env.example").read_text()

    read = set(re.findall(r'env\.\w+\(\s*"([A-Z_]+)"', source))
    documented = set(re.findall(r"^#?([A-Z_]+)=", example, re.MULTILINE))

    assert documented - {"POSTGRES_PASSWORD"} == read


def test_a_language_without_words_is_refused_in_words(tmp_path):
    assert setting("LANGUAGES", tmp_path) == "[('en-us', 'English')]"
    assert setting("LANGUAGES", tmp_path, LANGUAGE_CODE="de") == (
        "django.core.exceptions.ImproperlyConfigured: "
        "LANGUAGE_CODE is en-us, the one language with words so far, not “de”."
    )


def test_a_reader_of_german_reads_whole_words(client, db):
    page = client.get("/admin/login/", headers={"Accept-Language": "de"}).content.decode()

    assert 'lang="en-us"' in page
    assert "Passwort" not in page


@pytest.mark.parametrize("database", ["", "postgres://ada@127.0.0.1/shop", "sqlite:////{}/shop.sqlite3"])
def test_what_a_production_lacks_is_known_by_name(database, tmp_path):
    url = database.format(tmp_path)
    whole = {"SECRET_KEY": "s" * 50, "REDIS_URL": "redis://127.0.0.1:1/0", "EMAIL_URL": "smtp://127.0.0.1:25"}
    empty = dict.fromkeys(whole, "")

    assert setting("UNSET", tmp_path, DATABASE_URL=url) == ("['SECRET_KEY', 'REDIS_URL', 'EMAIL_URL']" if url else "[]")
    assert setting("UNSET", tmp_path, DATABASE_URL=url, **empty) == setting("UNSET", tmp_path, DATABASE_URL=url)
    assert setting("UNSET", tmp_path, DATABASE_URL=url, **whole) == "[]"


@pytest.mark.parametrize("password", ["s/cret", "s#cret", "s?cret", "12/34", "12#34", "12?34", "[cret"])
@pytest.mark.parametrize("name", ["DATABASE_URL", "REDIS_URL", "CELERY_BROKER_URL", "EMAIL_URL"])
def test_a_password_that_tears_an_address_apart_is_said_in_words(tmp_path, name, password):
    """It came out as “Port could not be cast to integer value”, or led to a server of the name of the user."""
    scheme = {"DATABASE_URL": "postgres", "EMAIL_URL": "smtp+tls"}.get(name, "redis")
    apart = ", or leave the password of a database out and set PGPASSWORD, which takes it as it is"

    with pytest.raises(ImproperlyConfigured) as why:
        reached.at(name, f"{scheme}://ada:{password}@server.example:5432/shop")

    assert str(why.value) == (
        f"{name} cannot be read: a sign of its password ends it too soon. Write / as %2F, # as %23, ? as %3F, "
        f"@ as %40 and % as %25 there{apart if name == 'DATABASE_URL' else ''}."
    )


@pytest.mark.parametrize(
    "url",
    [
        "smtp+tls://ada:s%23cret@mail.example:587?DEFAULT_FROM_EMAIL=shop@mail.example",
        "filemail:///srv/mail@shop",
        "sqlite:////srv/shop@home.sqlite3",
        "postgres:///shop?user=ada@home",
        "",
    ],
)
def test_an_address_that_holds_the_sign_elsewhere_is_whole(url):
    assert reached.at("EMAIL_URL", url) == url


def test_settings_say_so(tmp_path):
    for name in ("DATABASE_URL", "REDIS_URL", "CELERY_BROKER_URL", "EMAIL_URL"):
        said = setting("DEBUG", tmp_path, **{name: "postgres://ada:s/cret@server.example:5432/shop"})
        assert said.startswith(f"django.core.exceptions.ImproperlyConfigured: {name} cannot be read: a sign of its")


def test_a_password_in_an_address_is_read_as_it_was_encoded(tmp_path):
    url = "postgres://ada:s%2F%23%3F%40%25@server.example:5432/shop"
    read = "[settings.DATABASES['default'][name] for name in ('HOST', 'USER', 'PASSWORD', 'NAME')]"

    assert setting(f"DEBUG and 0, {read}) #", tmp_path, DATABASE_URL=url) == (
        "False ['server.example', 'ada', 's/#?@%', 'shop']"
    )


@pytest.mark.services
@pytest.mark.django_db
def test_a_password_beside_the_address_is_taken_as_it_is(tmp_path):
    """As compose sets it."""
    own, password = connection.settings_dict, "p@ss/w#rd?100%41 [x]:"
    url = f"postgres://{own['USER']}@{own['HOST']}:{own['PORT']}/{own['NAME']}"
    read = "from django.db import connection as c; c.ensure_connection(); print(c.connection.info.password)"

    assert setting(f"DEBUG); {read} #", tmp_path, DATABASE_URL=url, PGPASSWORD=password) == password


def test_only_its_owner_reads_the_database_of_the_embedded_default(tmp_path):
    old = tmp_path / "backoffice.sqlite3"
    for name in (old.name, f"{old.name}-wal", f"{old.name}-shm"):
        (tmp_path / name).touch()
        (tmp_path / name).chmod(0o644)

    setting("DEBUG", tmp_path)

    assert {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir() if path.is_file()} == {
        "backoffice.sqlite3": 0o600,
        "backoffice.sqlite3-wal": 0o600,
        "backoffice.sqlite3-shm": 0o600,
        "secret_key": 0o600,
    }


def test_only_its_owner_looks_into_mail_and_uploads_new_or_old(tmp_path):
    (tmp_path / "mail").mkdir(mode=0o755)
    save = (
        "from django.core.files.storage import default_storage as s; from django.core.files.base import ContentFile; "
    )
    save += "import os; s.save('2026/stock.csv', ContentFile('sku')); os.chdir(settings.DATA_DIR); "
    save += (
        "print([oct(os.stat(p).st_mode)[-3:] for p in ('mail', 'uploads', 'uploads/2026', 'uploads/2026/stock.csv')])"
    )

    assert setting(f"DEBUG); {save} #", tmp_path) == "['700', '700', '700', '600']"


def test_what_is_written_beside_a_new_database_is_as_private(tmp_path):
    write = "from django.db import connection as c; import os; c.cursor().execute('CREATE TABLE t (x)'); "
    write += "print([oct(os.stat(f'{c.settings_dict[\"NAME\"]}{end}').st_mode)[-3:] for end in ('', '-wal', '-shm')])"

    assert setting(f"DEBUG); {write} #", tmp_path) == "['600', '600', '600']"

"""Addresses of what the program reaches, as the environment gives them: a password that tears one apart is named."""

from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

TORN = (
    "{name} cannot be read: a sign of its password ends it too soon. Write / as %2F, # as %23, ? as %3F, @ as %40 and "
    "% as %25 there"
)
OR_APART = ", or leave the password of a database out and set PGPASSWORD, which takes it as it is"


def at(name: str, url: str) -> str:
    """
    Give the address that is set under this name, if it is whole.

    What stands before the first sign of a path is the server: a password that holds one leaves its end, and the @ after
    it, behind. An option may hold one where the server has its own.

    >>> at("REDIS_URL", "redis://:s%2Fcret@redis:6379/0")
    'redis://:s%2Fcret@redis:6379/0'

    :raises ImproperlyConfigured: if it is not
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        is_torn = True
    else:
        behind = parts.path + parts.fragment + ("" if "@" in parts.netloc else parts.query)
        is_torn = bool(parts.netloc) and "@" in behind
    if is_torn:
        raise ImproperlyConfigured(TORN.format(name=name) + (OR_APART if name == "DATABASE_URL" else "") + ".")
    return url

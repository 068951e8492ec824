"""
Names of months and weekdays in the languages that programs of shops write: en, de, fr, es, it, nl, pt, sv, da, no, pl.

A beginning of three letters names a month if it is of one month alone in all of them. Pure.
"""

from functools import cache

from inventory.ground import folding

_MONTHS = (
    "january januar januari janvier jänner jaenner enero gennaio janeiro stycznia styczeń",
    "february februar februari février febrero febbraio fevereiro februari lutego luty feber",
    "march märz maerz mrz mars marzo março maart mrt marts marca marzec",
    "april avril abril aprile kwietnia kwiecień",
    "may mai mayo maggio maio mei maj maja",
    "june juni juin junio giugno junho czerwca czerwiec",
    "july juli juillet julio luglio julho lipca lipiec",
    "august août agosto augustus augusti sierpnia sierpień",
    "september septembre septiembre setiembre settembre setembro września wrzesień",
    "october oktober octobre octubre ottobre outubro października październik",
    "november novembre noviembre novembro listopada listopad",
    "december dezember décembre diciembre dicembre dezembro desember grudnia grudzień",
)
_WEEKDAYS = (
    "monday montag lundi lunes lunedì maandag segunda måndag mandag poniedziałek",
    "tuesday dienstag mardi martes martedì dinsdag terça tisdag tirsdag wtorek",
    "wednesday mittwoch mercredi miércoles mercoledì woensdag quarta onsdag środa",
    "thursday donnerstag jeudi jueves giovedì donderdag quinta torsdag czwartek",
    "friday freitag vendredi viernes venerdì vrijdag sexta fredag piątek",
    "saturday samstag sonnabend samedi sábado sabato zaterdag lördag lørdag sobota",
    "sunday sonntag dimanche domingo domenica zondag söndag søndag niedziela",
)


def months(word: str) -> tuple[int, ...]:
    """
    Give the months that a word, or its beginning of three letters at least, names: one, if it can be told.

    >>> months("März"), months("MÄR"), months("août"), months("juil"), months("paź"), months("jui"), months("Foo")
    ((3,), (3,), (8,), (7,), (10,), (6, 7), ())
    """
    return _named(folding.solid(word), _MONTHS, 3)


def weekdays(word: str) -> tuple[int, ...]:
    """
    Give the weekdays that a word, or its beginning of two letters at least, names; Monday is 1.

    >>> weekdays("Sat"), weekdays("Sa"), weekdays("mar"), weekdays("terça-feira"), weekdays("until")
    ((6,), (6,), (2,), (2,), ())
    """
    return _named(folding.solid(word.removesuffix("-feira")), _WEEKDAYS, 2)


@cache
def _named(word: str, names: tuple[str, ...], shortest: int) -> tuple[int, ...]:
    if len(word) < shortest:
        return ()
    return tuple(
        number
        for number, each in enumerate(names, start=1)
        if any(folding.solid(name).startswith(word) for name in each.split())
    )

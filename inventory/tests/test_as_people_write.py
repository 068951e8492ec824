"""One value in the many ways that people, spreadsheets and programs write it: read as it is meant, or refused."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory.ground.tabular import Column, Dates, Problems, Reading, Sheet, Source, amount, email, product_code, whole
from inventory.ground.tabular.values import signs
from inventory.ground.tabular.values.dates import DateReader

from . import files

COLUMNS = (
    Column("sku", product_code(64), "", is_required=True, is_key=True),
    Column("price", amount(least=None), ""),
    Column("quantity", whole(-1_000_000), ""),
    Column("day", Dates(), ""),
    Column("moment", Dates(has_time=True, keeps_zone=True), ""),
    Column("email", email, ""),
)


def read(tmp_path, text, **reading):
    problems = Problems()
    sheet = Sheet(Source(files.text(tmp_path, text)), COLUMNS, Reading(**reading))
    values = [record.values for record in sheet.records(problems)]
    return values, [problem.expected for problem in problems], sheet.left.lines()


def one(tmp_path, field, cell, **reading):
    """Read one cell; give its value, or what was expected instead."""
    quoted = cell.replace('"', '""')
    values, expected, _ = read(tmp_path, f'sku,{field}\nTEE-S,"{quoted}"\n', **reading)
    return expected[0] if expected else values[0][field]


# --- Amounts ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        *[("12,- €", "12"), ("12,-", "12"), ("12,--", "12"), ("12.–", "12"), ("€ 12,—", "12"), ("12,=", "12")],
        *[("-12,-", "-12"), ("(12,- €)", "-12"), ("1.234,- €", "1234"), ("1.000.- €", "1000"), ("12:-", "12")],
        *[("12 Euro", "12"), ("12,50 eur", "12.5"), ("EUR 12.00", "12"), ("12.00 EUR", "12"), ("€.50", "0.5")],
        *[("(12.00)", "-12"), ("12.00-", "-12"), ("-€12.00", "-12"), ("€ -12", "-12"), ("(12,00 €)", "-12")],
        *[("12.00 €-", "-12"), ("−12", "-12"), ("1'234.50", "1234.5"), ("1’234.50", "1234.5")],
        *[("1\u00a0234,50", "1234.5"), ("1\u202f234,50 €", "1234.5"), ("٣٤٫٥", "34.5"), ("１２．５０", "12.5")],
        *[("\u200e12.50", "12.5"), ("12.\u00ad50\ufeff", "12.5"), ('"12.50"', "12.5"), ("“12.50”", "12.5")],
    ],
)
def test_an_amount_is_what_it_says(tmp_path, cell, value):
    assert one(tmp_path, "price", cell, currency="EUR") == Decimal(value)


@pytest.mark.parametrize(
    "cell",
    ["$12", "US$ 12", "US $12", "12 US$", "USD $12", "$12.00 USD", "usd 12", "12 USD", "US-$ 12", "($12)", "$(12)"],
)
def test_a_dollar_is_read_however_it_is_named(tmp_path, cell):
    assert abs(one(tmp_path, "price", cell, currency="USD")) == 12


@pytest.mark.parametrize(
    ("cell", "currency"),
    [
        *[("Kr 12", "SEK"), ("kr. 12,-", "DKK"), ("12,- kr", "NOK"), ("12:- kr", "SEK"), ("sFr. 12.–", "CHF")],
        *[("12.- CHF", "CHF"), ("Fr.12", "CHF"), ("12 zł", "PLN"), ("12円", "JPY"), ("12 руб.", "RUB")],
    ],
)
def test_a_currency_is_known_by_its_short_names(tmp_path, cell, currency):
    assert one(tmp_path, "price", cell, currency=currency) == 12


@pytest.mark.parametrize(
    ("cell", "told"),
    [
        ("$12.00 CAD", "an amount in USD, not in CAD"),
        ("CA$12", "an amount in USD, not in CA$"),
        ("12,- €", "an amount in USD, not in €"),
    ],
)
def test_another_currency_is_refused_by_its_name(tmp_path, cell, told):
    assert one(tmp_path, "price", cell, currency="USD") == told


@pytest.mark.parametrize(
    "cell", ["12--", "--12", "+-12", "12,-50", "1,234,-", "€ 12 USD", "12%", "12:50", "12'50", "12²", "12 CR", "1e3"]
)
def test_what_is_no_amount_is_refused(tmp_path, cell):
    assert one(tmp_path, "price", cell) == "an amount such as 1250.00"


@pytest.mark.parametrize(("cell", "value"), [("12,-", 12), ("12.-", 12), ("12-", -12), ("(12)", -12), ("\u200b12", 12)])
def test_a_dash_behind_a_comma_makes_no_quantity_negative(tmp_path, cell, value):
    assert one(tmp_path, "quantity", cell) == value


def test_one_currency_under_two_names_is_one(tmp_path):
    assert read(tmp_path, "sku,price\nA,$12\nB,12 USD\nC,US$3\n")[1] == []
    assert (
        read(tmp_path, "sku,price\nA,$12\nB,12 USD\nC,€3\n")[1]
        == ["amounts in one currency; the column has $ and USD and €"] * 3
    )


def test_a_comma_before_a_dash_shows_the_decimal_sign_and_a_point_does_not(tmp_path):
    german, swiss = 'sku,price\nA,"12,-"\nB,"1,234"\n', "sku,price\nA,12.-\nB,1.234\n"

    assert [values["price"] for values in read(tmp_path, german)[0]] == [12, Decimal("1.23")]
    assert read(tmp_path, swiss)[1] == [
        "a number that can be read one way only: 1234 or 1.234, and nothing shows which"
    ]


# --- Days -------------------------------------------------------------------------------

FIRST_OF_MARCH = (
    *("1. März 2025", "1. Maerz 2025", "01-MÄR-25", "01-Mrz-2025", "Samstag, 1. März 2025", "Sa., 01.03.2025"),
    *("1 mars 2025", "1er mars 2025", "le 1er mars 2025", "samedi 1 mars 2025", "1 de marzo de 2025"),
    *("1 de marzo del 2025", "sábado, 1 de marzo de 2025", "1 marzo 2025", "1º de março de 2025", "1 maart 2025"),
    *("1-mrt-25", "1 mars 2025", "den 1. marts 2025", "1. mars 2025", "1 marca 2025", "1 marca 2025 r."),
    *("Mar 1, 2025", "March 1st, 2025", "1st of March 2025", "1st March, 2025", "Saturday, March 1, 2025"),
    *("01-MAR-25", "Sat, 1 Mar 2025", "2025-Mar-01", "2025. 03. 01.", "2025年3月1日", "1. 3. 2025", "01.03.2025."),
    *("٢٠٢٥-٠٣-٠١", "２０２５/０３/０１", "2025–03–01", "\u200e2025-03-01\u200b", '"2025-03-01"', "20250301"),
)


@pytest.mark.parametrize("cell", FIRST_OF_MARCH)
def test_a_day_is_read_in_the_languages_of_shops(tmp_path, cell):
    assert one(tmp_path, "day", cell) == date(2025, 3, 1)


@pytest.mark.parametrize(
    ("cell", "month"),
    [
        *[("1 ene 2025", 1), ("1 gen 2025", 1), ("1 Jänner 2025", 1), ("1 stycznia 2025", 1), ("15 févr. 2025", 2)],
        *[("1 luty 2025", 2), ("1 avr. 2025", 4), ("1 abr 2025", 4), ("1 kwi 2025", 4), ("1 mei 2025", 5)],
        *[("1 maj 2025", 5), ("1 mag 2025", 5), ("1 juin 2025", 6), ("1 giu 2025", 6), ("1 cze 2025", 6)],
        *[("1 juil. 2025", 7), ("1 lug 2025", 7), ("1 lip 2025", 7), ("1 août 2025", 8), ("1 ago 2025", 8)],
        *[("1 sie 2025", 8), ("1 set 2025", 9), ("3 września 2025", 9), ("1 okt 2025", 10), ("1 ott 2025", 10)],
        *[("1 out 2025", 10), ("1 paź 2025", 10), ("1 lis 2025", 11), ("1 déc. 2025", 12), ("1 Dez 2025", 12)],
        *[("1 dic 2025", 12), ("1 des. 2025", 12), ("1 gru 2025", 12)],
    ],
)
def test_a_month_is_known_by_three_letters_that_no_other_month_has(tmp_path, cell, month):
    assert one(tmp_path, "day", cell).month == month


@pytest.mark.parametrize(
    ("cell", "told"),
    [
        ("1 jui 2025", "a month that can be told; “jui” is June or July"),
        ("Sun, 01 Mar 2025", "a day and its own weekday; 1 March 2025 is a Saturday"),
        ("Montag, 1. März 2025", "a day and its own weekday; 1 March 2025 is a Saturday"),
    ],
)
def test_a_day_that_cannot_be_told_is_refused_with_why(tmp_path, cell, told):
    assert one(tmp_path, "day", cell) == told


@pytest.mark.parametrize("cell", ["until 1 March 2025", "1 March", "March 2025", "1 Foo 2025", "1 März 2025 or so"])
def test_a_day_among_other_words_is_refused(tmp_path, cell):
    assert one(tmp_path, "day", cell).startswith("a date such as 2010-12-31")


NINE = datetime(2025, 3, 1, 9, tzinfo=UTC)
AT_NINE = (
    *("Sat, 01 Mar 2025 10:00:00 +0100", "2025-03-01T10:00:00+01:00", "2025-03-01 10:00:00+01", "2025-03-01t09:00:00z"),
    *("2025-03-01 09:00:00 UTC", "Sat, 01 Mar 2025 09:00:00 GMT", "2025-03-01T10:00:00+01:00[Europe/Berlin]"),
    *("Mar 1, 2025 1:00:00 AM PST", "2025-03-01 10:00:00 CET", "20250301T090000Z", "2025-03-01 10:00 +0100"),
    *("Sat Mar 01 2025 10:00:00 GMT+0100 (Central European Standard Time)", "Sat Mar  1 09:00:00 UTC 2025"),
)


@pytest.mark.parametrize("cell", AT_NINE)
def test_a_moment_is_of_the_zone_that_it_names(tmp_path, cell):
    assert one(tmp_path, "moment", cell) == NINE


@pytest.mark.parametrize(
    "cell", ["1. März 2025 um 10:00 Uhr", "01.03.2025 10:00 Uhr", "Mar 1, 2025 at 10:00 AM", "Sat Mar  1 10:00:00 2025"]
)
def test_a_moment_without_a_zone_is_of_the_shops(tmp_path, cell, settings):
    settings.TIME_ZONE = "Europe/Berlin"

    assert one(tmp_path, "moment", cell) == NINE


@pytest.mark.parametrize(
    ("cell", "told"),
    [
        ("2025-03-01 10:00:00 CST", "a zone that can be told, such as -06:00; CST is of America and of China"),
        ("2025-03-01 10:00:00 +25:00", "a zone that there is, such as +01:00"),
    ],
)
def test_a_zone_that_nobody_can_tell_is_refused(tmp_path, cell, told):
    assert one(tmp_path, "moment", cell) == told


def test_from_hour_to_hour_is_no_zone(tmp_path):
    told = "a time with seconds or a T before its zone: this may be from hour to hour"
    assert one(tmp_path, "moment", "01.03.2025 10:00-11:00") == told
    assert one(tmp_path, "moment", "2025-03-01 04:00-05:00") == told
    assert one(tmp_path, "moment", "01.03.2025 18:00-13:00") == told


@pytest.mark.parametrize("cell", ["2025-03-01 10:00 -05:00", "2025-03-01 10:00-05:00", "2025-03-01T10:00-05:00"])
def test_what_would_end_before_it_began_is_a_zone_west_of_greenwich(tmp_path, cell):
    assert one(tmp_path, "moment", cell) == one(tmp_path, "moment", "2025-03-01T15:00:00Z")


def test_a_weekday_before_numbers_shows_their_order_to_the_column(tmp_path):
    values, _, _ = read(tmp_path, 'sku,day\nA,03/01/2025\nB,"Mon, 03/31/2025"\n')

    assert [each["day"] for each in values] == [date(2025, 3, 1), date(2025, 3, 31)]


# --- Codes, addresses, headers ----------------------------------------------------------


@pytest.mark.parametrize(
    "cell",
    [
        *['"00123"', "“00123”", "„00123“", "«00123»", "'00123'", "'00123", "’00123", '="00123"', "`00123`"],
        *["00\u200b123", "\u200e00123", "0012\u00ad3", "\ufeff00123", "００１２３"],
    ],
)
def test_a_code_is_what_stands_between_its_marks(tmp_path, cell):
    quoted = cell.replace('"', '""')

    assert read(tmp_path, f'sku,quantity\n"{quoted}",1\n')[0] == [{"sku": "00123", "quantity": 1}]


@pytest.mark.parametrize(("cell", "sku"), [('5"', '5"'), ('1/2" PIPE', '1/2" PIPE'), ("'TEE-S", "TEE-S")])
def test_a_mark_that_belongs_to_a_code_stays(tmp_path, cell, sku):
    quoted = cell.replace('"', '""')

    assert read(tmp_path, f'sku,quantity\n"{quoted}",1\n')[0][0]["sku"] == sku


@pytest.mark.parametrize("cell", ['=T("00123")', '="0"&"0123"', '=HYPERLINK("x","TEE-S")'])
def test_a_formula_that_makes_a_code_is_refused(tmp_path, cell):
    quoted = cell.replace('"', '""')

    assert read(tmp_path, f'sku,quantity\n"{quoted}",1\n')[1] == ["a code, not a formula: export the column as text"]


@pytest.mark.parametrize(
    "cell",
    ["\u200ba@x.example", "a@x\u00ad.example", "'a@x.example", '"a@x.example"', "mailto:a@x.example", "<a@x.example>"],
)
def test_an_address_is_what_mail_can_be_sent_to(tmp_path, cell):
    assert one(tmp_path, "email", cell) == "a@x.example"


@pytest.mark.parametrize(
    "cell", ["info<a@x.example>", "Anna<a@x.example>", "a@x.example>b", "smailto:a@x.example", "a@x<.example"]
)
def test_an_address_that_would_be_joined_of_halves_is_refused(tmp_path, cell):
    assert one(tmp_path, "email", cell) == "an e-mail address such as name@shop.example"


@pytest.mark.parametrize(
    "header",
    [
        "s\u00adku,quan\u200btity",
        "\u200eSKU ,Quantity",
        "“sku”,'quantity'",
        '"=""sku""","=""quantity"""',
        "ｓｋｕ,quantity",
    ],
)
def test_a_header_is_known_whatever_stands_around_it(tmp_path, header):
    assert read(tmp_path, f"{header}\nTEE-S,5\n")[0] == [{"sku": "TEE-S", "quantity": 5}]


@pytest.mark.parametrize("again", ["sku,quantity", " SKU , Quantity", "\ufeffsku,quantity", "Sku\u200b,QUANTITY,,"])
def test_a_header_that_comes_again_is_left_out_by_name(tmp_path, again):
    values, expected, left = read(tmp_path, f"sku,quantity\nTEE-S,5\n{again}\nMUG-01,6\n")

    assert values == [{"sku": "TEE-S", "quantity": 5}, {"sku": "MUG-01", "quantity": 6}]
    assert (expected, left) == ([], ["Row 3: the header again."])


def test_a_file_put_behind_another_that_had_no_last_end_of_line_is_read(tmp_path):
    values, expected, left = read(tmp_path, "\ufeffsku,quantity\nTEE-S,5\ufeffsku,quantity\nMUG-01,6\n")

    assert values == [{"sku": "TEE-S", "quantity": 5}, {"sku": "MUG-01", "quantity": 6}]
    assert (expected, left) == ([], ["Row 3: the header again."])


def test_a_row_that_only_begins_like_the_header_is_no_header(tmp_path):
    _, expected, left = read(tmp_path, "sku,quantity\nTEE-S,5\nsku,price\n")

    assert (expected, left) == (["a whole number"], [])


@pytest.mark.parametrize("cell", ["Sep-10", "2-Sep", "nan", "true", "4.00638E+12", "22423.0", "#N/A", "2025-03-01"])
def test_what_most_codes_look_like_lets_no_damaged_one_pass(tmp_path, cell):
    assert read(tmp_path, f"sku,quantity\n{cell},1\n")[1][0].startswith("a code, not ")


@pytest.mark.parametrize("cell", ["SEP-10", "Sept-100", "tee-9.s", "007", "A1_b", "na-12", "E5", "v1..2", "A1."])
def test_a_sound_code_is_itself_in_capitals(tmp_path, cell):
    assert read(tmp_path, f"sku,quantity\n{cell},1\n")[0][0]["sku"] == cell.upper()


# --- Any value, in any way of writing it ------------------------------------------------

WAYS = (
    "{minus}{whole}.{cents}",
    "{minus}{whole},{cents}",
    "{minus}{comma}.{cents}",
    "{minus}{point},{cents}",
    "{minus}{blank},{cents}\u202f€",
    "€ {minus}{quote}.{cents}",
    "EUR {minus}{comma}.{cents}",
    "{minus}{point},{cents} eur",
    "\u200e{minus}{blank},{cents} Euro",
    '"{minus}{comma}.{cents}"',
)


@given(cents=st.integers(-(10**9), 10**9), way=st.sampled_from(WAYS), minus=st.sampled_from(["-", "−", "–"]))
def test_any_amount_is_read_as_it_was_meant_in_any_way(cents, way, minus):
    whole_units, rest = divmod(abs(cents), 100)
    grouped = f"{whole_units:,}"
    cell = way.format(
        minus=minus if cents < 0 else "",
        whole=whole_units,
        cents=f"{rest:02}",
        comma=grouped,
        point=grouped.replace(",", "."),
        blank=grouped.replace(",", "\u00a0"),
        quote=grouped.replace(",", "’"),
    )

    assert amount(least=None)(cell) == Decimal(cents) / 100


@given(units=st.integers(-999_999, 999_999), way=st.sampled_from(["{},-", "{}.–", "{} ,--", "({})", "{}-", "'{}"]))
def test_any_units_are_read_as_they_were_meant(units, way):
    is_turned = way in {"({})", "{}-"}
    cell = way.format(abs(units) if is_turned else units)

    assert whole(-(10**7))(signs.plain(cell)) == (-abs(units) if is_turned else units)


NAMES = {
    "en": "January February March April May June July August September October November December",
    "de": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "it": "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
    "nl": "januari februari maart april mei juni juli augustus september oktober november december",
    "pt": "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
    "sv": "januari februari mars april maj juni juli augusti september oktober november december",
    "da": "januar februar marts april maj juni juli august september oktober november december",
    "no": "januar februar mars april mai juni juli august september oktober november desember",
    "pl": "stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października listopada grudnia",
}
DAY_WAYS = (
    "{day} {name} {year}",
    "{day}. {name} {year}",
    "{day}-{upper}-{year}",
    "{name} {day}, {year}",
    "{year}-{name}-{day}",
)


@given(
    day=st.dates(date(1971, 1, 1), date(2099, 12, 31)),
    language=st.sampled_from(sorted(NAMES)),
    way=st.sampled_from(DAY_WAYS),
)
def test_any_day_is_read_in_any_language(day, language, way):
    name = NAMES[language].split()[day.month - 1]

    cell = way.format(day=day.day, name=name, upper=name.upper(), year=day.year)

    assert DateReader(tuple).day(cell) == day

"""
Tables that come in and go out as files: read without trust, written so that a spreadsheet runs nothing in them.

``files`` opens CSV and XLSX within limits (``plain``, ``dialect``, ``archive``, ``workbook``), ``cells`` reads one
value (``numbers``, ``dates``), ``sheet`` puts a header and fields to it, ``layout`` says what another program's export
looks like (``arranged`` lays its rows out so), ``export`` writes.
"""

from inventory.ground.tabular.opening.files import Source
from inventory.ground.tabular.opening.limits import Unreadable
from inventory.ground.tabular.opening.workbook import SeveralSheets
from inventory.ground.tabular.values.cells import Dates, amount, boolean, choice, email, whole
from inventory.ground.tabular.values.currency import ShopCurrency, currency_code
from inventory.ground.tabular.values.words import Expected, named, phone, plain_code, product_code, text

from .export import neutralize, write_csv, write_xlsx
from .header import MissingColumns
from .layout import Items, Layout, Rule, opened
from .problems import LeftOut, Problem, Problems
from .reading import NO_LAYOUT, Reading
from .sheet import Column, Record, Sheet

__all__ = [
    "NO_LAYOUT",
    "Column",
    "Dates",
    "Expected",
    "Items",
    "Layout",
    "LeftOut",
    "MissingColumns",
    "Problem",
    "Problems",
    "Reading",
    "Record",
    "Rule",
    "SeveralSheets",
    "Sheet",
    "ShopCurrency",
    "Source",
    "Unreadable",
    "amount",
    "boolean",
    "choice",
    "currency_code",
    "email",
    "named",
    "neutralize",
    "opened",
    "phone",
    "plain_code",
    "product_code",
    "text",
    "whole",
    "write_csv",
    "write_xlsx",
]

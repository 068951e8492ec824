"""
Tables that come in and go out as files: read without trust, written so that a spreadsheet runs nothing in them.

``files`` opens CSV and XLSX within limits, ``cells`` reads one value, ``sheet`` puts a header and fields to it,
``export`` writes.
"""

from .cells import Dates, Expected, amount, boolean, choice, email, text, whole
from .export import neutralize, write_csv, write_xlsx
from .files import Source
from .limits import Unreadable
from .problems import Problem, Problems
from .sheet import Column, MissingColumns, Record, Sheet

__all__ = [
    "Column",
    "Dates",
    "Expected",
    "MissingColumns",
    "Problem",
    "Problems",
    "Record",
    "Sheet",
    "Source",
    "Unreadable",
    "amount",
    "boolean",
    "choice",
    "email",
    "neutralize",
    "text",
    "whole",
    "write_csv",
    "write_xlsx",
]

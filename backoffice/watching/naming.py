"""How what is watched is called, who sees it, and the list where it is mended."""

TITLES = {
    "books": "The books do not balance",
    "clock": "The clock stands still",
    "file": "A file could not be loaded",
    "mail": "Mail stands still",
    "night": "The night did not run",
}
MENDED = {
    "clock": ("backoffice.view_jobrun", "backoffice_jobrun_changelist", ""),
    "mail": ("orders.view_notice", "orders_notice_changelist", ""),
    "night": ("backoffice.view_jobrun", "backoffice_jobrun_changelist", "?job=nightly"),
    "books": ("backoffice.view_jobrun", "backoffice_jobrun_changelist", "?job=audit"),
    "file": ("backoffice.view_upload", "backoffice_upload_changelist", ""),
}
"""Who sees what stands still, and the list where it is mended."""

AROUND_PROMISES = (
    "overdue", "ask_silent", "ask_call", "slipped", "may_break", "order_by", "unsent", "letter_back",
    "letter_undelivered", "not_left", "typed_passed", "must_by", "bounced", "undelivered", "call",
)  # fmt: skip
"""The kinds of which the working list shows what is at stake, in the order in which it offers them."""

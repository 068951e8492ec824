from .queue_screen import now, shop, staff

__all__ = ["now", "shop", "staff"]

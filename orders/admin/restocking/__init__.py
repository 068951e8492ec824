"""Restock lists in the admin: lists, requests, mails."""

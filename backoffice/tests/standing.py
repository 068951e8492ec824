"""Imported by the process from which those of races are copied: Django stands in it, and nothing is connected."""

import django

django.setup()

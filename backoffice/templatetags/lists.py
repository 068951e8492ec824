"""What a list is called, for templates."""

from django import template

from backoffice.finding import names

register = template.Library()
register.filter("screen", names.of_list)
register.filter("adding", names.of_adding)

"""Bubbles, and rows of the list of people, in templates."""

from django import template

from messaging.drawing import html_of
from messaging.listing import html_of_person

register = template.Library()
register.simple_tag(html_of, name="bubble")
register.simple_tag(html_of_person, name="person")

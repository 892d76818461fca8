"""Bubbles in templates."""

from django import template

from messaging.drawing import html_of

register = template.Library()
register.simple_tag(html_of, name="bubble")

"""What is ready before the first page asks for it."""

import pytest
from django.template import engines

from messaging import drawing, listing
from messaging.warming import SHOWN, warm

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.messaging.urls")]


def test_a_started_node_has_read_the_templates_of_its_first_page(story):
    loader = engines["django"].engine.template_loaders[0]
    loader.reset()
    for remembered in (drawing._shape_of, listing._drawn):
        remembered.cache_clear()
    warm()
    read = {name.removeprefix("messaging/") for name in loader.get_template_cache}
    assert read >= {f"{name}.html" for name in (*SHOWN, "people", "person", "links")}

"""Search by what is kept in bytes: a device's key, a message's id."""

import re
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest

BEGINNING = re.compile(r"(?:[0-9a-f]{2}){2,32}", re.IGNORECASE)
LONGEST = 64


class ByBytes:
    """Finds rows also by how some bytes begin, in the hexadecimal digits in which lists and logs show them."""

    bytes_field = ""

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        found, has_doubles = super().get_search_results(request, queryset, search_term)  # type: ignore[misc]
        if not BEGINNING.fullmatch(search_term):
            return found, has_doubles
        first = bytes.fromhex(search_term)
        between = {f"{self.bytes_field}__gte": first, f"{self.bytes_field}__lte": first.ljust(LONGEST, b"\xff")}
        return found | queryset.filter(**between), has_doubles

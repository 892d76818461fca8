"""Where a page finds our scripts, styles and icons."""

from functools import cache
from typing import Any

from django.contrib.staticfiles.storage import StaticFilesStorage


class Remembered(StaticFilesStorage):
    """Works an address out once: a page names its icons forty times."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.url = cache(super().url)  # type: ignore[method-assign]

"""What a node has in memory while nothing happens: no library that is only needed once in a while."""

import os
import subprocess
import sys

from django.conf import settings

SELDOM = ["PIL", "charset_normalizer", "gmpy2", "markdown_it", "nh3", "requests", "segno", "zxingcpp"]
# All that `runnode` has imported once a page and a call were answered.
STARTED = f"""
import sys
from peernet.asgi import application
import peernet.schema, peernet.server.run, peers.node
from django.urls import get_resolver
for each in ("peernet.urls_node", "peernet.urls_peers"):
    get_resolver(each).url_patterns
print(*(name for name in {SELDOM} if name in sys.modules))
"""


def test_a_started_node_has_not_imported_what_it_seldom_needs(tmp_path):
    own = {"PEERNET_ROLE": "node", "PEERNET_HOME": str(tmp_path), "DJANGO_SETTINGS_MODULE": "peernet.settings"}
    done = subprocess.run(
        [sys.executable, "-c", STARTED], cwd=settings.BASE_DIR, env=os.environ | own, capture_output=True, text=True
    )
    assert (done.stdout.strip(), done.returncode) == ("", 0), done.stderr

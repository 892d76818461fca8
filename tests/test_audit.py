"""What `make check` makes of pip-audit's answers."""

import pytest

from tests import audit

CLEAN = {"name": "django", "version": "5.2.19", "vulns": []}
WEAK = {"name": "daphne", "version": "4.2.1", "vulns": [{"id": "CVE-2026-44545", "fix_versions": ["4.2.2"]}]}
UNKNOWN = {"name": "vodozemac", "skip_reason": "Dependency not found on PyPI and could not be audited"}


@pytest.mark.parametrize(
    ("found", "asked", "code", "said"),
    [
        ([CLEAN, UNKNOWN], True, 0, "1 of 2 packages audited, 0 with a known weakness."),
        ([CLEAN, WEAK], True, 1, "daphne 4.2.1: CVE-2026-44545, cured in 4.2.2"),
        ([UNKNOWN, UNKNOWN], True, 0, "NOT AUDITED"),
        ([], False, 0, "NOT AUDITED"),
    ],
)
def test_a_weakness_fails_and_silence_is_said_loudly(monkeypatch, capsys, found, asked, code, said):
    monkeypatch.setattr(audit, "audit", lambda: (found, asked))
    assert audit.main() == code
    assert said in capsys.readouterr().out

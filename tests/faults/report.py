"""Shows the rig's table at the end of a run, and keeps it in build/faults.json; also of tests that ran in workers."""

import pytest

from tests.faults import table

KEY = "faults"


def pytest_sessionfinish(session):
    """A worker hands its rows to the process that reports."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput[KEY] = table.plain()


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node):
    """Take the rows of a worker that ended. Only xdist calls it."""
    table.take(getattr(node, "workeroutput", {}).get(KEY, []))


def pytest_terminal_summary(terminalreporter):
    if table.ROWS:
        terminalreporter.section("faults")
        for line in table.lines():
            terminalreporter.write_line(line)
        table.write()

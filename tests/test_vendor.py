"""What others wrote and we carry along is what they published, byte for byte."""

import hashlib
from pathlib import Path

import pytest

VENDOR = Path(__file__).resolve().parent.parent / "static" / "peernet" / "vendor"


@pytest.mark.parametrize("folder", sorted(VENDOR.iterdir()), ids=lambda folder: folder.name)
def test_vendored_files_are_those_of_their_sums(folder):
    listed = dict(reversed(line.split("  ", 1)) for line in (folder / "SHA256SUMS").read_text().splitlines())
    found = {
        f"./{path.relative_to(folder).as_posix()}": hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file() and path.name not in ("SHA256SUMS", "README.md")
    }
    assert found == listed
    assert "LICENSE" in {path.name for path in folder.iterdir()}


def test_the_part_of_pdf_js_that_runs_a_documents_scripts_is_not_here():
    assert not list(VENDOR.rglob("*sandbox*"))
    assert not list(VENDOR.rglob("*.wasm"))

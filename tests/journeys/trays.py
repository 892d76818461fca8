"""A browser's own steps with files: choosing, uploading chunk by chunk, sending and saving."""

import re
import uuid
from collections.abc import Iterator
from pathlib import Path

import requests

from tests.journeys.processes import Browser, Page, shows

CHUNK = 1024 * 1024


def post(browser: Browser, path: str, body: bytes) -> requests.Response:
    """Post a raw body, as the tray does."""
    headers = {"X-CSRFToken": browser.token, "Content-Type": "application/octet-stream"}
    return browser.session.post(browser.node.address + path, data=body, headers=headers, timeout=60)


def upload(browser: Browser, person: str, name: str, data: bytes, **more: str) -> str:
    """Bring a file to the node, and return its id."""
    begun = browser.post(f"/with/{person}/files", {"name": name, "size": str(len(data)), **more})
    assert begun.status_code == 201, begun.text
    row = begun.json()
    for first in range(0, len(row["missing"]), row["most"]):
        part = data[first * CHUNK : (first + row["most"]) * CHUNK]
        answer = post(browser, f"/files/{row['id']}/chunks/{first}", part)
        assert answer.status_code == 204, answer.text
    finished = browser.post(f"/files/{row['id']}/finish", {})
    assert finished.status_code == 200, finished.text
    if finished.json()["asking"]:
        # A picture that cannot be stripped: its sender wants it to go all the same.
        assert browser.post(f"/files/{row['id']}/as-it-is", {}).json()["ready"]
    return row["id"]


def send(page: Page, person: str, text: str, *files: str) -> None:
    """Send files of the tray with words."""
    page.say(type="send", key=str(uuid.uuid4()), text=text, files=list(files), **{"with": person})


def hear_delivered(page: Page, text: str, seconds: float = 60.0) -> None:
    """Wait until our words, and the files with them, are delivered."""
    page.hear(
        lambda frame: text in frame.get("html", "") and shows(frame, "delivered", "read"),
        seconds,
    )


def saved(browser: Browser, person: str, count: int) -> Iterator[requests.Response]:
    """Save the latest files that the conversation shows, oldest first."""
    page = browser.get(f"/with/{person}/").text
    for pk in list(dict.fromkeys(re.findall(r"/files/([0-9a-f-]{36})/download", page)))[-count:]:
        yield browser.session.get(f"{browser.node.address}/files/{pk}/download", timeout=60)


def files_under(folder: Path) -> list[Path]:
    return [path for path in sorted(folder.rglob("*")) if path.is_file()]

"""The gallery's shelves: by month, newest first, page by page."""

from datetime import UTC, datetime

import pytest

from messaging import gallery
from messaging.files.models import Attachment
from messaging.models import Message
from peers.models import Blob


@pytest.fixture
def said(story):
    """Words of one month, with files of some kinds."""

    def say(month: int, *kinds: str, text: str = "look") -> Message:
        story.hear(text)
        message = Message.objects.latest("pk")
        Message.objects.filter(pk=message.pk).update(created_at=datetime(2026, month, 15, 12, tzinfo=UTC))
        for place, kind in enumerate(kinds):
            Attachment.objects.create(
                message=message,
                person=story.person,
                mine=False,
                place=place,
                name=f"{month}-{place}.bin",
                kind=kind,
                size=1,
                blob=Blob.objects.create(size=1),
                state="ready",
            )
        return message

    return say


def names(shelf: gallery.Shelf) -> list[list[str]]:
    return [[item.name for item in month.items] for month in shelf.months]


def test_things_stand_by_month_the_newest_first(story, said):
    said(9, "image")
    said(10, "image", "video", "pdf")
    shelf = gallery.shelf(story.person.pk, "media", None)
    assert [month.first.month for month in shelf.months] == [10, 9]
    assert names(shelf) == [["10-0.bin", "10-1.bin"], ["9-0.bin"]]
    assert names(gallery.shelf(story.person.pk, "files", None)) == [["10-2.bin"]]


def test_a_shelf_has_pages_and_no_message_is_on_two_of_them(story, said, monkeypatch):
    monkeypatch.setattr(gallery, "PAGE", 3)
    for month in (7, 8, 9):
        said(month, "image", "image")
    first = gallery.shelf(story.person.pk, "media", None)
    assert names(first) == [["9-0.bin", "9-1.bin"], ["8-0.bin", "8-1.bin"]]
    second = gallery.shelf(story.person.pk, "media", first.before)
    assert (names(second), second.before) == ([["7-0.bin", "7-1.bin"]], 0)


def test_what_is_not_wholly_here_is_not_shown(story, said):
    said(9, "image")
    Attachment.objects.update(state="arriving")
    assert gallery.shelf(story.person.pk, "media", None) == gallery.Shelf()


def test_links_are_found_in_words_and_have_pages_too(story, said, monkeypatch):
    monkeypatch.setattr(gallery, "PAGE", 1)
    said(8, text="https://one.example/")
    said(9, text="Read https://two.example/ now")
    said(9, text="c:// is no link")
    first = gallery.shelf(story.person.pk, "links", None)
    assert [item.link.url for month in first.months for item in month.items] == ["https://two.example/"]
    second = gallery.shelf(story.person.pk, "links", first.before)
    assert [item.link.url for month in second.months for item in month.items] == ["https://one.example/"]
    assert second.before == 0


@pytest.mark.parametrize("query", ["of=secrets", "before=0", "before=x", "before=99999999999999999999"])
def test_another_shelf_is_not_there(browser, story, query):
    assert browser.get(f"/with/{story.person.pk}/gallery/?{query}").status_code == 404


def test_a_stranger_sees_no_gallery(client, story, pages):
    assert client.get(f"/with/{story.person.pk}/gallery/").status_code in (302, 403)

"""Files: between nodes, between a browser and its node, beside words, and as pictures and films."""

import asyncio
import io
import os
import sys
import time
import uuid

from bench import scp
from bench.browser import Wire, download, first_bytes, numbers, upload
from bench.figures import Figure, Plan, Samples
from bench.message import percentile
from bench.network import network
from bench.page import Page, page, round_trips
from bench.proc import peak_mb, reset_peak, rss_mb
from tests.journeys.network import Network

FIGURES = [
    Figure("file_mb_per_s_5mb", "MB/s", 60, more=True),
    Figure("file_mb_per_s_100mb", "MB/s", 200, more=True),
    Figure("file_mb_per_s_1gb", "MB/s", 250, more=True),
    Figure("file_ratio_to_scp_1gb", "", 0.9, more=True),
    Figure("upload_mb_per_s", "MB/s", 120, more=True),
    Figure("download_mb_per_s", "MB/s", 120, more=True),
    Figure("file_rss_growth_mb", "MB", 48),
    Figure("text_beside_files_p95_ms", "ms", 50),
    Figure("video_first_bytes_ms", "ms", 100),
    Figure("preview_ms", "ms", 1000),
]
MB = 1000 * 1000
# The beginning of an MP4 file, so that the node plays it.
FILM = b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom" + os.urandom(4 * MB)
BESIDE = 4


async def carried(alice: Page, pk: str) -> float:
    """Send a file that is on the node already; return the seconds until its receipt."""
    text, begin = f"{uuid.uuid4().hex}", time.perf_counter()
    await alice.say(type="send", key=str(uuid.uuid4()), text=text, files=[pk], **{"with": alice.other})
    await arrived(alice, text)
    return time.perf_counter() - begin


async def arrived(alice: Page, text: str) -> None:
    while True:
        frame = await alice.frame()
        if frame["type"] in ("message", "state") and text in frame["html"] and " delivered" in frame["html"]:
            return


async def speeds(made: Network, size: int, count: int) -> tuple[list[float], list[float], str]:
    """Return the MB/s of uploads and of transfers of so many files, and the last one's id."""
    up, across, pk = [], [], ""
    async with page(made.alices, made.bob_id) as alice:
        await alice.warm()
        for _ in range(count):
            pk, took = await asyncio.to_thread(upload, made.alices, made.bob_id, "film.mp4", size, numbers(FILM))
            up.append(size / MB / took)
            across.append(size / MB / await carried(alice, pk))
    return up, across, pk


async def beside(made: Network, size: int, count: int) -> float:
    """Return how much later the slowest twentieth of words come while four files run."""
    async with page(made.alices, made.bob_id) as alice, page(made.bobs, made.alice_id) as bob:
        await round_trips(alice, bob, 40)
        quiet = await round_trips(alice, bob, count)
        pks = [
            (await asyncio.to_thread(upload, made.alices, made.bob_id, "film.mp4", size, numbers(FILM)))[0]
            for _ in range(BESIDE)
        ]
        async with page(made.alices, made.bob_id) as other:
            moving = asyncio.create_task(_all_carried(other, pks))
            during: list[float] = []
            while not moving.done():
                during += await round_trips(alice, bob, 5)
            await moving
    return percentile(during, 0.95) - percentile(quiet, 0.95)


async def _all_carried(alice: Page, pks: list[str]) -> None:
    texts = [uuid.uuid4().hex for _ in pks]
    for pk, text in zip(pks, texts, strict=True):
        await alice.say(type="send", key=str(uuid.uuid4()), text=text, files=[pk], **{"with": alice.other})
    left = set(texts)
    while left:
        frame = await alice.frame()
        if frame["type"] in ("message", "state") and " delivered" in frame["html"]:
            left -= {text for text in left if text in frame["html"]}


def preview(made: Network) -> float:
    """Return the milliseconds from the end of a 12-megapixel photo's upload until its small picture is there."""
    from PIL import Image

    photo = io.BytesIO()
    Image.effect_noise((4000, 3000), 40).convert("RGB").save(photo, "JPEG", quality=85)
    data = photo.getvalue()
    pk, _ = _unfinished(made, data)
    begin = time.perf_counter()
    made.alices.post(f"/files/{pk}/finish", {})
    answer = Wire(made.alices).ask("GET", f"/files/{pk}/preview")
    answer.read()
    if answer.status != 200:
        raise AssertionError(answer.status)
    return (time.perf_counter() - begin) * 1000


def _unfinished(made: Network, data: bytes) -> tuple[str, int]:
    row = made.alices.post(f"/with/{made.bob_id}/files", {"name": "photo.jpg", "size": str(len(data))}).json()
    wire, most = Wire(made.alices), row["chunk"] * row.get("most", 1)
    for start in range(0, len(data), most):
        path, kind = f"/files/{row['id']}/chunks/{start // row['chunk']}", {"Content-Type": "application/octet-stream"}
        wire.ask("POST", path, data[start : start + most], **kind).read()
    return row["id"], len(data)


def measure(plan: Plan) -> Samples:
    """The quick form moves 200 MB where the whole moves 1 GB."""
    large, found = plan.pick(1000, 200) * MB, Samples()
    with network() as made:
        nodes = [made.alice.process.pid, made.bob.process.pid]
        asyncio.run(speeds(made, 5 * MB, 2))
        _, found["file_mb_per_s_5mb"], _ = asyncio.run(speeds(made, 5 * MB, plan.pick(9, 5)))
        before = [rss_mb(pid) for pid in nodes]
        for pid in nodes:
            reset_peak(pid)
        _, found["file_mb_per_s_100mb"], _ = asyncio.run(speeds(made, 100 * MB, plan.pick(5, 2)))
        found["upload_mb_per_s"], found["file_mb_per_s_1gb"], pk = asyncio.run(speeds(made, large, plan.pick(3, 1)))
        found["download_mb_per_s"] = [_down(made, pk) for _ in range(plan.pick(3, 2))]
        found["file_rss_growth_mb"] = [max(peak_mb(pid) - rss for pid, rss in zip(nodes, before, strict=True))]
        found["video_first_bytes_ms"] = [first_bytes(made.alices, pk, large // 2 + n) for n in range(plan.pick(20, 5))]
        found["preview_ms"] = [preview(made) for _ in range(plan.pick(5, 2))]
        size = plan.pick(250, 50) * MB
        found["text_beside_files_p95_ms"] = [asyncio.run(beside(made, size, plan.pick(200, 60)))]
    try:
        theirs = scp.speeds(large, plan.pick(3, 1))
    except scp.NoServer as err:
        print(err, file=sys.stderr)
    else:
        ours = sorted(found["file_mb_per_s_1gb"])
        found["file_ratio_to_scp_1gb"] = [ours[len(ours) // 2] / speed for speed in theirs]
    return found


def _down(made: Network, pk: str) -> float:
    size, took = download(made.alices, pk)
    return size / MB / took

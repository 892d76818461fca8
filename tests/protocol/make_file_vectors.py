"""Writes docs/vectors/files-1.json: a file's chunks and the answers about them, for another implementation.

`python -m tests.protocol.make_file_vectors` makes them anew, which only a new version of the protocol is a reason for.
"""

import json

from peers.protocol import chunk
from peers.protocol.codec import encode
from peers.protocol.transfer import Fetch, Standing, Wish
from tests.protocol.make_vectors import PATH as NATIVE
from tests.protocol.make_vectors import seed

PATH = NATIVE.with_name("files-1.json")
KEY = seed("a file's key")
# Chunks that are small, so that the vectors are: their place and whether they are the last is what matters.
PLAINTEXTS = [(0, False, b"Gr\xc3\xbc\xc3\x9fe"), (1, True, b"end"), (0, True, b"")]


def fixed_vectors() -> dict[str, object]:
    """Return what every correct implementation computes byte for byte."""
    return {
        "file_key": KEY.hex(),
        "commitment": chunk.commitment(KEY).hex(),
        "counts": {str(size): chunk.count(size) for size in (0, 1, chunk.CHUNK, chunk.CHUNK + 1, 20 * 1024**3)},
        "standings": {
            wish.value: encode(Standing(wish, b"\x05" if wish is Wish.WANTED else b"")).hex() for wish in Wish
        },
        "fetch": encode(Fetch(Wish.WANTED, b"\x05", 1, 1)).hex(),
    }


def main() -> None:
    # Nonces are random: these can only be opened again, not made again.
    chunks = [
        {
            "index": index,
            "last": last,
            "plaintext": text.hex(),
            "sealed": chunk.seal_chunk(KEY, index, last, text).hex(),
        }
        for index, last, text in PLAINTEXTS
    ]
    PATH.write_text(json.dumps(fixed_vectors() | {"chunks": chunks}, indent=1) + "\n")


if __name__ == "__main__":
    main()

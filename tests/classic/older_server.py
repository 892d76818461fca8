"""A login server of the classic network, written from its description alone: nothing of PeerNet is imported here."""

import hashlib
import json
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

KEY = b"150ecd12d550d05ad83f18328e536f53"
NO_FIELD, UNKNOWN, UNDECRYPTABLE, TOO_OFTEN = (
    "1, Missing Compulsory Field",
    "2, Unauthenticated User",
    "6, Decryption Failed",
    "7, API limit reached",
)


def decrypted(text: str) -> str:
    data = bytes.fromhex(text)
    plain = Cipher(algorithms.AES(KEY), modes.CBC(data[:16])).decryptor().update(data[16:])
    return plain.decode().rstrip(" ")


@dataclass
class OlderServer:
    """Knows people and their passwords, and tells who reported within five minutes."""

    year: int
    passwords: dict[str, str]
    reports: dict[str, dict[str, str]] = field(default_factory=dict)
    seen: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    # In the place of judging the next calls.
    answers: list[str] = field(default_factory=list)
    # Some servers of that time answer a list as text, whatever is asked.
    only_text: bool = False
    # Calls that it answers with 404.
    unknown: tuple[str, ...] = ()

    def hash_of(self, name: str) -> str:
        salt = "COMPSYS302-2017" if self.year == 2017 else name
        return hashlib.sha256((self.passwords[name] + salt).encode()).hexdigest()

    def place(self, name: str, ip: str, port: int, key: str = "", ago: float = 0) -> None:
        """Somebody's own program has reported."""
        self.reports[name] = {"location": "2", "ip": ip, "port": str(port), "pubkey": key, "at": str(time.time() - ago)}

    def answer(self, path: str, given: dict[str, str]) -> str | None:
        self.seen.append((path, given))
        if path in self.unknown:
            return None
        if self.answers:
            return self.answers.pop(0)
        if path == "/listAPI":
            return "/listAPI\n/listUsers\n/report\n/logoff\n/getList"
        if path == "/listUsers":
            return ",".join(sorted(self.passwords))
        if given.get("enc") == "1":
            try:
                given = {name: text if name == "enc" else decrypted(text) for name, text in given.items()}
            except ValueError:
                return UNDECRYPTABLE
        if not given.get("username") or not given.get("password"):
            return NO_FIELD
        name = given["username"]
        if name not in self.passwords or given["password"] != self.hash_of(name):
            return UNKNOWN
        return self.called(path, name, given)

    def called(self, path: str, name: str, given: dict[str, str]) -> str:
        match path:
            case "/report":
                if not all(given.get(each) for each in ("location", "ip", "port")):
                    return NO_FIELD
                self.reports[name] = {"pubkey": "", **given, "at": str(time.time())}
                return "0, User and IP logged"
            case "/logoff":
                self.reports.pop(name, None)
                return "0, Logged off successfully"
            case "/getList":
                return self.listing(as_json=given.get("json") == "1" and not self.only_text)
        return "404"

    def listing(self, as_json: bool) -> str:
        there = {name: said for name, said in self.reports.items() if time.time() - float(said["at"]) < 300}
        rows = [
            [name, said["location"], said["ip"], said["port"], str(int(float(said["at"]))), said["pubkey"]]
            for name, said in there.items()
        ]
        if as_json:
            names = ("username", "location", "ip", "port", "lastLogin", "publicKey")
            return json.dumps(
                {str(n): {k: v for k, v in zip(names, row, strict=True) if v} for n, row in enumerate(rows)}
            )
        lines = ["0, Online user list returned", *(",".join(each for each in row if each) for row in rows)]
        return "".join(f"{line}\r\n" for line in lines)


class ServerDoor:
    """The plain HTTP server of an older login server, on a port of its own."""

    def __init__(self, server: OlderServer) -> None:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                address = urlsplit(self.path)
                self.reply(server.answer(address.path, dict(parse_qsl(address.query))))

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                self.reply(server.answer(urlsplit(self.path).path, dict(parse_qsl(body))))

            def reply(self, text: str | None) -> None:
                if text is None:
                    self.send_error(404)
                    return
                self.send_response(200)
                self.send_header("Content-Type", "text/plain")
                self.send_header("Content-Length", str(len(text.encode())))
                self.end_headers()
                self.wfile.write(text.encode())

            def log_message(self, *args: object) -> None:
                """Tests are quiet."""

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.http.server_address[1]

    def __enter__(self) -> "ServerDoor":
        self.thread = threading.Thread(target=self.http.serve_forever, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self.http.shutdown()
        self.http.server_close()
        self.thread.join()

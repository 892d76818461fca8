"""A node of the classic network, written from the protocol's description alone: nothing of PeerNet is imported here.

It speaks both ways: `compose` writes what such a node would post, and its little server answers what others post.
"""

import base64
import hashlib
import json
import os
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import bcrypt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from passlib.hash import scrypt

XOR = {2017: b"01101001", 2018: b"10010110"}
SHARED = b"41fb5b5ae4d57c5ee528adb078ac3b2e"
HIGHEST_ENCRYPTION, HIGHEST_HASHING = {2017: 4, 2018: 5}, {2017: 8, 2018: 5}
WAYS = {
    2017: ["", "256", "256+", "512", "512+", "bcrypt", "bcrypt+", "scrypt", "scrypt+"],
    2018: ["", "256", "256+", "512+", "bcrypt", "scrypt"],
}


def xored(data: bytes, year: int) -> bytes:
    return bytes(byte ^ XOR[year][place % 8] for place, byte in enumerate(data))


def aes(text: str, key: bytes) -> str:
    data, iv = text.encode(), os.urandom(16)
    data += b" " * (16 - len(data) % 16)
    return (iv + Cipher(algorithms.AES(key), modes.CBC(iv)).encryptor().update(data)).hex()


def unaes(text: str, key: bytes) -> str:
    data = bytes.fromhex(text)
    plain = Cipher(algorithms.AES(key), modes.CBC(data[:16])).decryptor().update(data[16:])
    return plain.decode().rstrip(" ")


def hashed(number: int, year: int, text: str, sender: str) -> str:
    way = WAYS[year][number]
    data = (text + (sender if way.endswith("+") else "")).encode()
    match way.rstrip("+"):
        case "256":
            return hashlib.sha256(data).hexdigest()
        case "512":
            return hashlib.sha512(data).hexdigest()
        case "bcrypt":
            return bcrypt.hashpw(data[:72], bcrypt.gensalt(4)).decode()
        case "scrypt":
            return scrypt.using(rounds=4).hash(data)
    return ""


def belongs(number: int, year: int, text: str, sender: str, given: str) -> bool:
    way = WAYS[year][number]
    data = (text + (sender if way.endswith("+") else "")).encode()
    if way.startswith("bcrypt"):
        return bcrypt.checkpw(data[:72], given.encode())
    if way.startswith("scrypt"):
        return scrypt.verify(data, given)
    return hashed(number, year, text, sender) == given


class OlderNode:
    """One person's node of one year."""

    def __init__(self, year: int, name: str, bits: int | None = None) -> None:
        self.year, self.name = year, name
        self.private = rsa.generate_private_key(65537, bits or (1024 if year == 2017 else 2048)).private_numbers()
        self.encryption, self.hashing = range(HIGHEST_ENCRYPTION[year] + 1), range(HIGHEST_HASHING[year] + 1)
        self.heard: list[dict[str, object]] = []
        self.acknowledgements: list[dict[str, object]] = []
        self.asked: list[str] = []
        self.requestors: list[object] = []
        # Name, type and bytes of each file that came.
        self.files: list[tuple[str, str, bytes]] = []
        self.listed = ["receiveFile"]
        self.attending: list[dict[str, object]] = []
        # Invitations that came, opened.
        self.invited: list[dict[str, object]] = []
        self.deleted: list[dict[str, object]] = []
        # What others left here for somebody else.
        self.bodies: list[dict[str, object]] = []
        # What is told of its person, encrypted for whoever has this key; and what else lies on it.
        self.profile: dict[str, object] = {}
        self.profile_encryption, self.profile_key = 0, ""
        self.answers_profile: str | None = None
        self.status = ""
        self.pages: dict[str, bytes] = {}
        # What is answered to the next messages, in place of judging them.
        self.answers: list[str] = []
        self.proves = True
        # The one text that its handshake answers, if it is so careful; and calls that it answers with 404.
        self.answers_text = ""
        self.unknown: list[str] = []

    @property
    def public_hex(self) -> str:
        key = self.private.public_numbers.public_key()
        return key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo).hex()

    # Sending

    def compose(self, destination: str, text: str, encryption=0, hashing=0, key="", **changes) -> dict[str, object]:
        """The body that this node would post to /receiveMessage."""
        fields = {"message": text, "stamp": f"{time.time():.3f}", "markdown": "0", "hashing": str(hashing)}
        if hashing and text:
            fields["hash"] = hashed(hashing, self.year, text, self.name)
        body: dict[str, object] = {"sender": self.name, "destination": destination, "encryption": encryption}
        one_time = os.urandom(16).hex()
        if encryption in (4, 5):
            body["decryptionKey"] = self.rsa(one_time, key)
        clear = () if self.year == 2017 else ("hashing", "markdown")
        for name, value in (fields | changes).items():
            if value is None and name in changes and name in fields:
                continue  # left out
            body[name] = value if name in clear or value is None else self.seal(value, encryption, one_time, key)
        return body

    def compose_file(
        self, destination: str, data: bytes, name="notes.txt", encryption=0, hashing=0, key="", **changes
    ) -> dict[str, object]:
        """The body that this node would post to /receiveFile."""
        text = base64.b64encode(data).decode()
        made = {"hash": hashed(hashing, self.year, text, self.name)} if hashing else {}
        fields = {"file": text, "filename": name, "content_type": "text/plain", "message": None, "markdown": None}
        return self.compose(destination, "", encryption, hashing, key, **(fields | made | changes))

    def compose_event(self, destination: str, name: str, encryption=0, key="", **changes) -> dict[str, object]:
        """The body that this node would post to /receiveEvent."""
        fields = {"event_name": name, "event_description": "With *cake*", "event_location": "The lab"}
        times = {"start_time": "1900000000", "end_time": "1900003600"}
        left_out = dict.fromkeys(("message", "stamp"))
        body = self.compose(destination, "", encryption, 0, key, **(fields | times | left_out | changes))
        del body["hashing"]
        return body

    def seal(self, text: str, encryption: int, one_time: str, key: str) -> str:
        match encryption:
            case 1:
                return xored(text.encode(), self.year).hex()
            case 2:
                return aes(text, SHARED)
            case 3:
                return self.rsa(text, key)
            case 4 | 5:
                return aes(text, one_time.encode())
        return text

    @staticmethod
    def rsa(text: str, key: str) -> str:
        numbers = serialization.load_der_public_key(bytes.fromhex(key)).public_numbers()
        number = pow(int.from_bytes(text.encode(), "big"), numbers.e, numbers.n)
        return f"{number:0{numbers.n.bit_length() // 4}x}"

    def acknowledgement(self, message: dict[str, object]) -> dict[str, object]:
        """The body that this node would post to /acknowledge for a message that it heard."""
        if self.year == 2017:
            return {name: message[name] for name in ("sender", "stamp", "hashing", "hash")}
        text = str(message.get("message") or message.get("file"))
        mine = hashed(int(message["hashing"]), self.year, text, self.name)
        return {
            "sender": self.name,
            "destination": message["sender"],
            "stamp": message["stamp"],
            "hashing": message["hashing"],
            "hash": mine,
        }

    def deletion(self, destination: str, stamp: str, text: str, encryption: int, key: str, **changes) -> dict:
        """The body that this node would post to /acknowledgeDelete."""
        one_time = os.urandom(16).hex()
        body = {"sender": self.name, "destination": destination, "hashing": 2, "encryption": encryption}
        if encryption in (4, 5):
            body["decryptionKey"] = self.rsa(one_time, key)
        for name, value in (("stamp", stamp), ("hash", hashed(2, self.year, text, self.name))):
            body[name] = self.seal(value, encryption, one_time, key)
        return body | changes

    # Receiving

    def open(self, text: str, encryption: int, one_time: str) -> str:
        match encryption:
            case 1:
                return xored(bytes.fromhex(text), self.year).decode()
            case 2:
                return unaes(text, SHARED)
            case 3:
                return self.unrsa(text)
            case 4 | 5:
                return unaes(text, one_time.encode())
        return text

    def unrsa(self, text: str) -> str:
        n = self.private.public_numbers.n
        assert len(text) == n.bit_length() // 4, "sent in full length"
        number = pow(int(text, 16), self.private.d, n)
        return number.to_bytes((number.bit_length() + 7) // 8, "big").decode()

    def tell(self) -> str:
        """The answer to /getProfile."""
        if self.answers_profile is not None:
            return self.answers_profile
        number, one_time = self.profile_encryption, os.urandom(16).hex()
        told = {name: self.seal(value, number, one_time, self.profile_key) if isinstance(value, str) else value
                for name, value in self.profile.items()}  # fmt: skip
        key = self.rsa(one_time, self.profile_key) if number in (4, 5) else ""
        return json.dumps(told | {"encoding": 0, "encryption": number, "decryptionKey": key})

    def take(self, body: dict[str, object]) -> str:
        if self.answers:
            return self.answers.pop(0)
        if body["destination"] != self.name:
            self.bodies.append(body)
            return "0"
        if any(value is None for value in body.values()):
            return "1"
        encryption = int(str(body["encryption"]))
        if encryption not in self.encryption:
            return "9"
        one_time = self.unrsa(str(body["decryptionKey"])) if encryption in (4, 5) else ""
        clear = {"sender", "destination", "encryption", "decryptionKey"}
        if self.year == 2018:
            clear |= {"hashing", "markdown"}
        try:
            found = {
                name: str(value) if name in clear else self.open(str(value), encryption, one_time)
                for name, value in body.items()
            }
        except ValueError:
            return "1" if self.year == 2017 else "7"
        number = int(found.get("hashing", "0"))
        if self.year == 2018 and encryption == 0 and number:
            return "7"
        text = found.get("message") or found["file"]
        if self.year == 2017:
            text = text.replace("<", "&lt;")
        if number and not belongs(number, self.year, text, found["sender"], found["hash"]):
            return "7"
        self.heard.append(found)
        if "file" in found:
            assert "\n" not in found["file"], "sent as one line"
            self.files.append((found["filename"], found["content_type"], base64.b64decode(found["file"])))
        return "0"

    def be_invited(self, body: dict[str, object]) -> str:
        if self.answers:
            return self.answers.pop(0)
        encryption = int(str(body["encryption"]))
        if encryption not in self.encryption:
            return "9"
        one_time = self.unrsa(str(body["decryptionKey"])) if encryption in (4, 5) else ""
        clear = {"sender", "destination", "encryption", "decryptionKey"}
        found = {
            n: v if n in clear or not encryption else self.open(str(v), encryption, one_time) for n, v in body.items()
        }
        if any(found.get(name) in (None, "") for name in ("event_name", "start_time", "end_time")):
            return "1"
        self.invited.append(found)
        return "0"

    @staticmethod
    def attendance(name: str, event: dict[str, object], attendance: int) -> dict[str, object]:
        """The body that such a node would post to /acknowledgeEvent."""
        times = {"event_name": event["event_name"], "start_time": event["start_time"]}
        return {"sender": name, **times, "attendance": attendance}

    def delete(self, body: dict[str, object]) -> str:
        if self.answers:
            return self.answers.pop(0)
        encryption = int(str(body["encryption"]))
        assert encryption in (3, 4, 5), "these hide the hash"
        one_time = self.unrsa(str(body["decryptionKey"])) if encryption in (4, 5) else ""
        opened = {name: self.open(str(body[name]), encryption, one_time) for name in ("stamp", "hash")}
        self.deleted.append(body | opened)
        return "0"

    def handshake(self, body: dict[str, object]) -> dict[str, object]:
        encryption = int(str(body["encryption"]))
        if not self.proves or encryption not in self.encryption:
            return {"error": 9, "message": ""}
        one_time = self.unrsa(str(body["decryptionKey"])) if encryption in (4, 5) else ""
        text = self.open(str(body["message"]), encryption, one_time)
        if self.answers_text not in ("", text):
            return {"error": 9, "message": ""}
        return {"error": 0, "message": text}

    def listing(self) -> str:
        calls = ["/listAPI", "/ping [sender]", "/receiveMessage [sender] [destination] [message] [stamp]"]
        calls += ["/handshake [message] [sender]", "/acknowledge [sender]", "/getPublicKey [sender]"]
        calls += [f"/{name} [sender] [destination]" for name in self.listed]
        standards = [f"Encryption {' '.join(map(str, self.encryption))}", f"Hashing {' '.join(map(str, self.hashing))}"]
        return "\n".join(calls + standards)

    def answer(self, path: str, body: dict[str, object]) -> str:
        self.asked.append(path)
        match path:
            case "/listAPI":
                return self.listing()
            case "/ping":
                return "0"
            case "/receiveMessage" | "/recieveMessage" | "/receiveFile" | "/recieveFile":
                return self.take(body)
            case "/handshake":
                return json.dumps(self.handshake(body))
            case "/getPublicKey":
                return json.dumps({"error": 0, "pubkey": self.public_hex})
            case "/retrieveMessages":
                self.requestors.append(body["requestor"])
                return "0"
            case "/receiveEvent":
                return self.be_invited(body)
            case "/acknowledgeEvent":
                self.attending.append(body)
                return self.answers.pop(0) if self.answers else "0"
            case "/getProfile":
                return self.tell()
            case "/getStatus":
                return json.dumps({"status": self.status})
            case "/acknowledgeDelete":
                return self.delete(body)
            case "/acknowledge":
                self.acknowledgements.append(body)
                return "0"
        return "-1"


class Door:
    """The little server of an older node, on a port of its own."""

    def __init__(self, node: OlderNode) -> None:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                path = urlsplit(self.path).path
                if path in node.pages:
                    node.asked.append(path)
                    self.reply(node.pages[path])
                    return
                self.reply(node.answer(path, {}))

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                path = urlsplit(self.path).path
                if path in node.unknown:
                    self.send_error(404)
                    return
                self.reply(node.answer(path, body))

            def reply(self, text: str | bytes) -> None:
                data = text.encode() if isinstance(text, str) else text
                self.send_response(200)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *args: object) -> None:
                """Tests are quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]

    def __enter__(self) -> "Door":
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()

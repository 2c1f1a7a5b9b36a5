"""Shows how a message of Spelunker is verified, with nothing but Python's standard library.

    python scripts/verify_webhook.py --listen 8099     prints what comes, and answers 204 or 400
    … | python scripts/verify_webhook.py --signature "t=…,v1=…"     checks a body from a file

The secret is read from the environment, WEBHOOK_SECRET.
"""

import argparse
import hashlib
import hmac
import json
import os
import sys
import time
from http.server import BaseHTTPRequestHandler, HTTPServer

#: An older message may be one that somebody has recorded and sends again.
MOST_SECONDS = 300
MAX_BYTES = 1_000_000


class NotGenuine(Exception):
    """The message is not from Spelunker, or is too old; the text says which."""


def verify(secret: str, header: str, body: bytes, now: float | None = None) -> None:
    """Raises NotGenuine unless `body` was signed with `secret` a moment ago."""
    pairs = [part.partition("=")[::2] for part in header.split(",")]
    times = [value for name, value in pairs if name == "t"]
    if len(times) != 1 or not times[0].isascii() or not times[0].isdigit():
        raise NotGenuine("The signature names no time.")
    signed = f"{times[0]}.".encode() + body
    expected = hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
    given = [value for name, value in pairs if name == "v1"]
    # After a rotation there are two: one by the new secret and one by the old.
    if not any(hmac.compare_digest(expected.encode(), each.encode()) for each in given):
        raise NotGenuine("The signature is not by this secret.")
    if abs((time.time() if now is None else now) - int(times[0])) > MOST_SECONDS:
        raise NotGenuine("The message is too old.")


class Receiver(BaseHTTPRequestHandler):
    """Takes messages. A real one keeps the ids of those it has seen: each may come twice."""

    seen: set[str] = set()

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length", "0"))
        body = self.rfile.read(min(length, MAX_BYTES))
        try:
            verify(_secret(), self.headers.get("Spelunker-Signature", ""), body)
        except NotGenuine as reason:
            print(f"refused: {reason}", flush=True)
            self._answer(400)
            return
        message = json.loads(body)
        known = message["id"] in self.seen
        self.seen.add(message["id"])
        print("seen before:" if known else "genuine:", json.dumps(message), flush=True)
        self._answer(204)

    def _answer(self, status: int) -> None:
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        return


def _secret() -> str:
    secret = os.environ.get("WEBHOOK_SECRET", "")
    if not secret:
        sys.exit("Set WEBHOOK_SECRET to the webhook's secret.")
    return secret


def main() -> None:
    parser = argparse.ArgumentParser(description="Verifies messages of Spelunker's webhooks.")
    parser.add_argument("--listen", type=int, metavar="PORT", help="take messages on this port")
    parser.add_argument("--signature", help="of the body on standard input")
    given = parser.parse_args()
    if given.listen:
        _secret()
        HTTPServer(("127.0.0.1", given.listen), Receiver).serve_forever()
    try:
        verify(_secret(), given.signature or "", sys.stdin.buffer.read())
    except NotGenuine as reason:
        sys.exit(f"Not genuine: {reason}")
    print("Genuine.")


if __name__ == "__main__":
    main()

"""The contract's one import, governance:connector/http-client, over http.client.

One connection for each request, to the tenant's origin and no other. Redirects are answers:
http.client follows none. No proxy is used, whatever the environment says.
"""

import http.client
import re
import socket
import ssl
import time
import unicodedata
import zlib
from urllib.parse import unquote, urlsplit

from settings import Settings

FROM_GUEST = ("accept", "accept-language")
# At `;` some servers end a segment.
PATH = re.compile(r"/(?!/)[\w.~!$&()*+,=:@/?%\[\]-]*", re.ASCII)
TO_GUEST = re.compile(
    "content-language|content-type|date|link|ratelimit|retry-after|retryafter|x-total-count"
    "|(ratelimit|x-ratelimit|x-rate-limit)-.*"
)
PIECE = 64 << 10


class Refused(Exception):
    """No answer: a case of the contract's `error`, and what goes with it."""

    def __init__(self, case: str, payload=None):
        super().__init__(case)
        self.case, self.payload = case, payload


class HttpClient:
    """The requests of one tenant: its origin, its secrets, its limits."""

    def __init__(self, settings: Settings):
        self._settings = settings
        self._tls = ssl.create_default_context()
        # Requests that were sent.
        self.requests = 0

    def get(self, credential: str, path_with_query: str, headers: list) -> tuple[int, list, bytes]:
        """Status, headers in lower case, decoded body; or raises `Refused`."""
        sent = self._headers(credential, headers)
        path = self._path(path_with_query)
        self.requests += 1
        end = time.monotonic() + self._settings.timeout
        connection = self._connection()
        try:
            connection.request("GET", path, headers=sent)
            answer = connection.getresponse()
            shown = [
                (name.lower(), value.encode("latin-1"))
                for name, value in answer.getheaders()
                if TO_GUEST.fullmatch(name.lower())
            ]
            return answer.status, shown, self._body(answer, connection, end)
        except (OSError, http.client.HTTPException, zlib.error) as error:
            raise sorted_out(error, f"{connection.host}:{connection.port}") from None
        finally:
            connection.close()

    def _connection(self) -> http.client.HTTPConnection:
        parts = urlsplit(self._settings.base_url)
        timeout = self._settings.timeout
        if parts.scheme == "https":
            return http.client.HTTPSConnection(
                parts.hostname, parts.port, timeout=timeout, context=self._tls
            )
        return http.client.HTTPConnection(parts.hostname, parts.port, timeout=timeout)

    def _path(self, path_with_query: str) -> str:
        """Below the base URL and spelt as the connector spelt it, or not at all."""
        segments = path_with_query.partition("?")[0].split("/")[1:]
        if not PATH.fullmatch(path_with_query) or not all(map(is_plain, segments)):
            raise Refused("denied", "not a plain path below the base URL")
        return urlsplit(self._settings.base_url).path + path_with_query

    def _headers(self, credential: str, headers: list) -> dict[str, str]:
        sent = {"user-agent": "connector-host-python/0.1.0", "accept-encoding": "gzip"}
        for name, value in headers:
            name = name.lower()
            if name not in FROM_GUEST or name in sent or not re.fullmatch("[ -~]{0,1024}", value):
                text = "a header that a connector may not set, or a value that cannot be sent"
                raise Refused("denied", text)
            sent[name] = value
        if credential not in self._settings.credentials:
            raise Refused("no-credential")
        name, value = self._settings.credentials[credential]
        return sent | {name: value}

    def _body(self, answer: http.client.HTTPResponse, connection, end: float) -> bytes:
        stated = ",".join(answer.headers.get_all("content-encoding", []))
        codings = [name.strip().lower() for name in stated.split(",")]
        codings = [name for name in codings if name not in ("", "identity")]
        if codings not in ([], ["gzip"], ["x-gzip"]):
            raise Refused("other", "the body has a coding that was not asked for")
        unpack = Gunzip() if codings else None
        body = bytearray()
        cap = self._settings.max_body
        while piece := answer.read1(PIECE):
            if time.monotonic() > end:
                raise TimeoutError
            # One byte more than allowed shows that there is more.
            body += unpack.unpacked(piece, cap - len(body) + 1) if unpack else piece
            if len(body) > cap:
                raise Refused("body-too-large", cap)
        if answer.length or (unpack and not unpack.is_whole):
            raise Refused("connection", "the answer ended too early")
        return bytes(body)


class Gunzip:
    """Unpacks a gzip body of any number of members (RFC 1952), piece by piece."""

    def __init__(self):
        self._member = None

    @property
    def is_whole(self) -> bool:
        return self._member is None or self._member.eof

    def unpacked(self, piece: bytes, most: int) -> bytes:
        """At most so many bytes; what is beyond them is lost."""
        unpacked = bytearray()
        while piece and len(unpacked) < most:
            if self.is_whole:
                self._member = zlib.decompressobj(31)
            unpacked += self._member.decompress(piece, most - len(unpacked))
            piece = self._member.unused_data
        return bytes(unpacked)


def is_plain(segment: str) -> bool:
    """Whether every server reads the same in a segment, whatever form of Unicode it takes."""
    try:
        text = unicodedata.normalize("NFKC", unquote(segment, errors="strict"))
    except UnicodeDecodeError:
        return False
    hidden = any(c in "/\\%;?#" or unicodedata.category(c) in ("Cc", "Cf") for c in text)
    return not hidden and text.strip(" .") != "" and text.count(".") == segment.count(".")


def sorted_out(error: Exception, address: str) -> Refused:
    """The contract's case. The texts are ours: a library's may repeat the URL."""
    if isinstance(error, TimeoutError):
        return Refused("timeout")
    if isinstance(error, ssl.SSLCertVerificationError):
        return Refused("denied", "the server's certificate does not hold")
    if isinstance(error, socket.gaierror):
        return Refused("connection", f"the provider's name does not resolve ({address})")
    text = f"no connection, or one that broke ({type(error).__name__}, {address})"
    return Refused("connection", text)

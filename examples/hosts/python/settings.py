"""What the environment says of a tenant: where its provider is, and its secrets."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from urllib.parse import urlsplit


class UsageError(Exception):
    """A wrong option or variable: exit code 2. The text says what to do and holds no secret."""


@dataclass
class Settings:
    """One tenant: where it is, by credential the header that carries its secret, and limits."""

    base_url: str
    timeout: int
    max_body: int
    credentials: dict[str, tuple[str, str]] = field(default_factory=dict, repr=False)


def from_environment(descriptor: dict, environment: Mapping[str, str], options) -> Settings:
    def variable(name: str) -> str:
        return f"{descriptor['name']}_{name}".upper().replace("-", "_")

    def value(name: str) -> str:
        return environment.get(name, "").strip()

    own = variable("base-url")
    described = [place["url"] for place in descriptor["base_urls"]]
    text = value(own) or (described[0] if described else "")
    base_url = checked_base_url(text, own)
    trusted = any(origin(url) == origin(base_url) for url in described)
    if not (trusted or options.trust_base_url or is_loopback(base_url)):
        raise UsageError(
            f"{own} is none of {', '.join(described)}: "
            "add --trust-base-url if its operator may have the key"
        )
    settings = Settings(base_url, options.timeout, options.max_body)
    for credential in descriptor["credentials"]:
        names = [variable(scheme["name"]) for scheme in credential["schemes"]]
        held = [pair for pair in zip(credential["schemes"], names) if value(pair[1])]
        if held:
            scheme, name = held[0]
            if re.fullmatch("""(["'`]).*\\1""", value(name)):
                raise UsageError(f"{name} is in quotes: leave them out")
            if not re.fullmatch("[!-~]+", value(name)):
                raise UsageError(
                    f"{name} holds a space, a line break or another character "
                    "that no key has: copy it again"
                )
            header = (scheme["header"].lower(), scheme["prefix"] + value(name))
            settings.credentials[credential["name"]] = header
        elif credential["required"]:
            raise UsageError(f"no key: set {' or '.join(names)}")
    return settings


def checked_base_url(text: str, source: str) -> str:
    plain = re.fullmatch(r"(https?)://([a-z0-9.-]+|\[[0-9a-f:]+\])(:\d{1,5})?(/[\w.~/-]*)?", text, re.ASCII)
    path = urlsplit(text).path if plain else ""
    dotted = any(segment in (".", "..", "") for segment in path.strip("/").split("/")) and path.strip("/")
    if not plain or dotted or (plain[1] == "http" and not is_loopback(text)):
        raise UsageError(
            f"{source} has to be https, or http to this machine, in lower case, "
            "without user name, query or fragment"
        )
    return text.rstrip("/")


def origin(url: str) -> tuple:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or {"https": 443, "http": 80}[parts.scheme]


def is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False

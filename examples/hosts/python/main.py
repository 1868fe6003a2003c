"""Reads a tenant with a component of the contract and writes its NDJSON to standard output.

    python main.py COMPONENT.wasm [--include TYPE[:grants]]... [--retries N] [--timeout SECONDS]
                   [--max-body BYTES] [--trust-base-url]

Keys and the base URL are taken from the environment, by the names of the connector's description:
CONNECTOR_SCHEME and CONNECTOR_BASE_URL in capitals. Reading order: this file, settings, connector,
http_client, sync with plan, page and retry, result, close with conflict and members, records.
"""

import argparse
import os
import sys

from connector import load
from settings import UsageError, from_environment
from sync import SyncFailed, sync


def main() -> int:
    options = asked()
    loaded = load(options.component)
    settings = from_environment(loaded.descriptor, os.environ, options)
    lines, complete = sync(loaded.open(settings), options.include, options.retries)
    sys.stdout.buffer.write("".join(f"{line}\n" for line in lines).encode())
    return 0 if complete else 3


def asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Reads a tenant with a component of the contract.")
    parser.add_argument("component")
    parser.add_argument("--include", action="append", default=[], metavar="TYPE[:grants]")
    parser.add_argument("--retries", type=number(0), default=5)
    parser.add_argument("--timeout", type=number(1), default=90, metavar="SECONDS")
    parser.add_argument("--max-body", type=number(1), default=64 << 20, metavar="BYTES")
    parser.add_argument("--trust-base-url", action="store_true")
    return parser.parse_args()


def number(least: int):
    def whole(text: str) -> int:
        if not text.isdecimal() or int(text) < least:
            raise argparse.ArgumentTypeError(f"it is a whole number from {least} on")
        return int(text)

    return whole


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (UsageError, SyncFailed) as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(2 if isinstance(error, UsageError) else 1)

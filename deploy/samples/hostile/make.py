#!/usr/bin/env python3
"""Writes the hostile payloads that are too big or too odd to lie here as files. Usage: make.py FOLDER

Together with the files beside this one they are all that expectations.json names:
  {"FILE": {"code": the reason code or a list of those allowed, "accepted" if it is well-formed,
            "pointer"/"pointers"/"keyword"/"header": what the answer must name, "generated": made by this script,
            "headers": Kafka headers (null: a header without a value), "key", "tombstone": send no value at all,
            "after": the file that must have been accepted before}}
Standard library only; the same bytes on every machine.
"""

import json
import pathlib
import random
import sys

LIMIT = 256 << 10  # bytes of an item


def item(number, body):
    data = {"ticket": "T-1001", "subject": "Export stops", "body": body, "channel": "web"}
    return json.dumps(
        {"workflow": "ticket-summary", "source": "support-desk", "id": f"h-{number}", "data": data}
    ).encode()


def with_bytes(number, odd):
    """An item whose body holds these bytes instead of the mark."""
    return item(number, "before MARK after").replace(b"MARK", odd)


def payloads():
    dice = random.Random(4711)
    just_over = item(70, "")
    return {
        "truncated-utf8.json": with_bytes(60, "Bestätigung".encode()[:5])[:-40] + "ä".encode()[:1],
        "overlong-utf8.json": with_bytes(61, b"\xc0\xaf"),
        "surrogate-utf8.json": with_bytes(62, b"\xed\xa0\x80"),
        "latin-1.json": with_bytes(63, "Müller".encode("latin-1")),
        "nul-bytes.json": with_bytes(64, b"\x00\x00\x00"),
        "deep-arrays.json": b"[" * 10_000 + b"]" * 10_000,
        "deep-objects.json": b'{"a":' * 10_000 + b"0" + b"}" * 10_000,
        "big-900k.json": item(65, "The export stops. " * 50_000),
        "just-over-limit.json": item(70, "x" * (LIMIT + 1 - len(just_over))),
        "random-4k.bin": dice.randbytes(4096),
        "random-64k.bin": dice.randbytes(65536),
        "empty.bin": b"",
        "white-space.bin": b" \n\t ",
        "tombstone.bin": b"",
    }


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in payloads().items():
        (folder / name).write_bytes(content)
    print(f"{len(payloads())} payloads in {folder}")

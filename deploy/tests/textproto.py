"""Reads protobuf's text format (protobuf.dev/reference/protobuf/textformat-spec) without knowing the message's type.

A message is a list of (field, value) in the order of the text, a repeated field as often as it stands there. A value is
`bytes` for a quoted string, `str` for a number or name as written, or again a list for a message.
"""

import re

_TOKEN = re.compile(r"""
    (?P<space>\s+|\#[^\n]*)
  | (?P<text>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')
  | (?P<word>[A-Za-z0-9_.+-]+|\[[A-Za-z0-9_./-]+\])
  | (?P<mark>[{}:<>\[\],;])""", re.X | re.S)
_ESCAPE = re.compile(rb"\\(?:([0-7]{1,3})|[xX]([0-9a-fA-F]{1,2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(.))", re.S)
_LETTERS = dict(zip(b"abfnrtv", b"\a\b\f\n\r\t\v"))


def _unescape(match):
    octal, pair, four, eight, letter = match.groups()
    if octal:
        return bytes([int(octal, 8) & 0xFF])
    if pair:
        return bytes([int(pair, 16)])
    if letter:
        return bytes([_LETTERS.get(letter[0], letter[0])])
    return chr(int(four or eight, 16)).encode("utf-8")


def _tokens(text):
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if not match:
            raise ValueError(f"no text format at {text[at:at + 40]!r}")
        at = match.end()
        if match.lastgroup != "space":
            yield match.lastgroup, match[0]
    yield "end", ""


class _Reader:
    def __init__(self, text):
        self.tokens = list(_tokens(text))
        self.at = 0

    def takes(self, mark):
        found = self.tokens[self.at] == ("mark", mark)
        self.at += found
        return found

    def message(self, end):
        fields = []
        while self.tokens[self.at] != end:
            kind, name = self.tokens[self.at]
            if kind != "word":
                raise ValueError(f"found {name!r} where a field is expected")
            self.at += 1
            self.takes(":")
            if self.takes("["):
                while not self.takes("]"):
                    fields.append((name, self.value()))
                    self.takes(",")
            else:
                fields.append((name, self.value()))
            if not self.takes(","):
                self.takes(";")
        self.at += 1
        return fields

    def value(self):
        for opening, closing in ("{}", "<>"):
            if self.takes(opening):
                return self.message(("mark", closing))
        kind, word = self.tokens[self.at]
        if kind not in ("word", "text"):
            raise ValueError(f"found {word!r} where a value is expected")
        self.at += 1
        if kind == "word":
            return word
        parts = [word]
        while self.tokens[self.at][0] == "text":
            parts.append(self.tokens[self.at][1])
            self.at += 1
        return b"".join(_ESCAPE.sub(_unescape, part[1:-1].encode("utf-8")) for part in parts)


def parse(text):
    return _Reader(text).message(("end", ""))


def fields(message, name):
    return [value for field, value in message if field == name]


def field(message, name, default=None):
    """The last one counts, as protobuf has it."""
    return (fields(message, name) or [default])[-1]

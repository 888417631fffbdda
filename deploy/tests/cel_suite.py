#!/usr/bin/env python3
"""Runs cel-spec's simple conformance tests against a batch evaluator.

    cel_suite.py FOLDER COMMAND [ARGUMENT ...]

FOLDER holds cel-spec's .textproto files of tests/simple/testdata. COMMAND reads lines {"expr", "data": {name: Value}} and
answers each with a line {"value": Value} or {"error": "..."}, Value being cel.expr.Value in ProtoJSON. Of the files below
every test is run whose expression, data and result need no protobuf message other than Timestamp and Duration; what is
left out is counted. Prints a line for each file and each failure, at the end `N passed, N failed`. Exits with 1 on any
failure, with 2 if the folder or the command is amiss.
"""

import base64
import datetime
import json
import math
import pathlib
import re
import subprocess
import sys

from textproto import field, fields, parse

FILES = ("basic comparisons conversions fields fp_math integer_math lists logic macros parse plumbing string timestamps "
         "string_ext").split()
# A literal of a message type in an expression: its name and a brace, perhaps with spaces and comments between.
MESSAGE = re.compile(r"TestAllTypes|google\s*\.\s*protobuf\s*\.\s*\w+\s*\{")
EPOCH = datetime.datetime(1970, 1, 1)


class NeedsMessage(Exception):
    """The test is about protobuf messages."""


def decimal(number):
    """A double as the text format writes it, as ProtoJSON does."""
    value = float(number.rstrip("fF") if not number.lower().endswith("inf") else number)
    return value if math.isfinite(value) else "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"


def well_known(message):
    (kind, body), = message
    name = kind.strip("[]")
    nanoseconds = int(field(body, "seconds", "0")) * 10**9 + int(field(body, "nanos", "0"))
    seconds, rest = divmod(nanoseconds, 10**9)
    if name.endswith(".Timestamp"):
        text = (EPOCH + datetime.timedelta(seconds=seconds)).isoformat() + (f".{rest:09d}" if rest else "") + "Z"
    elif name.endswith(".Duration"):
        sign = "-" if nanoseconds < 0 else ""
        text = f"{sign}{abs(nanoseconds) // 10**9}.{abs(nanoseconds) % 10**9:09d}s"
    else:
        raise NeedsMessage(name)
    return {"objectValue": {"@type": name, "value": text}}


def protojson(message):
    """cel.expr.Value, from the text format's to JSON's form."""
    (kind, value), = message
    if kind == "null_value":
        return {"nullValue": None}
    if kind == "bool_value":
        return {"boolValue": value == "true"}
    if kind in ("int64_value", "uint64_value"):
        return {kind.replace("_value", "Value"): str(int(value, 0))}
    if kind == "double_value":
        return {"doubleValue": decimal(value)}
    if kind in ("string_value", "type_value"):
        return {kind.replace("_value", "Value"): value.decode("utf-8")}
    if kind == "bytes_value":
        return {"bytesValue": base64.b64encode(value).decode("ascii")}
    if kind == "list_value":
        return {"listValue": {"values": [protojson(element) for element in fields(value, "values")]}}
    if kind == "map_value":
        return {"mapValue": {"entries": [
            {"key": protojson(field(entry, "key")), "value": protojson(field(entry, "value"))}
            for entry in fields(value, "entries")]}}
    if kind == "object_value":
        return well_known(value)
    raise NeedsMessage(kind)


def comparable(value):
    """Equal for equal values: maps without order, zeros with their sign, NaN as itself, fractions without end zeros."""
    (kind, content), = value.items()
    if kind == "doubleValue":
        number = float(str(content).replace("Infinity", "inf"))
        return kind, repr(number)
    if kind in ("int64Value", "uint64Value"):
        return kind, int(content)
    if kind == "listValue":
        return kind, tuple(comparable(element) for element in content.get("values", []))
    if kind == "mapValue":
        pairs = content.get("entries", [])
        return kind, len(pairs), frozenset((comparable(pair["key"]), comparable(pair["value"])) for pair in pairs)
    if kind == "objectValue":
        return content["@type"], re.sub(r"\.?0*([sZ])$", r"\1", content["value"]) if "." in content["value"] else content["value"]
    return kind, content


def expectation(test):
    """The value in ProtoJSON, or "error"."""
    if field(test, "eval_error") is not None or field(test, "any_eval_errors") is not None:
        return "error"
    typed = field(test, "typed_result")
    value = field(test, "value") or (typed is not None and field(typed, "result"))
    return protojson(value) if value else {"boolValue": True}


def request(test):
    expression = field(test, "expr", b"").decode("utf-8")
    if MESSAGE.search(expression):
        raise NeedsMessage(expression)
    data = {}
    for binding in fields(test, "bindings"):
        data[field(binding, "key").decode("utf-8")] = protojson(field(field(binding, "value"), "value"))
    return {"expr": expression, "data": data}


def run_file(path, command):
    """Prints failures; gives (passed, failed)."""
    cases, left_out = [], 0
    for section in fields(parse(path.read_text(encoding="utf-8")), "section"):
        for test in fields(section, "test"):
            name = b"/".join(field(message, "name", b"") for message in (section, test)).decode("utf-8")
            try:
                cases.append((name, request(test), expectation(test)))
            except NeedsMessage:
                left_out += 1
    lines = "".join(json.dumps(question, ensure_ascii=False) + "\n" for _, question, _ in cases)
    run = subprocess.run(command, input=lines.encode("utf-8"), stdout=subprocess.PIPE)
    answers = run.stdout.decode("utf-8").split("\n")[:-1]
    if run.returncode != 0 or len(answers) != len(cases):
        print(f"{path.name}: exit code {run.returncode}, {len(answers)} answers to {len(cases)} lines", file=sys.stderr)
        sys.exit(2)
    passed = 0
    for (name, question, wanted), line in zip(cases, answers):
        answer = json.loads(line)
        if wanted == "error":
            good = "error" in answer
        else:
            good = "value" in answer and comparable(answer["value"]) == comparable(wanted)
        passed += good
        if not good:
            print(f"  {path.stem} {name}: {question['expr']}: expected {json.dumps(wanted)}, got {line[:300]}")
    print(f"{path.stem}: {passed} of {len(cases)} passed, {left_out} need a protobuf message")
    return passed, len(cases) - passed


def main():
    if len(sys.argv) < 3:
        print(__doc__, file=sys.stderr)
        return 2
    folder = pathlib.Path(sys.argv[1])
    missing = [name for name in FILES if not (folder / f"{name}.textproto").is_file()]
    if missing:
        print(f"not in {folder}: {', '.join(missing)}", file=sys.stderr)
        return 2
    counts = [run_file(folder / f"{name}.textproto", sys.argv[2:]) for name in FILES]
    passed, failed = (sum(count[index] for count in counts) for index in (0, 1))
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())

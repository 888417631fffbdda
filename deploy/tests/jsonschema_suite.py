#!/usr/bin/env python3
"""Runs the official JSON Schema test suite for draft 2020-12 against a batch checker.

    jsonschema_suite.py SUITE COMMAND [ARGUMENT ...]

SUITE is the unpacked suite, the folder with `tests` and `remotes` (in the source archive of PyPI's jsonschema it is
`json`). COMMAND reads lines {"schema": ..., "instance": ...} and answers each with a line {"valid": ...} or
{"error": ...}; it is started with `--remotes SUITE/remotes` after its arguments. Every test of every file directly in
tests/draft2020-12 is run, so all that the draft requires; those in `optional` are not. Prints a line for each file and
each failure, at the end `N passed, N failed`. Exits with 1 on any failure, with 2 if the suite or the command is amiss.
"""

import json
import pathlib
import subprocess
import sys


def tests(folder):
    """Yields (file name, name of the test, request, whether it is valid)."""
    for path in sorted(folder.glob("*.json")):
        for group in json.loads(path.read_text(encoding="utf-8")):
            for test in group["tests"]:
                request = {"schema": group["schema"], "instance": test["data"]}
                yield path.name, f'{group["description"]}: {test["description"]}', request, test["valid"]


def main():
    if len(sys.argv) < 3:
        print(__doc__, file=sys.stderr)
        return 2
    suite = pathlib.Path(sys.argv[1])
    cases = list(tests(suite / "tests" / "draft2020-12"))
    if not cases:
        print(f"no tests in {suite}", file=sys.stderr)
        return 2
    lines = "".join(json.dumps(request, ensure_ascii=False) + "\n" for _, _, request, _ in cases)
    run = subprocess.run(
        [*sys.argv[2:], "--remotes", str(suite / "remotes")], input=lines.encode("utf-8"), stdout=subprocess.PIPE)
    answers = run.stdout.decode("utf-8").split("\n")[:-1]
    if run.returncode != 0 or len(answers) != len(cases):
        print(f"exit code {run.returncode}, {len(answers)} answers to {len(cases)} lines", file=sys.stderr)
        return 2

    counts = {}
    for (name, title, _, valid), answer in zip(cases, answers):
        passed = json.loads(answer).get("valid") is valid
        counts.setdefault(name, [0, 0])[0 if passed else 1] += 1
        if not passed:
            print(f"  {name}: {title}: expected valid={valid}, got {answer[:300]}")
    for name, (passed, failed) in counts.items():
        print(f"{name}: {passed} passed, {failed} failed")
    passed, failed = (sum(count[index] for count in counts.values()) for index in (0, 1))
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""Fuzzes parser, checker, evaluator and the loader of policies, each in a process of its own.

    fuzz.py PROGRAM WORKFLOWS FOLDER [SECONDS [SEED]]

PROGRAM is countersign-fuzz, WORKFLOWS the folder of the shipped workflows, FOLDER for what is kept. A process that ends by a
trap, over a wrong answer, over an input that takes too long or by growing fails; the input is printed and kept, with the
command that tries it again. Runs two at a time. Prints what each tried and its resident memory, at the end
`N passed, N failed`.
"""

import concurrent.futures
import pathlib
import subprocess
import sys

TARGETS = ("parser", "checker", "evaluator", "policies")


def run(program, workflows, folder, target, seconds, seed):
    keep = folder / f"{target}.kept"
    command = [program, target, "--workflows", workflows, "--keep", str(keep)]
    try:
        done = subprocess.run([*command, "--seconds", seconds, "--seed", seed], capture_output=True,
                              timeout=float(seconds) * 3 + 120, env={"SWIFT_BACKTRACE": "enable=no"})
        status, said = done.returncode, done.stdout + done.stderr[-2000:]
    except subprocess.TimeoutExpired as late:
        status, said = "no end", (late.stdout or b"") + (late.stderr or b"")
    text = said.decode("utf-8", "replace").strip()
    if status == 0:
        return True, text
    kept = keep.read_bytes()
    size = int.from_bytes(kept[:8], "little")
    path = folder / f"{target}.input"
    path.write_bytes(kept[8:8 + size])
    reason = {7: "it takes too long"}.get(status, f"ended with {status}")
    shown = kept[8:8 + size][:3000].decode("utf-8", "replace")
    return False, f"{text}\n{target}: {reason}, seed {seed}, over this input of {size} bytes:\n{shown}\n" \
                  f"try it again: {' '.join(command)} --input {path}"


def main():
    if len(sys.argv) < 4:
        print(__doc__, file=sys.stderr)
        return 2
    program, workflows, folder = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3])
    seconds, seed = (sys.argv[4:] + ["10", "20261124"][len(sys.argv[4:]):])[:2]
    folder.mkdir(parents=True, exist_ok=True)
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        results = list(pool.map(lambda target: run(program, workflows, folder, target, seconds, seed), TARGETS))
    for _, text in results:
        print(text)
    failed = sum(not good for good, _ in results)
    print(f"{len(results) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

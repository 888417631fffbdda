#!/usr/bin/env python3
"""The article's rules by CEL implementations from PyPI, on the cases of countersign-rules: rate and checksum for each.

    rules.py CASES
"""

import sys
import time

RULES = (
    ("blocked", 4), ('personal > 0 && confidence >= 0.75 && risk in ["low", "medium"]', 2),
    ('confidence >= 0.92 && risk == "low"', 1), ('confidence >= 0.75 && risk in ["low", "medium"]', 2))
RISKS = ("low", "medium", "high", "critical")


def case(number):
    return {"confidence": (number * 7919) % 1_000_003 / 1_000_003, "risk": RISKS[number % 4],
            "personal": 1 if number % 5 == 0 else 0, "blocked": number % 17 == 0}


def measure(name, cases, compiled, holds):
    total = 0
    began = time.perf_counter()
    for index, one in enumerate(cases):
        number = next((number for program, number in compiled if holds(program, one)), 3)
        total = (total * 31 + number * (index + 1)) & 0xFFFFFFFF
    rate = len(cases) / (time.perf_counter() - began)
    print(f"{name} conditions: {rate:.0f} a second, checksum {total:x}")


def main():
    cases = [case(number) for number in range(int(sys.argv[1]))]
    import cel
    measure("common-expression-language", cases, [(cel.compile(rule), number) for rule, number in RULES],
            lambda program, one: program.execute(one))
    import celpy
    environment = celpy.Environment()
    compiled = [(environment.program(environment.compile(rule)), number) for rule, number in RULES]
    converted = [{name: celpy.json_to_cel(value) for name, value in one.items()} for one in cases]
    measure("cel-python", converted, compiled, lambda program, one: bool(program.evaluate(one)))


main()

#!/usr/bin/env python3
"""Makes the KPIs anew from audit's export alone, with nothing but Python's standard library.

    recompute.py http://127.0.0.1:7105 --from 2026-11-01 --to 2026-11-28 --by workflow
    recompute.py cases.jsonl --at 1795000000000000 --to 2026-11-28 --json
    recompute.py cases.jsonl --answer kpis.json       # beside an answer that was kept
    recompute.py http://127.0.0.1:7105 --compare      # beside GET /v1/kpis; exits 1 where they differ

The export (`GET /v1/export`) has one case a line: its facts, its moments in microseconds, who saw and who decided it, what was
found out afterwards. What each figure means stands in audit's own answer (`definitions`) and in deploy/docs/kpis.md; what is
written here follows those words and not audit's source. Quantiles are those of audit's buckets (1 %); `exact` beside them is
the plain Kaplan-Meier estimate.
"""
import argparse
import bisect
import datetime
import json
import math
import sys
import time
import urllib.parse
import urllib.request

DAY = 86_400_000_000
EFFECTS = ("executed", "effect_unknown")
STOPS = ("rejected", "blocked", "decided_otherwise")
DIMENSIONS = ("workflow", "risk", "route", "model", "prompt", "bundle", "tier", "reason")
Z = 1.959963984540054
SEED, RESAMPLES = 0x5EED_2026, 2_000
FEWEST_PAIRS = 50
GAMMA = (1 + 0.01) / (1 - 0.01)
EDGES = [1_000.0]
while EDGES[-1] < 400 * 86_400e6:
    EDGES.append(EDGES[-1] * GAMMA)


# --- what one case amounts to

WIDTHS, SLOTS = (1, 16, 256, 4096), 1024


def open_age(since, now):
    """How old what is still open counts as, in microseconds: up to the end of the second in which it began, and where it is older of the
    16, 256 or 4,096 seconds. At least so old, and less than a sixty-fourth or a second more."""
    second = max(0, since) // 1_000_000
    for width, following in zip(WIDTHS, WIDTHS[1:] + (0,)):
        start = max(0, now // 1_000_000 - SLOTS * width) // following * following if following else 0
        if second >= start:
            return max(0, now - (second // width + 1) * width * 1_000_000)
    raise AssertionError("time begins at 0")


class Case:
    def __init__(self, line, now):
        m = line["moments"]
        self.line, self.m = line, m
        self.is_admitted = "ingested" in m
        self.end = line["ended"]
        if not self.is_admitted:
            return
        self.is_open = self.end is None
        self.age = open_age(m["ingested"], now) if self.is_open else max(0, self.end - m["ingested"])
        self.day = (now if self.is_open else self.end) // DAY
        self.tier = max([k for k in range(2, 9) if f"tier{k}" in m], default=1) if "asked" in m else 0
        self.paged = None
        if "raised" in m:
            resolved = m.get("resolved", -1)
            if not self.is_open:
                self.paged = (resolved if resolved >= m["raised"] else self.end) - m["raised"]
            elif resolved < m["raised"]:
                self.paged = open_age(m["raised"], now)
        if not self.is_open:
            self.judge()

    def judge(self):
        line, m, outcome = self.line, self.m, self.line["outcome"]
        alone = "permitted" not in m and "permittedAlone" in m

        def before(name):
            return name in m and not alone and m[name] <= m.get("permitted", self.end)
        self.is_effect = outcome in EFFECTS
        self.before = before("decided")
        self.seen = self.before and any(line["seen"].get(who, math.inf) <= when for who, when in line["deciders"].items())
        self.edited = before("edited")
        self.stopped = self.before and (self.edited or outcome in STOPS)
        self.overridden = "waived" in m or self.edited or before("rejected") or before("escalated")
        self.terminal = self.is_effect or outcome == "advisory" or (outcome in STOPS and self.before)
        self.chain()

    def chain(self):
        """Which transitions it owed by its outcome and by its route, and how many are on record; admission and end are."""
        m, outcome = self.m, self.line["outcome"]
        taken, judged, permitted = ("requested", "asked"), ("judged", "asked"), ("permitted", "permittedAlone")
        due = {
            "withdrawn": [taken], "expired": [taken], "advisory": [taken] + ([] if "asked" in m else [("proposed",)]),
            "executed": [taken, judged, permitted, ("effect",)], "decided_otherwise": [taken, judged, permitted, ("effect",)],
            "effect_unknown": [taken, judged, permitted], "blocked": [("asked",), ("decided",)],
            "rejected": [("asked",)] + ([] if self.line["requester_silent"] else [("decided",)]),
        }.get(outcome, [])
        due += [names for name, names in (("asked", ("opened",)), ("permitted", ("decided",)), ("permittedAlone", ("judged",))) if name in m]
        records = self.line["decisions"].values()
        self.chain_due = 2 + len(due) + 3 * max(records)
        self.chain_seen = 2 + sum(any(name in m for name in names) for names in due) + sum(records)

    def value(self, dimension):
        if dimension == "tier":
            return str(self.tier)
        text = self.line.get(dimension)
        return "none" if text is None else "".join(each for each in text if each >= " ")

    def drawn(self):
        """How it came to be adjudicated: the probability to be looked at, and then to be chosen. None where it was not."""
        if self.line["truth"] is None or not self.line["share"]:
            return None
        chosen = self.line["share"] / 1000
        parts = self.line["draw"].split(" ")
        if parts == ["none"]:
            return 1.0, chosen
        looked = float(parts[1]) if len(parts) == 2 else 0
        return (looked, chosen) if 0 < looked <= 1 else None


# --- estimators

def wilson(hits, n):
    if n == 0:
        return None, None, None
    p, square = hits / n, Z * Z
    centre = (p + square / (2 * n)) / (1 + square / n)
    half = Z / (1 + square / n) * math.sqrt(p * (1 - p) / n + square / (4 * n * n))
    return p, 0.0 if hits == 0 else max(0, centre - half), 1.0 if hits == n else min(1, centre + half)


def splitmix(seed):
    mask = (1 << 64) - 1
    while True:
        seed = (seed + 0x9E3779B97F4A7C15) & mask
        z = seed
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & mask
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & mask
        yield z ^ (z >> 31)


def weighted(items):
    """`items`: (weight, part) of each case. The share, its bootstrap interval, and for how many they stand."""
    sums = {}
    for item in items:
        sums[item] = sums.get(item, 0) + 1
    groups = sorted(sums.items())
    n = len(items)
    if n == 0:
        return None, None, None, 0.0
    total = 0.0
    hits = 0.0
    squares = 0.0
    for (weight, part), count in groups:
        total += weight * count
        hits += part * count
        squares += weight * weight * count
    estimate = hits / total
    some = sum(count for (_, part), count in groups if part > 0)
    few = max(1, int(total * total / squares))
    if some == 0:
        return estimate, 0.0, 1 - 0.05 ** (1 / few), total
    if some == n:
        return estimate, estimate * 0.05 ** (1 / few), estimate, total
    place = [index for index, (_, count) in enumerate(groups) for _ in range(count)]
    numbers = splitmix(SEED)
    shares = []
    for _ in range(RESAMPLES):
        drawn = [0] * len(groups)
        for _ in range(n):
            drawn[place[((next(numbers) >> 32) * n) >> 32]] += 1
        a = b = 0.0
        for ((weight, part), _), times in zip(groups, drawn):
            b += weight * times
            a += part * times
        shares.append(a / b)
    shares.sort()
    low = RESAMPLES * 25 // 1000
    return estimate, shares[low - 1], shares[RESAMPLES - low], total


def agreement(both, differing, neither):
    """Kappa (Scott's pi), AC1, positive and negative agreement of pairs of whom neither is the first; None where not defined."""
    n = both + differing + neither
    if n == 0:
        return dict(kappa=None, ac1=None, positive=None, negative=None)
    raw, p = (both + neither) / n, (2 * both + differing) / (2 * n)
    by_kappa, by_ac1 = p * p + (1 - p) * (1 - p), 2 * p * (1 - p)
    return dict(
        kappa=None if both + differing == 0 or neither + differing == 0 else (raw - by_kappa) / (1 - by_kappa),
        ac1=(raw - by_ac1) / (1 - by_ac1),
        positive=2 * both / (2 * both + differing) if both + differing else None,
        negative=2 * neither / (2 * neither + differing) if neither + differing else None)


def agreement_interval(measure, both, differing, neither):
    n, numbers, values = both + differing + neither, splitmix(SEED), []
    if n < FEWEST_PAIRS or differing == 0 or agreement(both, differing, neither)[measure] is None:
        return None, None
    for _ in range(RESAMPLES):
        places = [((next(numbers) >> 32) * n) >> 32 for _ in range(n)]
        a = sum(place < both for place in places)
        b = sum(both <= place < both + differing for place in places)
        value = agreement(a, b, n - a - b)[measure]
        if value is not None:
            values.append(value)
    if not values:
        return None, None
    values.sort()
    low = max(1, len(values) * 25 // 1000)
    return values[low - 1], values[len(values) - low]


def bucket(value):
    return min(bisect.bisect_left(EDGES, float(max(0, value))), len(EDGES) - 1)


def middle(number):
    return EDGES[0] if number <= 0 else EDGES[number] * 2 / (GAMMA + 1)


def quantile(ended, still, q, place=bucket, value=middle):
    """Kaplan and Meier; of one moment ends come before those that are still open."""
    times = {}
    for kind, durations in ((0, ended), (1, still)):
        for duration in durations:
            times.setdefault(place(duration), [0, 0])[kind] += 1
    risk, surviving = len(ended) + len(still), 1.0
    for moment in sorted(times):
        ends, opens = times[moment]
        if ends:
            surviving *= (risk - ends) / risk
            if surviving <= 1 - q + 1e-12:
                return value(moment)
        risk -= ends + opens
    return None


def bound(ended, still, q):
    """The smallest order statistic that exceeds the quantile with 95 %; those still open are endless."""
    n = len(ended) + len(still)
    if n == 0 or q ** n > 0.05:
        return None
    # P(Binomial(n, q) <= k - 1), summed up from above.
    above, k, term = 0.0, n + 1, n * math.log(q)
    while k > 1:
        next_above = above + math.exp(term)
        if next_above > 0.05:
            break
        above, k = next_above, k - 1
        term += math.log(k) - math.log(n - k + 1) + math.log(1 - q) - math.log(q)
    ordered = sorted(bucket(value) for value in ended)
    return middle(ordered[k - 1]) if k <= len(ordered) else None


# --- the figures of a group of cases

def figures(cases, today):
    ended = [case for case in cases if not case.is_open]
    still = [case for case in cases if case.is_open]
    terminal = [case for case in ended if case.terminal]
    found = {}

    def share(name, hits, n, **more):
        estimate, low, high = wilson(hits, n)
        found[name] = dict(n=n, estimate=estimate, low=low, high=high, hits=hits, **more)

    def durations(prefix, done, waiting):
        for q, name in ((0.5, "p50"), (0.95, "p95")):
            value, high = quantile(done, waiting, q), bound(done, waiting, q)
            found[f"{prefix}_{name}"] = dict(
                n=len(done) + len(waiting), estimate=None if value is None else value / 1e6, low=None,
                high=None if high is None else high / 1e6, open=len(waiting),
                exact=quantile(done, waiting, q, place=lambda x: x, value=lambda x: x / 1e6))
    durations("latency", [case.age for case in ended], [case.age for case in still])
    left_out = len(ended) - len(terminal)
    share("human_verification_rate", sum(case.seen for case in terminal), len(terminal), excluded=left_out,
          unseen=sum(case.before and not case.seen for case in terminal))
    share("post_action_audit_rate", sum("decided" in case.m and not case.before for case in terminal), len(terminal), excluded=left_out)
    share("override_rate", sum(case.overridden for case in terminal), len(terminal), excluded=left_out)

    system, review, coverage, alarms, defects = [], [], [], [], []
    labels = errors = 0
    for case in ended:
        drawn = case.drawn()
        if drawn is None:
            continue
        labels += 1
        if not case.terminal:
            continue
        each, whole = 1 / drawn[1], 1 / (drawn[1] * drawn[0])
        wrong = case.line["truth"] == "wrong"
        if wrong:
            errors += 1
            system.append((whole, each if case.stopped else 0.0))
            coverage.append((whole, each if case.before else 0.0))
            if case.before:
                review.append((each, each if case.stopped else 0.0))
        elif case.before:
            alarms.append((each, each if case.stopped else 0.0))
        if case.is_effect and not case.edited:
            defects.append((whole, whole if wrong else 0.0))
    for name, items in (("error_catch_rate", system), ("error_catch_rate_review", review), ("error_coverage", coverage),
                        ("false_alarm_rate", alarms), ("post_action_defect_rate", defects)):
        estimate, low, high, total = weighted(items)
        found[name] = dict(n=len(items), estimate=estimate, low=low, high=high, labels=labels, stands_for=total)
    judged = [case for case in ended if case.line.get("adjudicators")]
    differing = sum(case.line["adjudicators"] == 3 for case in judged)
    both = sum(case.line["adjudicators"] == 2 and case.line["truth"] == "wrong" for case in judged)
    neither = len(judged) - differing - both
    share("agreement", both + neither, len(judged))
    for measure, value in agreement(both, differing, neither).items():
        low, high = agreement_interval(measure, both, differing, neither)
        found[f"agreement_{measure}"] = dict(n=len(judged), estimate=value, low=low, high=high)
    for window in (0, 7, 30, 90):
        old = [case for case in ended if case.is_effect and case.day + window <= today]
        share(f"reported_defect_rate_{window}" if window else "reported_defect_rate", sum(bool(case.line["defects"]) for case in old), len(old))
    durations("escalation", [case.paged for case in ended if case.paged is not None],
              [case.paged for case in still if case.paged is not None])
    told = {name: sum(case.line["fields"][name] for case in ended) for name in ("required", "absent", "empty", "unexplained", "records", "whole")}
    share("audit_completeness_fields", told["required"] - told["absent"] - told["empty"] - told["unexplained"], told["required"],
          empty=told["empty"], unexplained=told["unexplained"])
    share("audit_completeness_records", told["whole"], told["records"])
    share("audit_completeness_chain", sum(case.chain_seen for case in ended), sum(case.chain_due for case in ended))
    return dict(ended=len(ended), open=len(still), kpis=found)


def groups(lines, first, last, now, by, only):
    """The figures of cases that ended on the days from `first` to `last`, and of those open now, in parts."""
    parts = {}
    by_reason = "reason" in by or any(name == "reason" for name, _ in only)
    for line in lines:
        case = Case(line, now)
        if not case.is_admitted or not first <= case.day <= last:
            continue
        if case.value("workflow") == "adjudication" and "workflow" not in by and not any(name == "workflow" for name, _ in only):
            continue
        for reason in line["codes"] if by_reason else [""]:
            def value(name):
                return reason if name == "reason" else date(case.day) if name == "day" else case.value(name)
            if all(value(name) == wanted for name, wanted in only):
                parts.setdefault(tuple(value(name) for name in by), []).append(case)
    return [dict(group=dict(zip(by, values)), **figures(cases, now // DAY)) for values, cases in sorted(parts.items())]


def date(day):
    return str(datetime.date(1970, 1, 1) + datetime.timedelta(days=day))


def day(text):
    return (datetime.date.fromisoformat(text) - datetime.date(1970, 1, 1)).days


# --- the program

def exported(place):
    if not place.startswith("http"):
        with open(place, encoding="utf-8") as file:
            return [line for line in map(json.loads, file) if "next" not in line]
    cases, after = [], ""
    while after is not None:
        with urllib.request.urlopen(f"{place.rstrip('/')}/v1/export?limit=5000&after={after}", timeout=60) as answer:
            *lines, end = map(json.loads, answer.read().splitlines())
        cases += lines
        after = end["next"]
    return cases


def asked(place, options, only):
    query = [("by", ",".join(options.by))] if options.by else []
    query += [(name, value) for name, value in (("from", options.first), ("to", options.last)) if value] + only
    with urllib.request.urlopen(f"{place.rstrip('/')}/v1/kpis?{urllib.parse.urlencode(query)}", timeout=60) as answer:
        return json.load(answer)


def differences(ours, theirs):
    """Where audit says something else. Counts and estimates to the last digits, roots and logarithms to a part in 10^9."""
    found = []
    theirs = {json.dumps(group["group"], sort_keys=True): group for group in theirs["groups"]}
    for group in ours:
        key = json.dumps(group["group"], sort_keys=True)
        other = theirs.pop(key, None)
        if other is None:
            found.append(f"{key}: audit has no such group")
            continue
        for name in ("ended", "open"):
            if group[name] != other[name]:
                found.append(f"{key} {name}: {group[name]} here, {other[name]} there")
        for figure in other["kpis"]:
            mine = group["kpis"][figure["kpi"]]
            for name in ("n", "hits", "excluded", "labels", "unseen", "empty", "unexplained", "estimate", "low", "high", "stands_for"):
                a, b = mine.get(name), figure.get(name)
                if a is None or b is None:
                    same = a is None and b is None or name not in mine
                else:
                    same = abs(a - b) <= 1e-9 * max(1, abs(b))
                if not same:
                    found.append(f"{key} {figure['kpi']} {name}: {a} here, {b} there")
            exact = mine.get("exact")
            if exact is not None and mine["open"] == 0 and exact >= 0.001 and abs(figure["estimate"] - exact) > 0.0101 * exact:
                found.append(f"{key} {figure['kpi']}: {figure['estimate']} is more than 1 % from {exact}")
    return found + [f"{key}: only audit has such a group" for key in theirs]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("place", help="audit's address, or a file of its export")
    parser.add_argument("--from", dest="first", help="the first day (UTC), as 2026-11-24; 27 days before the last without")
    parser.add_argument("--to", dest="last", help="the last day; today without")
    parser.add_argument("--by", default="", help="workflow, risk, route, model, prompt, bundle, tier, reason, day; with commas")
    parser.add_argument("--only", action="append", default=[], help="NAME=VALUE; may be repeated")
    parser.add_argument("--at", type=int, help="now, in microseconds; the clock without")
    parser.add_argument("--compare", action="store_true", help="compares with GET /v1/kpis; exits 1 where they differ")
    parser.add_argument("--answer", help="compares with a file that holds what GET /v1/kpis answered")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    options.by = [name for name in options.by.split(",") if name]
    # Audit names the day first, wherever it was asked for.
    options.by.sort(key=lambda name: name != "day")
    only = [tuple(each.split("=", 1)) for each in options.only]
    unknown = [name for name in options.by + [name for name, _ in only] if name not in DIMENSIONS + ("day",)]
    if unknown:
        parser.error(f"{', '.join(unknown)}: one of {', '.join(DIMENSIONS)}, day was expected")
    theirs = asked(options.place, options, only) if options.compare else None
    if options.answer:
        with open(options.answer, encoding="utf-8") as file:
            theirs = json.load(file)
    now = options.at or time.time_ns() // 1000
    if theirs:
        moment = datetime.datetime.fromisoformat(theirs["at"].replace("Z", "+00:00"))
        now = (moment - datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)) // datetime.timedelta(microseconds=1)
    last = day(options.last) if options.last else now // DAY
    first = day(options.first) if options.first else last - 27
    ours = groups(exported(options.place), first, last, now, options.by, only)
    if options.json:
        print(json.dumps(ours, indent=1))
    else:
        for group in ours:
            print(", ".join(f"{name} {value}" for name, value in group["group"].items()) or "all workflows", end=": ")
            print(f"{group['ended']} ended, {group['open']} open")
            for name, figure in group["kpis"].items():
                values = ["-" if figure[part] is None else f"{figure[part]:.6g}" for part in ("estimate", "low", "high")]
                print(f"  {name:28} {values[0]:>10} [{values[1]}, {values[2]}]  n = {figure['n']}")
    if theirs:
        found = differences(ours, theirs)
        for line in found:
            print(line, file=sys.stderr)
        print(f"{len(ours)} groups compared, {len(found)} differences", file=sys.stderr)
        return 1 if found else 0
    return 0


if __name__ == "__main__":
    sys.exit(main())

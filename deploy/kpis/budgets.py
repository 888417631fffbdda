#!/usr/bin/env python3
"""Makes the budgets of workflows anew from audit's export alone, with nothing but Python's standard library.

    budgets.py http://127.0.0.1:7105                       # beside GET /v1/workflows; exits 1 where they differ
    budgets.py cases.jsonl --answer workflows.json         # the same of an export and an answer that were kept

What each workflow promises is taken from audit's answer (`promise`, `budgets[].promised`); what was bad and of how many is counted here. A case
that is late is late by the platform if it would have been on time without the platform's part, else by policy if it would have been
without policy's too, else by people (deploy/docs/decisions/0044-late-by-whom.md). Written after those words and not after audit's source.
"""
import argparse
import datetime
import json
import sys
import urllib.request

from recompute import DAY, bucket, exported

SLOT, SECOND, HOUR = 300_000_000, 1_000_000, 3_600_000_000
LONGEST_UNDO = 120 * SECOND
WINDOWS = {"5m": 300, "30m": 1_800, "1h": 3_600, "6h": 21_600}
SLOTS_READ = 72
LATENCY = ("people", "policy", "platform")


def parts(m, end):
    """Of a case from ingestion to `end`: all of its time, what is left without the platform's part, and without policy's too; and how long
    people were asked, None where nobody was."""
    start = m["ingested"]
    total = max(0, end - start)
    if "asked" not in m or ("permittedAlone" in m and "permitted" not in m):
        return total, 0, 0, None

    def within(time):
        return min(max(time, start), max(start, end))
    asked, decided = m["asked"], m.get("decidedLast")
    machine, prescribed = within(asked) - start, 0
    if decided is not None and decided >= asked:
        released = within(m.get("permitted", end))
        undo = max(0, released - within(decided))
        prescribed += min(undo, LONGEST_UNDO)
        machine += max(0, undo - LONGEST_UNDO) + max(0, end - released)
    if "questioned" in m:
        asked_back = m["questioned"]
        answered = next((time for time in (m.get("answered"), decided) if time is not None and time >= asked_back), end)
        prescribed += within(answered) - within(asked_back)
    machine += m.get("overdue", 0)
    platform = min(machine, total)
    policy = min(prescribed, total - platform)
    return total, total - platform, total - platform - policy, max(0, end - within(asked))


def course(m):
    """How the parts of an open case go on: ("since", moment) where one grows, ("fixed", length) where it stands still. What grows only for
    a while stands as it did at the last record."""
    last = max(m[name] for name in ("ingested", "asked", "permitted", "permittedAlone", "decidedLast", "questioned", "answered") if name in m)
    soon = last + max(0, m.get("overdue", 0))
    now, first, second = parts(m, last), parts(m, soon), parts(m, soon + DAY)
    return [("since", soon - first[k]) if second[k] - first[k] == DAY else ("fixed", now[k]) for k in (1, 2)]


def second(time):
    return max(0, time) // SECOND


class Standing:
    """What one workflow's cases amount to."""

    def __init__(self, lines, promise, now):
        self.now, self.limit = now, bucket(promise["seconds"] * SECOND)
        self.cases = [line for line in lines if "ingested" in line["moments"]]
        self.ended = [line for line in self.cases if line["ended"] is not None]
        self.still = [line for line in self.cases if line["ended"] is None]
        self.open_late = self.late_now()

    def is_late(self, length):
        return bucket(length) > self.limit

    def late_now(self):
        """Open cases that are late, by whom; a case is from the second on in which it becomes so."""
        everything = without_platform = peoples = 0
        for line in self.still:
            def grown(kind, value):
                return self.is_late(self.now - second(value) * SECOND if kind == "since" else value)
            platformless, people = course(line["moments"])
            everything += grown("since", line["moments"]["ingested"])
            without_platform += grown(*platformless)
            peoples += grown(*people)
        without_platform = min(everything, without_platform)
        peoples = min(without_platform, peoples)
        return {"platform": everything - without_platform, "policy": without_platform - peoples, "people": peoples}

    def bad(self, budget, lines):
        """(bad, of how many) of these ended cases and all open ones that are late."""
        if budget == "audit":
            told = {name: sum(line["fields"][name] for line in lines) for name in ("required", "absent", "empty", "unexplained")}
            return told["absent"] + told["empty"] + told["unexplained"], told["required"]
        counted = [parts(line["moments"], line["ended"]) for line in lines if line["outcome"] != "withdrawn"]
        by = {"platform": 0, "policy": 0, "people": 0}
        for total, platformless, people, _ in counted:
            if self.is_late(total):
                by["platform" if not self.is_late(platformless) else "policy" if not self.is_late(people) else "people"] += 1
        return by[budget] + self.open_late[budget], len(counted) + sum(self.open_late.values())

    def whole(self, days):
        last = self.now // DAY
        return [line for line in self.ended if last - days + 1 <= max(0, line["ended"]) // DAY <= last]

    def window(self, seconds):
        slot = self.now // SLOT
        return [line for line in self.ended if slot - SLOTS_READ <= max(0, line["ended"]) // SLOT <= slot
                and (max(0, line["ended"]) // SLOT + 1) * SLOT > self.now - seconds * SECOND]

    def waiting(self):
        found = []
        asked = [line["moments"]["asked"] for line in self.still if "asked" in line["moments"] and not {"permitted", "permittedAlone"} & line["moments"].keys()]
        recent = [line for line in self.window(10 ** 9) if line["outcome"] != "withdrawn"]
        for hour in range(4):
            count = sum(second(time) <= self.now // SECOND - hour * 3_600 for time in asked)
            moment = self.now - hour * HOUR
            for line in recent if hour else []:
                middle = max(0, line["ended"]) // SLOT * SLOT + SLOT // 2
                waited = parts(line["moments"], line["ended"])[3]
                # Ended about the middle of its slot; whoever had been asked before that moment was waiting then.
                count += middle > moment and waited is not None and bucket(waited) > bucket(middle - moment)
            found.append(count)
        return found

    def untaken(self):
        return sum(
            "raised" in m and m.get("resolved", -1) < m["raised"] and "claimed" not in m and "asked" in m and not {"permitted", "permittedAlone"} & m.keys()
            for m in (line["moments"] for line in self.still))


def budgets(lines, workflows, now):
    """By workflow, in the shape of audit's answer."""
    found = []
    for each in workflows:
        own = Standing([line for line in lines if (line.get("workflow") or "none") == each["workflow"]], each["promise"], now)
        told = {"workflow": each["workflow"], "open": len(own.still), "waiting": own.waiting(), "untaken": own.untaken(), "budgets": [], "burn": []}
        for budget in (*LATENCY, "audit"):
            bad, n = own.bad(budget, own.whole(each["promise"]["window_days"]))
            told["budgets"].append({"budget": budget, "bad": bad, "n": n})
            windows = {}
            for name, seconds in WINDOWS.items():
                bad, n = own.bad(budget, own.window(seconds))
                windows[name] = {"bad": bad, "n": n}
            told["burn"].append({"budget": budget, "windows": windows})
        found.append(told)
    return found


def differences(ours, theirs):
    found = []
    for mine, other in zip(ours, theirs):
        name = mine["workflow"]
        found += [f"{name} {key}: {mine[key]} here, {other[key]} there" for key in ("open", "waiting", "untaken") if mine[key] != other[key]]
        for a in mine["budgets"]:
            b = next(each for each in other["budgets"] if each["budget"] == a["budget"])
            if (a["bad"], a["n"]) != (b["bad"], b["n"]):
                found.append(f"{name} {a['budget']}: {a['bad']} of {a['n']} here, {b['bad']} of {b['n']} there")
        for a in mine["burn"]:
            b = next(each for each in other["burn"] if each["budget"] == a["budget"])
            for window, counts in a["windows"].items():
                there = b["windows"][window]
                if (counts["bad"], counts["n"]) != (there["bad"], there["n"]):
                    found.append(f"{name} {a['budget']} {window}: {counts['bad']} of {counts['n']} here, {there['bad']} of {there['n']} there")
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("place", help="audit's address, or a file of its export")
    parser.add_argument("--answer", help="a file that holds what GET /v1/workflows answered")
    options = parser.parse_args()
    if options.answer:
        with open(options.answer, encoding="utf-8") as file:
            theirs = json.load(file)
    elif options.place.startswith("http"):
        with urllib.request.urlopen(f"{options.place.rstrip('/')}/v1/workflows", timeout=60) as answer:
            theirs = json.load(answer)
    else:
        parser.error("--answer says what the workflows promise")
    moment = datetime.datetime.fromisoformat(theirs["at"].replace("Z", "+00:00"))
    now = (moment - datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)) // datetime.timedelta(microseconds=1)
    ours = budgets(exported(options.place), theirs["workflows"], now)
    for each in ours:
        print(f"{each['workflow']}: {each['open']} open, waiting {each['waiting']}, {each['untaken']} pages untaken")
        for budget in each["budgets"]:
            print(f"  {budget['budget']:10} {budget['bad']} of {budget['n']}")
    found = differences(ours, theirs["workflows"])
    for line in found:
        print(line, file=sys.stderr)
    print(f"{len(ours)} workflows compared, {len(found)} differences", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())

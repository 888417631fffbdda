"""One day, acted out on a running installation: `./deploy/demo --story`.

Each step prints what was expected and what was seen: ✔ held, ✘ did not, – cannot be played yet, with the reason. The exit
code is 0 if nothing is ✘.
"""
import argparse
import json
import pathlib
import sys
import time
import traceback

import acts_access
import acts_audit
import acts_desk
import acts_escalation
import acts_exceptions
import acts_glass
import acts_ledger
import acts_overview
import acts_stop
import acts_support
from stage import Stage

LATER = "comes with a later issue"
STEPS = (
  (1, "08:00", "Overview and yesterday's checkpoint", acts_overview.morning, None),
  (2, "08:05", "Support publishes 200 tickets with kcat", acts_support.tickets, None),
  (3, "08:10", "The sample", acts_desk.sample, None),
  (4, "08:20", "An auditor recomputes the draw", acts_audit.draw, None),
  (5, "08:30", "A complaint: edit, refusal, undo", acts_support.complaint, None),
  (6, "08:45", "Two agents open the same draft", acts_support.two_agents, None),
  (7, "09:00", "Privileged access under four eyes", acts_access.privileged, None),
  (8, "09:20", "An attacker: replay, change, exchange, forge", acts_access.attack, None),
  (9, "09:30", "An invoice that nobody claims; the desk is down", acts_escalation.invoice, None),
  (10, "10:00", "A case for compliance experts", acts_escalation.compliance, None),
  (11, "10:30", "Break-glass", acts_glass.urgent, None),
  (12, "11:00", "The model server fails", None, "breaker and fallback chain"),
  (13, "11:20", "The stop switch", acts_stop.switch, None),
  (14, "12:00", "The lead's queue page", acts_desk.queues, None),
  (15, "13:00", "A threshold is changed", None, "governance"),
  (16, "14:00", "An exception for one supplier", acts_exceptions.supplier, None),
  (17, "14:30", "Five questions during an incident", acts_ledger.questions, None),
  (18, "15:00", "A defect report", acts_ledger.defect, None),
  (19, "15:30", "One changed byte", acts_ledger.changed_byte, None),
  (20, "16:00", "Erasure and the daily report", acts_overview.evening, None),
)
SIGNS = {True: "✔", False: "✘", None: "–"}


def play(stage, act):
  """The step's expectations; an act that breaks off is an expectation that did not hold."""
  stage.seen = []
  try:
    act(stage)
  except Exception as error:  # whatever goes wrong in a step, the next one is played
    traceback.print_exc()
    stage.expect("the step is played to its end", False, f"{type(error).__name__}: {error}")
  return stage.seen


def main():
  parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
  parser.add_argument("--seed", action="store_true", help="prints the seed of the story's system of record, and ends")
  parser.add_argument("--brokers")
  parser.add_argument("--record")
  parser.add_argument("--base", type=int, help="the first of the installation's ports")
  parser.add_argument("--clock", type=int, default=60, help="seconds of the story in a second")
  parser.add_argument("--dir", type=pathlib.Path, help="the installation's folder")
  parser.add_argument("--bin", type=pathlib.Path)
  parser.add_argument("--only", type=int, action="append", help="plays this step alone")
  parser.add_argument("--keys", action="store_true", help="people work at browsers, by keys alone")
  parser.add_argument("--shots", type=pathlib.Path, help="with --keys: the folder of the pictures and of keys.txt")
  options = parser.parse_args()
  if options.seed:
    print(json.dumps(acts_support.seed(json.loads((pathlib.Path(__file__).parents[1] / "world" / "seed.json").read_text()))))
    return 0
  if not options.keys:
    return tell(Stage(options), options.only)
  from keyed import KeyedStage
  from playwright.sync_api import sync_playwright
  with sync_playwright() as playwright:
    browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"])
    return tell(KeyedStage(options, browser), options.only)


def tell(stage, only):
  """Plays the steps. - Returns: the exit code."""
  counts = {True: 0, False: 0, None: 0}
  for number, hour, title, act, later in STEPS:
    if only and number not in only:
      continue
    if act is None:
      counts[None] += 1
      print(f"\n– {number:2}  {hour}  {title}: {later} {LATER}", flush=True)
      continue
    began, stage.step = time.monotonic(), number
    seen = play(stage, act)
    whole = all(held is not False for _, held, _ in seen)
    print(f"\n{SIGNS[whole]} {number:2}  {hour}  {title}  ({time.monotonic() - began:.0f} s)", flush=True)
    for what, held, found in seen:
      counts[held] += 1
      print(f"      {SIGNS[held]} {what}" + (f"  [{found[:140]}]" if found else ""), flush=True)
  print(f"\n{counts[True]} held, {counts[False]} did not, {counts[None]} cannot be played yet")
  return 1 if counts[False] else 0


if __name__ == "__main__":
  sys.exit(main())

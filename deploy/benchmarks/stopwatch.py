"""How long a decision takes at the desk: keys, and the time from the opened page to the next one, as a script presses them.

    stopwatch.py RUN --brokers HOST:PORT --base PORT [--times N]

What a person adds is reading; what is measured here is what the desk makes them wait and press.
"""
import argparse
import pathlib
import statistics
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "deploy/tests"), str(ROOT / "deploy/lib")]

from playwright.sync_api import sync_playwright  # noqa: E402

from browser import Desk, Keyboard  # noqa: E402
from outside.stopwatch import FORM, WORK, approve, fill_in  # noqa: E402


def main():
  parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
  parser.add_argument("run", type=pathlib.Path)
  parser.add_argument("--brokers", required=True)
  parser.add_argument("--base", type=int, required=True)
  parser.add_argument("--times", type=int, default=9)
  options = parser.parse_args()
  here = Desk(options)
  print(f"{'workflow':18} {'impact':8} {'decision':8} {'keys':>4} {'median':>8} {'slowest':>8}")
  with sync_playwright() as playwright:
    browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"])
    for workflow, sample, data, person, *_ in (*WORK, FORM):
      decide = fill_in if workflow == FORM[0] else approve
      cases = [here.case(workflow, sample, **data) for _ in range(options.times)]
      desk, found = Keyboard(browser, here, person), []
      here.until("tasks", lambda: all(here.api(person, "GET", f"/v1/tasks/{case}")[0] == 200 for case in cases))
      risk = here.api(person, "GET", f"/v1/tasks/{cases[0]}")[1]["risk"]
      for case in cases:
        found.append(decide(desk, case))
      desk.context.close()
      seconds = sorted(second for _, second in found)
      print(f"{workflow:18} {risk:8} {'form' if decide is fill_in else 'approve':8} {max(keys for keys, _ in found):4} "
            f"{statistics.median(seconds) * 1000:5.0f} ms {seconds[-1] * 1000:5.0f} ms", flush=True)
    browser.close()


if __name__ == "__main__":
  main()

"""How people are called, counted by whoever is called.

    notices.py BIN RUN --brokers HOST:PORT --base PORT --record URL

Starts the installation of RUN itself, once the receivers listen; `deploy/tests/suites/notices` ends it.
"""
import argparse
import pathlib
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "deploy/lib"))

from outside.alerting import ROUTING_KEY, SECRET, Alerting  # noqa: E402
from refusals import Checks, Installation  # noqa: E402
from road import call  # noqa: E402

CHANNELS = """slack: {{kind: slack, url: "http://127.0.0.1:{port}/slack", private: true}}
pagerduty: {{kind: pagerduty, key_file: pagerduty.key, url: "http://127.0.0.1:{port}/pagerduty", private: true}}
email: {{kind: webhook, key_file: mail.key, url: "http://127.0.0.1:{port}/email", private: true}}
"""


def script(command):
  source = f'source "{ROOT}/deploy/lib/steps"; source "{ROOT}/deploy/lib/stack"; {command}'
  return subprocess.run(["bash", "-c", source], stdin=subprocess.DEVNULL).returncode == 0


class Here(Installation):
  def case(self, number, thread):
    case = self.send(number, thread)
    self.until(f"review of {case}", lambda: self.road.cases[case].get("open"))
    return case

  def api(self, person, method, path, body=None):
    return call(method, f"{self.local}{self.options.base + 4}{path}", self.token(person), body)

  def wait(self, seconds, condition):
    """The first true value within the time, or the last one."""
    end = time.time() + seconds
    while not (found := condition()) and time.time() < end:
      self.road.read()
    return found

  def raised(self, case, channel):
    """What the topic `escalations` says was raised: the pages that are owed to a channel."""
    return [event for event in self.road.cases[case]["escalations"]
            if event["kind"].endswith("escalation.raised.v1") and event["channel"] == channel]


def key_of(case):
  return f"countersign/{case}"


def one_alert(here, there, checks, number, thread, what):
  """A case that nobody takes until PagerDuty is told; acknowledged, decided. - Returns: the case."""
  case = here.case(number, thread)
  key = key_of(case)
  checks.hold(f"{what}: PagerDuty hears a trigger", here.wait(90, lambda: there.heard("pagerduty", "trigger", key)))
  status, answer = here.api("P-ivo", "POST", f"/v1/tasks/{case}/acknowledge", {})
  checks.hold(f"{what}: the duty officer says that he saw it", status == 200, answer)
  checks.hold(f"{what}: PagerDuty hears that", here.wait(60, lambda: there.heard("pagerduty", "acknowledge", key)))
  here.approve(case)
  decided = time.time()
  checks.hold(f"{what}: and that it is over", here.wait(60, lambda: there.heard("pagerduty", "resolve", key)))
  # As long as another page of the duty officer would take, and a try that is late.
  here.wait(35, lambda: False)
  told = [len(there.heard("pagerduty", action, key)) for action in ("trigger", "acknowledge", "resolve")]
  owed = len(here.raised(case, "pagerduty"))
  checks.hold(f"{what}: each once under one key, by the receiver's count", told == [owed, told[1], 1] and 1 <= told[1] <= owed, (told, owed))
  late = [body for body in there.since("pagerduty", decided + 0.5) if body["dedup_key"] == key and body["event_action"] == "trigger"]
  checks.hold(f"{what}: no page after the decision", not late, late)
  return case


def decided_before(here, there, checks):
  """Nobody was reached before somebody decided: nobody is called any more."""
  there.plan("pagerduty", *[500] * 200)
  case = here.case(20, "M-4003")
  here.wait(60, lambda: here.raised(case, "pagerduty") and 500 in there.answers("pagerduty"))
  checks.hold("out of reach: it was tried", here.raised(case, "pagerduty"), here.road.cases[case]["escalations"])
  here.approve(case)
  decided = time.time()
  here.wait(3, lambda: False)
  there.plan("pagerduty")
  here.wait(30, lambda: False)
  calls = [body for body in there.since("pagerduty", decided + 0.5) if body["dedup_key"] == key_of(case)]
  checks.hold("out of reach: no page after the decision", not [body for body in calls if body["event_action"] == "trigger"], calls)


def killed(here, there, checks):
  """Killed between the sending and the answer, again and again: no page is lost, and none is another one."""
  there.pause = 0.7
  cases = [here.case(30 + number, f"M-{4001 + number}") for number in range(5)]
  for _ in range(5):
    count = len(there.calls)
    here.wait(15, lambda: len(there.calls) > count)
    script(f"stack_kill '{here.options.run}' reviewer KILL; sleep 0.3; stack_run '{here.options.run}' reviewer; stack_wait '{here.options.run}' reviewer")
  there.pause = 0
  missing = lambda: [case for case in cases if not there.heard("pagerduty", "trigger", key_of(case))]  # noqa: E731
  here.wait(90, lambda: not missing())
  checks.hold("killed: no case of five is lost", not missing(), missing())
  for case in cases:
    here.approve(case)
  ended = lambda: [case for case in cases if there.heard("pagerduty", "resolve", key_of(case))]  # noqa: E731
  here.wait(60, lambda: len(ended()) == len(cases))
  checks.hold("killed: each is over", len(ended()) == len(cases), ended())
  here.wait(3, lambda: False)
  for channel in ("pagerduty", "slack", "email"):
    owed = sum(len(here.raised(case, channel)) for case in cases)
    taken = [body for body in there.heard(channel) if any(case in str(body) for case in cases)]
    pages = [body for body in taken if body.get("event_action", "trigger") == "trigger" and "needs nobody" not in body.get("text", "")
             and "Somebody has taken" not in body.get("text", "") and body.get("type", "raised").find("raised") >= 0]
    checks.hold(f"killed: {channel} hears of each page once, by what makes a message the same", 0 < len(pages) == owed, (len(pages), owed))
  again = len(there.calls) - sum(len(there.heard(channel)) for channel in ("pagerduty", "slack", "email"))
  print(f"     {len(there.calls)} calls, {again} of them refused or sent again", flush=True)


def main():
  parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
  parser.add_argument("bin", type=pathlib.Path)
  parser.add_argument("run", type=pathlib.Path)
  parser.add_argument("--brokers", required=True)
  parser.add_argument("--base", type=int, required=True)
  parser.add_argument("--record", required=True)
  options = parser.parse_args()
  there, checks = Alerting(), Checks()
  (options.run / "channels.yaml").write_text(CHANNELS.format(port=there.port))
  (options.run / "pagerduty.key").write_text(ROUTING_KEY)
  (options.run / "mail.key").write_text(SECRET)
  if not script(f"stack_make '{options.run}' && stack_start '{options.run}'"):
    print("0 passed, 1 failed")
    return 1
  here = Here(options)
  one_alert(here, there, checks, 1, "M-4001", "all is well")
  there.plan("slack", 429, 500, "silence")
  there.plan("email", 500, 429)
  there.plan("pagerduty", 429, 500, "silence")
  one_alert(here, there, checks, 2, "M-4002", "out of order")
  for channel in ("pagerduty", "slack", "email"):
    checks.hold(f"{channel} was tried again after 429 and 500", {429, 500} <= set(there.answers(channel)), there.answers(channel))
  checks.hold("and none sooner than Retry-After asks", not there.impatient(), there.impatient())
  decided_before(here, there, checks)
  killed(here, there, checks)
  checks.hold("every field is as the receivers want it", not there.mistakes, there.mistakes[:5])
  print(f"{checks.passed} passed, {checks.failed} failed")
  return 1 if checks.failed else 0


if __name__ == "__main__":
  sys.exit(main())

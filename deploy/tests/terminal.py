"""The terminal frontend as people use it: keys go into a pseudo-terminal, and what its screen shows is looked at.

    terminal.py BIN RUN --brokers HOST:PORT --base PORT --record URL

RUN is the folder of a running installation at sixty times the clock.
"""
import argparse
import json
import os
import pathlib
import pty
import re
import select
import subprocess
import sys
import time

import pyte

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "deploy/lib"))

from refusals import Checks, Installation, SAMPLES  # noqa: E402
from road import call  # noqa: E402

COLUMNS, LINES = 150, 60


class Here(Installation):
  def case(self, workflow, sample, number, **data):
    """An item of a workflow; returns its case once it is open for review."""
    item = json.loads((SAMPLES.parents[1] / workflow / "samples" / f"{sample}.json").read_text()) | {"id": f"terminal-{number}"}
    item["data"] |= data
    token = (self.keys / "tokens" / item["source"]).read_text().strip()
    status, answer = call("POST", f"{self.local}{self.options.base + 1}/v1/items", token, item)
    if status != 202:
      raise SystemExit(f"intake answered {status} {answer}")
    self.until(f"review of {answer['case']}", lambda: self.road.cases[answer["case"]].get("open"))
    return answer["case"]

  def api(self, person, method, path, body=None):
    return call(method, f"{self.local}{self.options.base + 4}{path}", (self.keys / "people" / person).read_text().strip(), body)

  def script(self, command):
    source = f'source "{ROOT}/deploy/lib/steps"; source "{ROOT}/deploy/lib/stack"; {command}'
    return subprocess.run(["bash", "-c", source], stdin=subprocess.DEVNULL).returncode == 0


class Sitting:
  """A person at a terminal of their own."""

  def __init__(self, here, person, editor="true"):
    self.screen = pyte.Screen(COLUMNS, LINES)
    self.stream = pyte.ByteStream(self.screen)
    self.pid, self.file = pty.fork()
    if not self.pid:
      os.environ |= {"EDITOR": editor, "TERM": "xterm", "COLUMNS": str(COLUMNS), "LINES": str(LINES)}
      os.execv(sys.executable, [sys.executable, str(ROOT / "deploy/frontends/terminal"), "--brokers", here.options.brokers, "--reviewer",
                                f"{here.local}{here.options.base + 4}", "--token-file", str(here.keys / "people" / person)])

  def look(self, seconds=0.1):
    end = time.monotonic() + seconds
    while select.select([self.file], [], [], max(0, end - time.monotonic()))[0]:
      try:
        self.stream.feed(os.read(self.file, 65536))
      except OSError:
        break  # it has ended
    return " ".join(" ".join(self.screen.display).split())

  def press(self, keys):
    os.write(self.file, keys.encode())

  def sees(self, words, seconds=15):
    """Whether the screen comes to show this (a pattern), as a text without breaks."""
    end = time.monotonic() + seconds
    while not (found := re.search(words, self.look())) and time.monotonic() < end:
      pass
    return found

  def open(self, case):
    """Moves through the list to a case, as somebody does who looks for it."""
    self.press("b")
    self.sees("open in")
    for _ in range(12):
      self.press("\r")
      self.sees(r"version \d+|Nothing waits", 5)
      if case in self.look():
        return True
      self.press("b")
      self.sees("open in")
      self.press("j")
    return False

  def leave(self):
    self.press("q")
    self.look(1)
    os.close(self.file)
    return os.waitpid(self.pid, 0)[1] == 0


def reply(here, checks):
  """An approval during which the server dies: sent until it is answered, and counted once."""
  case = here.case("reply-draft", "rd-0001", 1)
  ada = Sitting(here, "P-ada")
  checks.hold("the list comes from the topic", ada.sees("Ada Moreau") and ada.sees("reply-draft"), ada.look()[-300:])
  checks.hold("a case is found and opened by keys", ada.open(case), ada.look()[-300:])
  for words in ("Why a person is asked", "What would change", r"What it rests on", r"Who is needed", r"next: [a-z-]+ in .*deadline in"):
    checks.hold(f"it shows: {words}", ada.sees(words, 3), ada.look()[-300:])
  here.script(f"stack_kill '{here.options.run}' reviewer KILL")
  time.sleep(0.5)
  ada.press("a\r")
  checks.hold("while nobody answers it says so and goes on", ada.sees("No answer.*try \d+ follows"), ada.look()[-300:])
  here.script(f"stack_run '{here.options.run}' reviewer; stack_wait '{here.options.run}' reviewer")
  checks.hold("the decision is taken once the server is back", ada.sees("Decided: approve"), ada.look()[-300:])
  here.until("decision", lambda: here.road.cases[case].get("complete"))
  made = [event for event in here.road.cases[case]["tasks"] if event["kind"].endswith("task.decided.v1")]
  checks.hold("once", len(made) == 1, made)
  ada.press("z")
  checks.hold("z takes it back from wherever one is", ada.sees("Taken back") and ada.sees(case), ada.look()[-300:])
  ada.press("a\r")
  checks.hold("and it is approved anew", ada.sees("Decided: approve"), ada.look()[-300:])
  checks.hold("q leaves the terminal in order", ada.leave())
  return case


def ticket(here, checks):
  """A lease that ends under the writer's hands, and somebody else who takes the task: refused, and not a word is lost."""
  case = here.case("ticket-summary", "ts-0001", 2)
  script = here.options.run / "edit.py"
  script.write_text("import json, sys\naction = json.load(open(sys.argv[1]))\naction['body']['summary'] = 'Export ends after 500 rows; Excel is complete.'\n"
                    "json.dump(action, open(sys.argv[1], 'w'))\n")
  ben = Sitting(here, "P-ben", f"{sys.executable} {script}")
  checks.hold("the ticket is opened", ben.open(case), ben.look()[-300:])
  ben.press("c")
  checks.hold("c claims it", ben.sees("It is yours until"), ben.look()[-300:])
  here.until("end of the lease", lambda: time.sleep(0.3) or not here.api("P-lena", "GET", f"/v1/tasks/{case}")[1].get("claim"), 30)
  checks.hold("the lease ends on its screen, too, with no key", ben.sees("impact free"), ben.look()[-300:])
  checks.hold("somebody else takes it", here.api("P-lena", "POST", f"/v1/tasks/{case}/claim", {})[0] == 200)
  ben.press("r1The rows are missing\r")
  checks.hold("a decision under the lost lease is refused, with who has it", ben.sees("task.claimed: Lena Fischer has it"), ben.look()[-300:])
  status, draft = here.api("P-ben", "GET", f"/v1/tasks/{case}/draft")
  checks.hold("what was typed lies at the server", status == 200 and draft["values"].get("words") == "The rows are missing", draft)
  here.api("P-lena", "POST", f"/v1/tasks/{case}/release", {})
  checks.hold("it is free again on the screen, by itself", ben.sees("impact free"), ben.look()[-300:])
  ben.press("e")
  checks.hold("the editor's change is followed by its reasons", ben.sees("1 Corrected an error"), ben.look()[-300:])
  ben.press("1")
  checks.hold("the words are there again", ben.sees("The rows are missing"), ben.look()[-300:])
  ben.press("\r")
  checks.hold("and the edit is taken", ben.sees("Decided: edit"), ben.look()[-300:])
  ben.leave()
  return case


def access(here, checks):
  """High impact: what must be seen is closed until it is opened, and two people decide."""
  case = here.case("access-request", "ar-payments-release", 3, requester="P-cleo")
  hugo = Sitting(here, "P-hugo")
  checks.hold("the request is opened", hugo.open(case), hugo.look()[-300:])
  checks.hold("evidence that must be seen is closed", hugo.sees("closed: v opens it"), hugo.look()[-300:])
  hugo.press("a\r")
  checks.hold("the server refuses an approval before", hugo.sees("evidence.unopened"), hugo.look()[-300:])
  for _ in range(6):
    if "closed: v opens it" not in hugo.look():
      break
    hugo.press("v")
    hugo.look(1)
  hugo.press("a\r")
  checks.hold("opened, it is approved", hugo.sees("Decided: approve"), hugo.look()[-300:])
  hugo.leave()
  ines = Sitting(here, "P-ines")
  checks.hold("the second one finds the first one's place filled", ines.open(case) and ines.sees("line-managers: P-hugo"), ines.look()[-300:])
  for _ in range(6):
    if "closed: v opens it" not in ines.look():
      break
    ines.press("v")
    ines.look(1)
  ines.press("a\r")
  checks.hold("and approves", ines.sees("Decided: approve"), ines.look()[-300:])
  ines.leave()
  return case


def hostile(here, checks):
  """What others wrote does nothing to the terminal and hides nothing."""
  case = here.case("access-request", "ar-bidi", 4)
  ivo = Sitting(here, "P-ivo")
  checks.hold("a case with turned text is opened", ivo.open(case), ivo.look()[-300:])
  for _ in range(4):
    if ivo.sees("<20[0-9A-F]{2}>", 1):
      break
    ivo.press(" ")
  checks.hold("marks that turn the text are visible", ivo.sees("<20[0-9A-F]{2}>", 2), ivo.look()[-300:])
  ivo.leave()


def switch(here, checks):
  """What one person has stopped two start again, each from a terminal and by a key of their own."""
  policy, token = f"{here.local}{here.options.base + 2}", (here.keys / "people" / "P-ivo").read_text().strip()
  status, answer = call("POST", f"{policy}/v1/stops", token, {"workflow": "ticket-summary", "reason": "summaries are short"})
  checks.hold("a workflow is stopped", status == 200, answer)
  ivo, nina = Sitting(here, "P-ivo"), Sitting(here, "P-nina")
  ivo.sees("Ivo Marek")
  ivo.press("p")
  checks.hold("p says what is stopped, by whom and why", ivo.sees("ticket-summary, stopped by P-ivo: summaries are short"), ivo.look()[-300:])
  ivo.press("1")
  checks.hold("one key starts nothing", ivo.sees("Enter signs it"), ivo.look()[-300:])
  ivo.press("\r")
  checks.hold("the first one's word waits for another", ivo.sees("Another person has to say so by"), ivo.look()[-300:])
  ivo.press("p1\r")
  checks.hold("and is no second one", ivo.sees("four_eyes.same"), ivo.look()[-300:])
  nina.sees("Nina Roth")
  nina.press("p")
  checks.hold("the second one sees it", nina.sees("P-ivo wants to start it again"), nina.look()[-300:])
  nina.press("1\r")
  checks.hold("and starts it", nina.sees("ticket-summary runs again"), nina.look()[-300:])
  checks.hold("nothing is stopped", call("GET", f"{policy}/v1/stops")[1]["stops"] == [])
  ivo.leave()
  nina.leave()


def main():
  parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
  parser.add_argument("bin", type=pathlib.Path)
  parser.add_argument("run", type=pathlib.Path)
  parser.add_argument("--brokers", required=True)
  parser.add_argument("--base", type=int, required=True)
  parser.add_argument("--record", required=True)
  options = parser.parse_args()
  here, checks = Here(options), Checks()
  cases = [act(here, checks) for act in (reply, ticket, access)]
  hostile(here, checks)
  switch(here, checks)
  for case, workflow in zip(cases, ("reply-draft", "ticket-summary", "access-request")):
    here.until(f"outcome of {workflow}", lambda: here.road.cases[case].get("outcome"), 90)
    outcome = here.road.cases[case]["outcome"]["outcome"]
    checks.hold(f"{workflow} ends executed, as its sample expects", outcome == "executed", here.road.cases[case]["outcome"])
  print(f"{checks.passed} passed, {checks.failed} failed")
  return 1 if checks.failed else 0


if __name__ == "__main__":
  sys.exit(main())

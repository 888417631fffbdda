"""The review desk as people use it: a real browser, worked by keys alone, against a whole installation.

    browser.py RUN --brokers HOST:PORT --base PORT --shots DIR

RUN is the folder of a running installation with demo sign-in. No test clicks. A screenshot of each step goes to DIR, and each
page is looked through by axe in both themes and five widths.
"""
import argparse
import faulthandler
import json
import pathlib
import re
import subprocess
import sys
import time

import jwt
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "deploy" / "lib"))

from keyboard import Keyboard  # noqa: E402
from looks import change  # noqa: E402
from outside.stopwatch import FORM, WORK, approve, fill_in  # noqa: E402
from refusals import Checks, Installation, SAMPLES  # noqa: E402
from road import call  # noqa: E402

WIDTHS = (360, 768, 1024, 1440, 1920)


class Desk(Installation):
  """The review desk of an installation, whose people are known by name."""

  def __init__(self, options):
    super().__init__(options)
    self.reviewer = f"{self.local}{options.base + 4}"
    self.sent = 0

  def review(self, thread):
    """A reply draft; returns its case once it is open for review."""
    self.sent += 1
    case = self.send(f"browser-{self.sent}", thread)
    self.until(f"review of {case}", lambda: self.road.cases[case].get("open"))
    return case

  def case(self, workflow, sample, **data):
    """An item of another workflow; returns its case once it is open for review."""
    self.sent += 1
    item = json.loads((SAMPLES.parents[1] / workflow / "samples" / f"{sample}.json").read_text()) | {"id": f"browser-{self.sent}"}
    item["data"] |= data
    token = (self.keys / "tokens" / item["source"]).read_text().strip()
    status, answer = call("POST", f"{self.local}{self.options.base + 1}/v1/items", token, item)
    if status != 202:
      raise SystemExit(f"intake answered {status} {answer}")
    self.until(f"review of {answer['case']}", lambda: self.road.cases[answer["case"]].get("open"))
    return answer["case"]

  def api(self, person, method, path, body=None, **headers):
    return call(method, f"{self.reviewer}{path}", self.token(person), body, headers)

  def restart(self, signal):
    script = (f'source "{ROOT}/deploy/lib/steps"; source "{ROOT}/deploy/lib/stack"; stack_kill "$1" reviewer {signal}; sleep 0.5;'
              ' stack_run "$1" reviewer; stack_wait "$1" reviewer')
    return subprocess.run(["bash", "-c", script, "restart", self.options.run], stdin=subprocess.DEVNULL).returncode == 0


def deciding(browser, here, checks):
  """From the list to a decision by keys; the next task comes by itself, and the last decision can be taken back from there."""
  first = here.review("M-4001")
  second = here.review("M-4002")
  ada = Keyboard(browser, here, "P-ada")
  checks.hold("signed in by keys", ada.sees("Ada Moreau"))
  checks.hold("both tasks are listed", ada.page.locator("a.task").count() >= 2)
  ada.shot("list")
  ada.press("j")
  checks.hold("j moves to the first task", 'class="task"' in ada.active(), ada.active())
  before = ada.keys
  ada.press("Enter")
  ada.page.wait_for_url("**/tasks/*")
  case = ada.page.url.rsplit("/", 1)[1]
  other = second if case == first else first
  checks.hold("why, what would change, the action and two clocks are on the first screen", all(
    ada.page.locator(selector).first.bounding_box()["y"] < 900 for selector in (".why", ".change-card", ".act", ".clocks")))
  ada.shot("task")
  ada.press("a")
  ada.shot("armed")
  ada.press("Space", "Control+Enter")
  ada.page.wait_for_url(f"**/tasks/{other}*")
  checks.hold("of what cannot be undone an approval takes two acts; three keys, and the next task is there", ada.keys - before == 4, ada.keys - before)
  checks.hold("the way back stands above it with its seconds", ada.sees("Take it back") and ada.page.locator("[data-real]").count() == 1)
  ada.shot("next-with-undo")
  ada.press("z")
  checks.hold("z takes back the decision from the next task", ada.sees("Taken back"))
  here.until("undo", lambda: any(d["result"] == "undone" for d in here.road.cases[case]["decisions"]) or True)
  checks.hold("the case is open again for the same person", here.api("P-ada", "GET", f"/v1/tasks/{case}")[1]["state"] == "open")
  ada.press("Control+k")
  checks.hold("the palette opens", ada.page.locator("#palette[open]").count() == 1)
  ada.type("rej")
  ada.shot("palette")
  ada.press("Enter")
  checks.hold("and does what it says", ada.page.evaluate("document.querySelector('details[data-key=r]').open"))
  ada.press("1")
  checks.hold("a digit picks the reason", ada.page.evaluate("document.querySelector('details[data-key=r] input[name=code]').checked"))
  checks.hold("no error in the browser", not ada.errors, ada.errors)
  ada.leave()
  return case, other


def drafts(browser, here, checks, case):
  """What is typed is kept: over an ended service, another browser, and a changed case."""
  ada = Keyboard(browser, here, "P-ada")
  ada.go(case)
  ada.press("r")
  ada.press("2")
  ada.press("Tab")
  ada.type("The receipt is of another order, and")
  checks.hold("a draft is kept within some seconds", ada.sees("Draft kept", 8))
  checks.hold("the reviewer service is killed and comes back", here.restart("KILL"))
  ada.type(" nobody has asked the supplier")
  checks.hold("it is kept again when the service is back", ada.sees("Draft kept", 15))
  time.sleep(3.5)
  ada.leave()  # with it go cookies and storage
  ada = Keyboard(browser, here, "P-ada")
  ada.go(case)
  words = ada.page.evaluate("document.querySelector('details[data-key=r] textarea').value")
  checks.hold("another browser shows it, in its open form", words == "The receipt is of another order, and nobody has asked the supplier", words)
  checks.hold("and says so", ada.sees("Your draft of"))
  code = ada.page.evaluate("document.querySelector('details[data-key=r] input[name=code]:checked').value")
  checks.hold("with its reason", code == "wrong_record", code)
  ada.shot("draft")
  checks.hold("nobody else sees it", here.api("P-lena", "GET", f"/v1/tasks/{case}/draft")[0] == 404)
  ada.leave()


def changing(browser, here, checks, case, decided):
  """An edit beside the proposal before it is sent, by keys; it is kept as a draft."""
  ada = Keyboard(browser, here, "P-ada")
  ada.go(case)
  ada.press("e", "Tab")
  ada.type("Your broken glasses")
  ada.press("Escape", "d")
  checks.hold("d shows the edit beside the proposal", ada.sees("Not sent yet") and ada.page.locator("th", has_text="Yours").count() == 1)
  change = ada.text(".change-card")
  checks.hold("word by word", "added: broken" in change, change)
  ada.shot("preview")
  checks.hold("and keeps it", here.api("P-ada", "GET", f"/v1/tasks/{case}/draft")[1]["values"].get("field:/body/subject") == "Your broken glasses")
  here.api("P-ada", "DELETE", f"/v1/tasks/{case}/draft")
  ada.press("q")
  ada.page.wait_for_url("**/queues")
  checks.hold("q shows how the queues stand, none without an owner", ada.sees("Without an owner") and ada.text(".health tbody tr:last-child td:last-child").endswith("none"))
  ada.shot("queues")
  ada.page.goto(f"{here.reviewer}/cases/{decided}")
  checks.hold("the story tells who looked and who decided", ada.sees("Ada Moreau looked at version 1") and ada.sees("Ada Moreau decided: approve"))
  ada.shot("story")
  checks.hold("no error in the browser", not ada.errors, ada.errors)
  ada.leave()


def revealing(browser, here, checks, case):
  """A private value is seen by two digits and a purpose, and is gone a moment later; keys are one's own, or none at all."""
  ada = Keyboard(browser, here, "P-ada")
  ada.go(case)
  checks.hold("private values are masked", re.search(r"\[(name|email|phone|card) 1\]", ada.text()), ada.text()[:300])
  ada.press("o", "1", "1", "Control+Enter")
  checks.hold("o shows one for a minute", ada.sees("Hidden again in"), ada.text()[:300])
  ada.shot("revealed")
  checks.hold("and everybody who comes next sees who asked, and what for", ada.sees("Ada Moreau asked to see [name 1], to decide this case"))
  ada.go(case)
  checks.hold("the next page is masked again", not ada.sees("Hidden again in", 1))
  ada.press("g", "s")
  ada.page.wait_for_url("**/settings")
  ada.shot("settings")
  here.api("P-ada", "PUT", "/v1/me/preferences", {"keys": {"m": "n"}})
  ada.go(case)
  ada.press("m")
  checks.hold("a letter that was given away does nothing", "TEXTAREA" not in ada.active().upper(), ada.active())
  ada.press("n")
  checks.hold("and its new one does what it did", ada.active().startswith("<textarea"), ada.active())
  here.api("P-ada", "PUT", "/v1/me/preferences", {"keys_off": True})
  ada.go(case)
  ada.press("m")
  checks.hold("keys that are off do nothing", "TEXTAREA" not in ada.active().upper(), ada.active())
  here.api("P-ada", "PUT", "/v1/me/preferences", {})
  checks.hold("no error in the browser", not ada.errors, ada.errors)
  ada.leave()


def opening(browser, here, checks):
  """What must be seen at high impact is opened by a key, and refused to who has not; sources that disagree stand side by side."""
  case = here.case("access-request", "ar-payments-release", requester="P-cleo")
  seen = here.api("P-hugo", "GET", f"/v1/tasks/{case}")[1]
  body = {"version": seen["version"], "view": seen["view"], "verb": "approve"}
  status, answer = here.api("P-hugo", "POST", f"/v1/tasks/{case}/decision", body)
  checks.hold("the API refuses a decision on evidence that was not opened", (status, answer.get("code")) == (422, "evidence.unopened"), answer)
  hugo = Keyboard(browser, here, "P-hugo")
  hugo.go(case)
  checks.hold("it stands closed, and says so", hugo.sees("Must be opened before you approve"))
  hugo.shot("closed-evidence")
  before = hugo.keys
  hugo.press("v")
  checks.hold("v opens it", hugo.sees("opened by you"))
  hugo.press("a", "Space", "Control+Enter")
  hugo.page.wait_for_url(lambda url: case not in url.split("?")[0])
  checks.hold("at most five keys at high impact", hugo.keys - before <= 5, hugo.keys - before)
  counted = here.until("hugo's decision", lambda: here.road.cases[case]["decisions"])[-1]
  claims = jwt.decode(counted["token"], options={"verify_signature": False}) if counted.get("token") else {}
  checks.hold("the browser's own key has signed it, and policy counts it", counted["result"] in ("counted", "complete") and claims.get("own"), counted)
  hugo.leave()
  case = here.case("invoice-exception", "ie-0002")
  gus = Keyboard(browser, here, "P-gus")
  gus.go(case)
  checks.hold("sources that disagree stand side by side, with what policy used", gus.sees("Sources disagree") and gus.sees("policy used this"))
  gus.shot("conflict")
  checks.hold("no error in the browser", not hugo.errors + gus.errors, hugo.errors + gus.errors)
  gus.leave()
  return case


def stale(browser, here, checks):
  """A source changes while somebody writes: what they send is stopped, what is new is shown, and what they wrote is there again."""
  case = here.review("M-4003")
  ada = Keyboard(browser, here, "P-ada")
  ada.go(case)
  checks.hold("the page says that sources are looked at again", ada.sees("looked at again when you decide"))
  change(here.options.run, "mails", "M-4003", '"direction":"in"', '"direction":"In"')
  ada.press("r", "2")
  ada.page.focus("details[data-key=r] textarea")
  ada.type("It is about another order")
  ada.press("Control+Enter")
  checks.hold("what changed since is shown at once", ada.sees("has changed since you saw it") or ada.sees("Changed since"))
  ada.shot("stale-sources")
  here.until("the next version", lambda: here.api("P-ada", "GET", f"/v1/tasks/{case}")[1].get("version") == 2)
  ada.go(case)
  checks.hold("the next version says what is other than in the one before", ada.sees("Changed since version 1"))
  checks.hold("and why it is asked again", ada.sees("changed when somebody came to decide"))
  words = ada.page.evaluate("document.querySelector('details[data-key=r] textarea').value")
  checks.hold("what was written is in its form again", words == "It is about another order", words)
  ada.shot("stale-sources-next")
  checks.hold("no error in the browser", not ada.errors, ada.errors)
  ada.leave()


def together(browser, here, checks, case):
  """Two people on one task: who comes second sees it at once, and loses nothing."""
  ada, lena = Keyboard(browser, here, "P-ada"), Keyboard(browser, here, "P-lena")
  ada.go(case)
  lena.go(case)
  checks.hold("each sees that the other has it before them", lena.sees("Ada Moreau has this before them, too", 10) and ada.sees("Lena Fischer has this before them, too", 10))
  lena.press("e")
  lena.type("x")
  ada.press("c")
  checks.hold("the claim is on the page of the claimant", ada.sees("yours for"))
  checks.hold("and the other is told without asking", lena.sees("has claimed it", 30))
  lena.shot("claimed-by-another")
  ada.press("m")
  ada.type("The customer has called.")
  ada.press("Control+Enter")
  checks.hold("a comment stands under what was said so far", ada.sees("The customer has called."))
  ada.press("t")
  ada.type("Lena")
  ada.press("Control+Enter")
  ada.page.wait_for_url(lambda url: case not in url)
  status, task = here.api("P-lena", "GET", f"/v1/tasks/{case}")
  checks.hold("handed over by keys", task.get("claim", {}).get("person") == "P-lena", task.get("claim"))
  lena.go(case)
  checks.hold("the other finds it theirs, with the comment", lena.sees("yours for") and lena.sees("The customer has called."))
  lena.press("s", "2", "Control+Enter")
  lena.page.wait_for_url(lambda url: case not in url)
  left = here.api("P-lena", "GET", "/v1/tasks?state=skipped")[1]["tasks"]
  checks.hold("skipped, it is left to others", [task["case"] for task in left] == [case], left)
  checks.hold("no error in the browser", not ada.errors + lena.errors, ada.errors + lena.errors)
  ada.leave()
  lena.leave()


def live(browser, here, checks):
  """A list that is open shows a new task by itself."""
  ada = Keyboard(browser, here, "P-ada")
  count = ada.page.locator("a.task").count()
  here.review("M-4003")
  end = time.time() + 6
  while time.time() < end and ada.page.locator("a.task").count() == count:
    time.sleep(0.1)
  checks.hold("a new task appears without a reload", ada.page.locator("a.task").count() == count + 1)
  ada.leave()


def breaking(browser, here, checks):
  """Nobody else is there: one person breaks the glass by keys, and decides alone."""
  case = here.case("invoice-exception", "ie-0015")
  omar = Keyboard(browser, here, "P-omar")
  omar.go(case)
  omar.press("b")
  checks.hold("b opens what breaking the glass asks for", omar.sees("you alone decide this one case"))
  omar.type("The press stands still, and nobody answers.")
  omar.press("Tab")
  omar.type("INC-7")
  omar.shot("break-glass")
  omar.press("Tab", "Tab", "Tab", "Enter")
  checks.hold("without the second act nothing is sent", omar.page.locator("details[data-key=b] input[name=confirm]:invalid").count() == 1)
  omar.press("Space", "Control+Enter")
  checks.hold("policy grants it, and the page says until when", omar.sees("broke the glass", 15), omar.text()[:300])
  omar.shot("glass-broken")
  told = here.until("notice", lambda: [event for event in here.road.cases[case]["escalations"] if event["kind"].endswith("escalation.glass.v1")])
  checks.hold("supervisors hear of it", told[0]["person"] == "P-omar" and told[0]["ticket"] == "INC-7", told[0])
  omar.press("v")
  checks.hold("evidence that must be seen is opened as ever", omar.sees("opened by you"))
  omar.press("a", "Space", "Control+Enter")
  here.until("complete decision", lambda: [d for d in here.road.cases[case]["decisions"] if d["result"] == "complete"])
  checks.hold("one person alone suffices", True)
  checks.hold("no error in the browser", not omar.errors, omar.errors)
  omar.leave()


def starting(browser, here, checks):
  """What is stopped two people start again by keys, each with the key of their own browser."""
  policy = f"{here.local}{here.options.base + 2}"
  status, answer = call("POST", f"{policy}/v1/stops", here.token("P-ivo"), {"workflow": "ticket-summary", "reason": "summaries are short"})
  checks.hold("a workflow is stopped", status == 200, answer)
  ivo, tara = Keyboard(browser, here, "P-ivo"), Keyboard(browser, here, "P-tara")
  ivo.page.goto(f"{here.reviewer}/stops")
  checks.hold("the page says that the browser signs", ivo.sees("summaries are short"))
  ivo.press("w")
  checks.hold("w asks what is to start", ivo.sees("Your browser signs with its key"), ivo.text()[:300])
  ivo.press("Control+Enter")
  checks.hold("the first one's word waits for another", ivo.sees("wants to start it again"), ivo.text()[:300])
  ivo.shot("start-again")
  ivo.press("w", "Control+Enter")
  checks.hold("and is no second one", ivo.sees("two different people"), ivo.text()[:300])
  tara.page.goto(f"{here.reviewer}/stops")
  tara.press("w", "Control+Enter")
  checks.hold("another person starts it", here.until("start", lambda: call("GET", f"{policy}/v1/stops")[1]["stops"] == []))
  checks.hold("no error in the browser", not tara.errors and not [error for error in ivo.errors if "403" not in error], ivo.errors + tara.errors)
  ivo.leave()
  tara.leave()


def counting(browser, here, checks):
  """Three keys at medium impact and five at high, of every workflow in which somebody approves; five beside what is typed for an expert's form."""
  for workflow, sample, data, person, most in WORK:
    case = here.case(workflow, sample, **data)
    desk = Keyboard(browser, here, person)
    here.until("task", lambda: here.api(person, "GET", f"/v1/tasks/{case}")[0] == 200)
    keys, _ = approve(desk, case)
    checks.hold(f"at most {most} keys for {workflow}, {sample}", keys <= most, keys)
    desk.leave()
  workflow, sample, data, person, most = FORM
  case = here.case(workflow, sample, **data)
  expert = Keyboard(browser, here, person)
  here.until("task", lambda: here.api(person, "GET", f"/v1/tasks/{case}")[0] == 200)
  expert.go(case)
  chosen = expert.page.evaluate("document.querySelectorAll('form[data-fill] :checked').length")
  checks.hold("an expert's form begins empty, with nothing chosen", expert.page.locator("form[data-fill]").count() == 1 and not chosen, chosen)
  expert.shot("expert-form")
  keys, _ = fill_in(expert, case)
  checks.hold(f"at most {most} keys beside what is typed for an expert's form", keys <= most, keys)
  decided = here.until("the expert's decision", lambda: here.road.cases[case]["decisions"])[-1]
  checks.hold("and policy counts it", decided["result"] in ("counted", "complete"), decided)
  checks.hold("no error in the browser", not expert.errors, expert.errors)
  expert.leave()


def looking(browser, here, checks, case):
  """Each page in two themes and five widths: no violation for axe, no sideways scrolling."""
  axe, found = Axe(), []
  for theme in ("light", "dark"):
    ada = Keyboard(browser, here, "P-ada", color_scheme=theme)
    for name, path in (("list", "/"), ("task", f"/tasks/{case}"), ("left-to-others", "/?state=skipped"), ("not-open", "/tasks/00000000-0000-0000-0000-000000000000"),
                       ("queues", "/queues"), ("keys", "/keys"), ("away", "/away"), ("stops", "/stops"), ("exceptions", "/exceptions"),
                       ("overview", "/overview"), ("workflow", "/workflows/reply-draft"), ("report", "/reports/daily"), ("thresholds", "/reports/quarterly"),
                       ("story", f"/cases/{case}"), ("settings", "/settings"), ("filtered", "/?state=free&risk=critical&q=100%25")):
      for width in WIDTHS:
        ada.page.set_viewport_size({"width": width, "height": 900})
        ada.page.goto(here.reviewer + path)
        if name == "task":
          ada.page.evaluate("document.querySelectorAll('details').forEach(e => e.open = true)")
        ada.shot(f"{name}-{theme}-{width}")
        for violation in axe.run(ada.page).response["violations"]:
          found.append(f"{name} {theme} {width}: {violation['id']} {violation['nodes'][0]['html'][:120]}")
        if ada.page.evaluate("document.documentElement.scrollWidth > innerWidth"):
          found.append(f"{name} {theme} {width}: scrolls sideways")
    ada.leave()
  signed_out = browser.new_page()
  signed_out.goto(here.reviewer)
  found += [f"sign-in: {violation['id']}" for violation in axe.run(signed_out).response["violations"]]
  signed_out.screenshot(path=here.options.shots / "sign-in.png", full_page=True)
  signed_out.close()
  checks.hold("axe finds nothing and nothing scrolls sideways: 16 pages, 2 themes, 5 widths, sign-in", not found, "\n".join(found))


def main():
  parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
  parser.add_argument("run", type=pathlib.Path)
  parser.add_argument("--brokers", required=True)
  parser.add_argument("--base", type=int, required=True)
  parser.add_argument("--shots", type=pathlib.Path, required=True)
  options = parser.parse_args()
  options.shots.mkdir(parents=True, exist_ok=True)
  # What a browser does not answer has no end of its own.
  faulthandler.dump_traceback_later(600, exit=True)
  here, checks = Desk(options), Checks()
  with sync_playwright() as playwright:
    browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"])
    case, other = deciding(browser, here, checks)
    drafts(browser, here, checks, case)
    changing(browser, here, checks, other, case)
    revealing(browser, here, checks, other)
    opening(browser, here, checks)
    stale(browser, here, checks)
    together(browser, here, checks, other)
    live(browser, here, checks)
    breaking(browser, here, checks)
    starting(browser, here, checks)
    counting(browser, here, checks)
    looking(browser, here, checks, case)
    browser.close()
  print(f"{checks.passed} passed, {checks.failed} failed")
  return 1 if checks.failed else 0


if __name__ == "__main__":
  sys.exit(main())

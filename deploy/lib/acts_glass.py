"""Step 11 of the story: an urgent payment, and nobody else is there. Break-glass."""
import json
import time

from forging import read
from glass import review_of
from road import call
from stage import WORKFLOWS

REASON = "The supplier's staff leaves at noon; Gus and Hana are on a plane."


def broken(stage, case, ticket):
  """Omar breaks the glass. Returns the task as he sees it then."""
  status, said = stage.break_glass(case, "P-omar", REASON, ticket)
  stage.expect("a fresh sign-in, a reason, a ticket: the manager breaks the glass for this one case", status == 303, f"{status} {said if status != 303 else ''}")
  def granted():
    task = stage.desk("GET", case, "P-omar")[1]
    return task if (task.get("glass") or {}).get("granted") else None
  task = stage.until(granted, 10) or {}
  stage.expect("policy grants it for an hour", task, (task.get("glass") or {}).get("until"))
  return task


def marked(stage, case):
  """The claims of the case's permit."""
  permits = stage.until(lambda: stage.road.cases[case]["permits"], 120)
  return read(permits[-1]["permit"]) if permits else {}


def urgent(stage):
  """Step 11."""
  case = stage.send(stage.sample("invoice-exception", "ie-release-block"))
  review = stage.review(case)
  patch = json.loads((WORKFLOWS / "invoice-exception" / "expectations.json").read_text())["ie-release-block"]["decision"]
  stage.people.decide(case, review, patch, [])
  second = stage.review(case, review["version"] + 1)
  stage.expect("somebody proposes to release the payment block; two others must approve", second.get("editors") and second["version"] > review["version"],
               second.get("quorum"))
  status, answer = call("POST", f"{stage.people.url}/v1/tasks/{case}/break-glass", stage.people.people["P-omar"][0], {"reason": REASON, "ticket": "INC-7"})
  stage.expect("without a fresh sign-in nobody breaks the glass", (status, answer.get("code")) == (403, "authentication.old"), answer.get("code"))
  task = broken(stage, case, "INC-7")
  told = stage.until(lambda: [event for event in stage.road.cases[case]["escalations"] if event["kind"].endswith("escalation.glass.v1")], 10)
  stage.expect("supervisors and security hear of it at once", told and {"duty-officers", "security-reviewers"} <= set(told[0]["groups"]),
               told and f"{', '.join(told[0]['people'])}")
  stage.expect("and are called", stage.until(lambda: called(stage, "glass.v1"), 15), "by the demo's pager")
  status, answer = stage.decide(case, "P-omar", "approve")
  stage.expect("he alone approves", status == 202 and answer.get("complete"), f"{status} {answer.get('code') or answer.get('decision')}")
  permit = marked(stage, case)
  stage.expect("the permit is marked by the grant", permit.get("glass") and read(permit["glass"])["sub"] == "P-omar", f"ticket {read(permit['glass'])['ticket']}" if permit.get("glass") else "")
  stage.expect("and is carried out", stage.outcome(case, 120) == "executed", stage.road.cases[case].get("outcome", {}).get("reason"))
  afterwards(stage, (task.get("glass") or {}).get("grant", ""))
  story = stage.story(case, "was right to break the glass")
  stage.expect("the case's story tells all of it", all(words in story for words in ("BREAK-GLASS", "MARKED", "INC-7", "was right to break the glass")), story[-120:])
  refusing(stage)


def called(stage, kind):
  """What the demo's pager was told of this kind."""
  try:
    return [entry for entry in call("GET", f"{stage.local}{stage.options.base + 33}")[1]["calls"] if entry["type"].endswith(f"escalation.{kind}")]
  except OSError:
    return []


def afterwards(stage, grant):
  """Another person looks at it."""
  asked = review_of(grant)
  review = stage.review(asked)
  left = (review.get("deadline", 0) / 1e6 - review.get("ingested", 0) / 1e6) / 3600 if review["version"] else 0
  stage.expect("another person is asked whether it was right, within 24 hours", review.get("workflow") == "break-glass" and 23 < left < 25, f"{left:.0f} hours")
  status, answer = stage.desk("GET", asked, "P-omar")
  stage.expect("he himself may not look at it", status in (403, 404), f"{status} {answer.get('code')}")
  status, answer = stage.decide(asked, "P-ivo", "approve")
  stage.expect("the duty officer finds it justified", status == 202, f"{status} {answer.get('code') or answer.get('decision')}")
  ended = stage.until(lambda: [entry for entry in called(stage, "glass.resolved.v1") if entry["data"]["grant"] == grant], 20)
  stage.expect("and the alert of those who were called ends", ended and ended[0]["data"]["result"] == "justified", ended and ended[0]["data"]["summary"])


def refusing(stage):
  """An executor of critical actions takes no marked permit."""
  stage.script(f"stack_kill {stage.options.dir} executor TERM")
  time.sleep(1)
  stage.script(f"EXECUTOR_REFUSE_GLASS=yes stack_run {stage.options.dir} executor")
  case = stage.send(stage.sample("invoice-exception", "ie-0015"))
  stage.review(case)
  broken(stage, case, "INC-8")
  status, answer = stage.decide(case, "P-omar", "approve")
  ended = stage.outcome(case, 150) if status == 202 else None
  reason = (stage.road.cases[case].get("outcome") or {}).get("reason", "")
  stage.expect("an executor that is told to refuses what one person decided alone", ended == "failed" and "broken glass" in reason, f"{status} {ended} {reason}")
  stage.script(f"stack_kill {stage.options.dir} executor TERM")
  time.sleep(1)
  stage.script(f"stack_run {stage.options.dir} executor")

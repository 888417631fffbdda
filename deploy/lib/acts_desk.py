"""Steps 3 and 14 of the story: a verifier works the sample, a lead looks at the queues. The keys are pressed in the browser suite."""
from stage import codes


def drawn(stage):
  """The tickets of step 2 that wait since they were drawn for checking."""
  return [(case, entry["open"]) for case, entry in stage.road.cases.items()
          if entry.get("admitted", {}).get("item", "").startswith("bulk-") and entry.get("open") and "sample.drawn" in codes(entry["open"])]


def adjudication(stage, case):
  """The case by which somebody who knows nothing of the decision is asked about this one."""
  return next((entry["first"] for entry in stage.road.cases.values()
               if entry.get("first", {}).get("workflow") == "adjudication" and entry["first"]["data"].get("case") == case), None)


def sample(stage):
  """Step 3."""
  waiting = drawn(stage)
  if not stage.expect("tickets wait for checking", len(waiting) >= 2, f"{len(waiting)}"):
    return
  (wrong, review), (right, other) = waiting[:2]
  why = next(match["because"] for match in review["matches"] if match["code"] == "sample.drawn")
  stage.expect("why it is there stands with it", why.startswith("drawn for checking, p = 0."), why)
  who, problem = stage.people.decide(
    wrong, review, {"verb": "reject", "code": "wrong_answer", "words": "The summary names another product."}, [])
  stage.expect("a verifier finds a wrong summary and rejects it with a code", who, who or problem)
  stage.expect("it ends rejected", stage.outcome(wrong) == "rejected", stage.road.cases[wrong].get("outcome", {}).get("code"))
  labels = stage.until(lambda: stage.road.cases[wrong].get("labels"), 20) or [{}]
  stage.expect("the error becomes a labelled example of the model's", labels[-1].get("verb") == "reject" and labels[-1].get("code") == "wrong_answer",
               labels[-1].get("model"))
  asked = stage.until(lambda: adjudication(stage, wrong), 30) or {}
  stage.expect("somebody who knows nothing of it is asked whether it was wrong", asked and "wrong_answer" not in str(asked.get("data")),
               f"queue {asked.get('queue')}")
  stage.expect("whoever rejected it may not judge it again", who and any(who[0] in name for name in asked.get("barred", [])), asked.get("barred"))
  who, problem = stage.people.decide(right, other, {"verb": "approve"}, [])
  stage.expect("the next one is right, and goes out", who and stage.outcome(right) == "executed", who or problem)
  stage.later("two seeded errors stand among them and nothing gives them away", "seeds come with a later issue")


def queues(stage):
  """Step 14."""
  status, answer = stage.health("P-ivo")
  found = answer.get("queues", []) if status == 200 else []
  stage.expect("the queues are told, each with its oldest case", found and all(
    queue["open"] == 0 or queue["oldest_seconds"] is not None for queue in found), f"{len(found)} queues")
  stage.expect("and what the next hour will be like", found and all(set(queue["forecast"]) == {"open", "late"} for queue in found),
               ", ".join(f"{queue['queue']} {queue['forecast']['open']} open" for queue in found))
  stage.expect("none is without an owner", found and not any(queue["unowned"] for queue in found), "unowned 0")
  stage.later("a reviewer reaches the limit and is rotated; a too-fast streak is seen by that person alone", "limits come with a later issue")

"""Step 13 of the story: the stop switch."""
from stage import codes


def approve(stage, case, version=1):
  """Somebody whose approval is needed gives it. Returns who did, and why nobody could."""
  review = stage.review(case, version)
  return stage.until(lambda: (answer := stage.people.decide(case, review, {"verb": "approve"}, []))[0] and answer, 10) or (None, "nobody could")


def switch(stage):
  """Step 13."""
  out, waiting = (stage.send(stage.sample("reply-draft", "rd-0001", thread=thread)) for thread in ("M-4009", "M-4010"))
  for case in (out, waiting):
    stage.review(case)
  stage.script(f"stack_kill {stage.options.dir} executor TERM")
  approve(stage, out)
  permit = stage.until(lambda: stage.road.cases[out]["permits"], 60)
  stage.expect("a permit is out, and its executor is down", permit, f"{len(permit)} permit")
  done, said = stage.stop("P-ivo", "reply-draft", "replies name the wrong order")
  stage.expect("the duty officer stops reply-draft", done, said)
  revoked = stage.until(lambda: stage.road.cases[out].get("revoked"), 10)
  stage.expect("within two seconds the unexecuted permit is revoked", revoked and revoked - stage.said_at < 2,
               f"after {revoked - stage.said_at:.1f} s" if revoked else "it is not")
  who, problem = approve(stage, waiting)
  stage.expect("drafts are still reviewed", who, who or problem)
  held = stage.until(lambda: stage.road.cases[waiting].get("held"), 60)
  stage.expect("what is approved waits, without a permit", held and not stage.road.cases[waiting]["permits"], f"held {held}")
  stage.script(f"stack_run {stage.options.dir} executor")
  again = stage.review(out, 2)
  stage.expect("the executor refuses the revoked permit, and the draft comes back to people", "stopped" in codes(again),
               ", ".join(sorted(codes(again))))
  for name, expected in (("P-ivo", "another person"), ("P-ivo", "two different people"), ("P-nina", "runs again")):
    said = stage.start(name, "reply-draft")
    stage.expect(f"{name} starts it again: {expected}", expected in said.lower(), said)
  stage.expect("what was approved goes on", stage.outcome(waiting) == "executed", stage.road.cases[waiting].get("outcome", {}).get("reason"))
  _, problem = approve(stage, out, again["version"])
  stage.expect("and the other draft, approved anew, goes out", stage.outcome(out) == "executed",
               stage.road.cases[out].get("outcome", {}).get("reason") or problem)

"""Step 13 of the story: the stop switch."""
import subprocess
import time

from stage import codes


def switch(stage, name, command, *arguments):
  """What policy answers to a command of countersign's, in the name of a person; (whether it was done, its words)."""
  file = stage.options.dir / f"{name}.token"
  file.write_text(stage.people.people[name][0])
  done = subprocess.run(
    [stage.options.bin / "countersign", command, "reply-draft", "--policy", f"{stage.local}{stage.options.base + 2}",
     "--token-file", file, *arguments], capture_output=True, text=True)
  return done.returncode == 0, " ".join((done.stdout + done.stderr).split())


def stop(stage):
  """Step 13. The executor is away meanwhile, so that a permit is out that nobody has executed."""
  out, draft = (stage.sample("reply-draft", "rd-0001", thread=thread) for thread in ("M-4001", "M-4002"))
  before = {thread: len(stage.record(f"/mails?thread={thread}")["messages"]) for thread in ("M-4001", "M-4002")}
  out = stage.send(out)
  stage.review(out)
  stage.script(f"stack_kill '{stage.options.dir}' executor TERM")
  stage.decide(out, "P-ada", "approve")
  permits = stage.until(lambda: stage.road.cases[out]["permits"], 60)
  stage.expect("an approved reply has its permit, not executed yet", permits, out)
  began = time.monotonic()
  done, words = switch(stage, "P-ivo", "stop", "--reason", "replies name wrong products")
  stage.expect("the duty officer stops reply-draft", done, words)
  revoked = stage.until(lambda: "Policy revoked the permit" in stage.story(out, "Policy revoked the permit", 0.1), 10)
  stage.expect("the permit is revoked", revoked, f"seen in the case's story after {time.monotonic() - began:.1f} s")
  draft = stage.send(draft)
  review = stage.review(draft)
  stage.expect("drafts are still reviewable", review["version"], f"route {review.get('route')}, {sorted(codes(review))}")
  status, answer = stage.decide(draft, "P-ada", "approve")
  stage.expect("and may be approved", status < 300, f"{status} {answer.get('code') or answer.get('decision')}")
  waits = "The case waits" in stage.story(draft, "The case waits", 60)
  stage.script(f"stack_run '{stage.options.dir}' executor")
  time.sleep(3)
  stage.road.read()
  now = {thread: len(stage.record(f"/mails?thread={thread}")["messages"]) for thread in before}
  stage.expect("what is approved waits, and nothing leaves", waits and not stage.road.cases[draft]["permits"] and now == before,
               f"{sum(now.values()) - sum(before.values())} mails sent")
  done, words = switch(stage, "P-ivo", "start")
  stage.expect("one person does not start it again", done and "Another person" in words, words)
  done, words = switch(stage, "P-ivo", "start")
  stage.expect("nor the same one twice", not done, words)
  done, words = switch(stage, "P-nina", "start")
  stage.expect("a second one does", done, words)
  stage.expect("what waited is sent", stage.outcome(draft) == "executed", stage.road.cases[draft].get("outcome", {}).get("reason"))

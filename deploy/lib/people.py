"""The scripted reviewers: they decide through the reviewer's documented API, each with the token of a named demo person."""
import json
import pathlib
import time
import uuid

from own_key import signed
from road import call

WORKFLOWS = pathlib.Path(__file__).parents[1] / "workflows"


class People:
  """The demo's people: name, token and groups of each."""

  def __init__(self, url, tokens):
    self.url, self.people = url, {}
    for line in pathlib.Path(tokens).read_text().splitlines():
      token, name = line.split()
      status, me = call("GET", f"{url}/v1/me", token)
      if status == 200:
        self.people[name] = token, set(me["groups"])

  def decide(self, case, review, decision, done):
    """One decision by somebody whose approval is still needed; `done` are (name, group) that have decided.

    Returns ((name, group), None), or (None, why nobody could).
    """
    wanted = groups(review["quorum"])
    given = {group for _, group in done}
    barred = {name for name, _ in done} | {(review.get("requester") or {}).get("id")}
    problem = "nobody is eligible"
    for group in [group for group in wanted if group not in given] or wanted:
      for name, (_, own) in self.people.items():
        if group in own and name not in barred:
          problem = self.submit(case, review, decision, name)
          if problem is None:
            return (name, group), None
    return None, problem

  def submit(self, case, review, decision, name):
    """A claim and a decision by this person, on the review that was read: an edit of an older one would use up somebody who
    could approve. Returns None, or what was answered instead."""
    token = self.people[name][0]
    status, task = call("GET", f"{self.url}/v1/tasks/{case}", token)
    if status != 200:
      return f"GET {status} {task}"
    if task["version"] != review["version"]:
      return f"the task is of version {task['version']}, the review of {review['version']}"
    status, claim = call("POST", f"{self.url}/v1/tasks/{case}/claim", token, {})
    if status not in (200, 201):
      return f"claim {status} {claim}"
    for source in task.get("unopened", []):
      call("POST", f"{self.url}/v1/tasks/{case}/sources/{source}/view", token, {})
    body = {"version": task["version"], "view": task["view"], "fence": claim["fence"], "verb": decision["verb"],
            "code": decision.get("code", ""), "words": decision.get("words", "decided by the scripted reviewer")}
    if decision["verb"] == "edit" and not review.get("editors"):
      body |= {"action": edited(review, decision["patch"]), "code": "corrected"}
    elif decision["verb"] == "edit":
      body["verb"] = "approve"
    status, answer = call("POST", f"{self.url}/v1/tasks/{case}/decision", token, signed(self.url, token, case, task, body),
                          {"Idempotency-Key": str(uuid.uuid4())})
    return None if status in (200, 201, 202) else f"decision {status} {answer}"


class Desk:
  """Decides every open review as its script says, as long as the case needs decisions."""

  def __init__(self, people, road):
    self.people, self.road, self.done, self.tried, self.problems = people, road, {}, {}, {}

  def reviewers(self, case):
    return [name for name, _, _ in self.done.get(case, [])]

  def look(self, case, decision):
    """Decides once, if a decision is wanted now; each attempt is a second apart."""
    review = self.road.cases[case].get("open")
    if not review:
      return
    done = [entry for entry in self.done.get(case, []) if entry[2] == review["version"]]
    key = case, review["version"], len(done)
    if self.tried.get(key, 0) > time.monotonic():
      return
    self.tried[key] = time.monotonic() + 1
    who, problem = self.people.decide(case, review, decision, [(name, group) for name, group, _ in done])
    if who:
      self.done[case] = done + [(*who, review["version"])]
    else:
      self.problems[case] = problem


def groups(quorum):
  """The groups of a quorum tree, each as often as it is wanted."""
  if "group" in quorum:
    return [quorum["group"]] * quorum["count"]
  return [group for branch in quorum["branches"] for group in groups(branch)]


def edited(review, patch):
  """The action with the expert's changes; of a form that starts empty, the whole action."""
  action = review.get("action")
  if action is None:
    action = json.loads((WORKFLOWS / review["workflow"] / "action.template.json").read_text())
    action = {key: filled(value, review["data"]) for key, value in action.items() if key != "body"} | {"body": {}}
  return merged(action, patch)


def filled(text, data):
  for key, value in data.items():
    if isinstance(value, str):
      text = text.replace("{item." + key + "}", value)
  return text


def merged(target, patch):
  """RFC 7396."""
  if not isinstance(patch, dict):
    return patch
  result = dict(target) if isinstance(target, dict) else {}
  for key, value in patch.items():
    if value is None:
      result.pop(key, None)
    else:
      result[key] = merged(result.get(key), value)
  return result

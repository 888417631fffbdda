"""Sends every sample through a running installation and accounts for each: `./deploy/demo --once`.

The reviewers are scripted here, outside the services: they read the case files from `reviews.requested`, as any frontend
may, and decide through the reviewer's documented API with the tokens of named demo people. What must come of a sample
stands in its workflow's `expectations.json`, apart from the sample.
"""
import argparse
import collections
import json
import pathlib
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid

import confluent_kafka
from confluent_kafka import TopicPartition

TARGETS = ("ticket", "thread", "person", "invoice", "matter", "subject")
TOPICS = ("reviews.requested", "outcomes", "permits", "verdicts", "model.proposals", "intake.replies")


def call(method, url, token, body=None, headers=None):
  data = None if body is None else json.dumps(body).encode()
  request = urllib.request.Request(url, data, method=method, headers={
    "Authorization": f"Bearer {token}", "Content-Type": "application/json", **(headers or {})})
  try:
    with urllib.request.urlopen(request, timeout=20) as answer:
      return answer.status, json.loads(answer.read() or b"null")
  except urllib.error.HTTPError as error:
    return error.code, json.loads(error.read() or b"null")


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


class Road:
  """What the topics have said of each case."""

  def __init__(self, brokers):
    self.reader = confluent_kafka.Consumer({
      "bootstrap.servers": brokers, "group.id": "demo-once", "enable.auto.commit": False, "auto.offset.reset": "earliest",
      "fetch.wait.max.ms": 10})
    topics = self.reader.list_topics(timeout=10).topics
    self.reader.assign([TopicPartition(t, p, 0) for t in TOPICS for p in topics[t].partitions])
    self.cases = collections.defaultdict(lambda: {"reviews": [], "permits": 0, "verdicts": []})

  def read(self):
    for message in self.reader.consume(500, 0.1):
      if message.error():
        continue
      headers = {name: value.decode() for name, value in message.headers() or [] if value}
      case, kind, body = headers.get("ce_subject"), headers.get("ce_type"), json.loads(message.value() or b"null")
      entry = self.cases[case]
      if kind == "countersign.review.requested.v1":
        entry["reviews"].append(body)
        entry.setdefault("first", body)
        entry["open"] = body
      elif kind == "countersign.review.closed.v1":
        entry["open"] = None
      elif kind == "countersign.case.judged.v1":
        entry.setdefault("first", body)
      elif kind == "countersign.decision.judged.v1":
        entry["verdicts"].append(body)
        if body["result"] == "complete":
          entry["open"] = None
      elif kind == "countersign.permit.issued.v1":
        entry["permits"] += 1
      elif kind == "countersign.outcome.v1":
        entry["outcome"] = body["outcome"]
        entry["code"] = body["code"]
        entry["seconds"] = message.timestamp()[1] / 1000 - body["ingested"] / 1e6
      elif kind == "countersign.proposal.made.v1":
        entry["probability"] = body.get("probability")


class People:
  def __init__(self, url, tokens):
    self.url = url
    self.people = []
    for line in pathlib.Path(tokens).read_text().splitlines():
      token, name = line.split()
      status, me = call("GET", f"{url}/v1/me", token)
      if status == 200:
        self.people.append((name, token, set(me["groups"])))

  def decide(self, case, review, expected, done):
    """One decision by somebody whose approval is still needed. Returns who decided, or why nobody could."""
    wanted = [group for group in groups(review["quorum"])]
    taken = {name for name, _ in done}
    requester = (review.get("requester") or {}).get("id")
    missing = [group for group in wanted if group not in {g for _, g in done}] or wanted
    for group in missing:
      for name, token, own in self.people:
        if group not in own or name in taken or name == requester:
          continue
        answer = self.submit(case, review, expected, token)
        if answer is None:
          return (name, group), None
        last = answer
    return None, locals().get("last", "nobody is eligible")

  def submit(self, case, review, expected, token):
    status, task = call("GET", f"{self.url}/v1/tasks/{case}", token)
    if status != 200:
      return f"GET {status} {task}"
    status, claim = call("POST", f"{self.url}/v1/tasks/{case}/claim", token, {})
    if status not in (200, 201):
      return f"claim {status} {claim}"
    decision = {"version": task["version"], "view": task["view"], "fence": claim["fence"], "verb": expected["verb"],
                "code": expected.get("code", ""), "words": "decided by the scripted reviewer"}
    if expected["verb"] == "edit" and not review.get("editors"):
      decision["action"] = edited(review, expected["patch"])
      decision["code"] = "corrected"
    elif expected["verb"] == "edit":
      decision["verb"] = "approve"
    status, answer = call("POST", f"{self.url}/v1/tasks/{case}/decision", token, decision,
                          {"Idempotency-Key": str(uuid.uuid4())})
    return None if status in (200, 201, 202) else f"decision {status} {answer}"


def edited(review, patch):
  """The action with the expert's changes; of a form that starts empty, the whole action."""
  action = review.get("action")
  if action is None:
    folder = pathlib.Path(__file__).parents[1] / "workflows" / review["workflow"]
    action = json.loads((folder / "action.template.json").read_text())
    action = {key: filled(value, review["data"]) for key, value in action.items() if key != "body"} | {"body": {}}
  return merged(action, patch)


def filled(text, data):
  for key, value in data.items():
    if isinstance(value, str):
      text = text.replace("{item." + key + "}", value)
  return text


def groups(quorum):
  if "group" in quorum:
    return [quorum["group"]] * quorum["count"]
  return [group for branch in quorum["branches"] for group in groups(branch)]


def waves(samples):
  """At most one item for each target at a time: two changes of one record would void each other's before-state."""
  found = collections.defaultdict(list)
  for sample in samples:
    key = next((f"{field}:{sample['data'][field]}" for field in TARGETS if isinstance(sample["data"].get(field), str)), sample["id"])
    found[key].append(sample)
  while any(found.values()):
    yield [found[key].pop(0) for key in list(found) if found[key]]


def judge(sample, expected, entry):
  first = entry.get("first") or {}
  codes = {match["code"] for match in first.get("matches", [])}
  route = "auto" if first.get("id") else first.get("route", "auto" if entry.get("outcome") == "advisory" else "none")
  drawn = "sample.drawn" in codes and expected["route"] == "auto"
  wrong = []
  if route != expected["route"] and not drawn:
    wrong.append(f"route {route}, expected {expected['route']}")
  if not set(expected["codes"]) <= codes and not drawn:
    wrong.append(f"codes {sorted(set(expected['codes']) - codes)} missing")
  if entry.get("outcome") != expected["outcome"]:
    wrong.append(f"outcome {entry.get('outcome', 'none')}, expected {expected['outcome']}")
  return route, sorted(codes), wrong


def main():
  parser = argparse.ArgumentParser(description=__doc__)
  parser.add_argument("--brokers", required=True)
  parser.add_argument("--intake", required=True)
  parser.add_argument("--reviewer", required=True)
  parser.add_argument("--keys", type=pathlib.Path, required=True)
  parser.add_argument("--workflows", type=pathlib.Path, required=True)
  parser.add_argument("--only", default="")
  parser.add_argument("--fresh", default="", help="a command that gives the system of record its first state back")
  parser.add_argument("--json", action="store_true")
  options = parser.parse_args()
  samples, expectations = [], {}
  for folder in sorted(options.workflows.iterdir()):
    if (folder / "expectations.json").exists() and options.only in folder.name:
      expectations |= json.loads((folder / "expectations.json").read_text())
      samples += [json.loads(path.read_text()) for path in sorted((folder / "samples").glob("*.json"))]
  road, people = Road(options.brokers), People(options.reviewer, options.keys / "people.tokens")
  cases, stuck, done = {}, {}, collections.defaultdict(list)
  plan = list(waves(samples))
  for number, wave in enumerate(plan, 1):
    print(f"wave {number} of {len(plan)}: {len(wave)} items", file=sys.stderr, flush=True)
    if number > 1 and options.fresh:
      subprocess.run(options.fresh, shell=True, check=True)
    for sample in wave:
      token = (options.keys / "tokens" / sample["source"]).read_text().strip()
      status, answer = call("POST", f"{options.intake}/v1/items", token, sample)
      if status in (200, 202):
        cases[sample["id"]] = answer["case"]
      else:
        stuck[sample["id"]] = f"{status} {answer.get('code')}"
    waiting = {sample["id"] for sample in wave if sample["id"] in cases}
    deadline = time.time() + 240
    tried = {}
    while waiting and time.time() < deadline:
      road.read()
      for name in list(waiting):
        case = cases[name]
        entry = road.cases[case]
        if "outcome" in entry:
          waiting.discard(name)
          continue
        review = entry.get("open")
        expected = expectations[name]["decision"] or {"verb": "approve"}
        if review and tried.get((case, review["version"], len(done[case])), 0) < time.time():
          tried[case, review["version"], len(done[case])] = time.time() + 1
          if done[case] and done[case][0][2] != review["version"]:
            done[case] = []
          who, problem = people.decide(case, review, expected, [(n, g) for n, g, _ in done[case]])
          if who:
            done[case].append((*who, review["version"]))
          else:
            stuck[name] = problem
  road.read()
  rows, bad = [], 0
  for sample in samples:
    entry = road.cases[cases.get(sample["id"], "")]
    route, codes, wrong = judge(sample, expectations[sample["id"]], entry)
    if wrong and sample["id"] in stuck:
      wrong.append(str(stuck[sample["id"]])[:160])
    bad += bool(wrong)
    first = entry.get("first") or {}
    rows.append({
      "item": sample["id"], "workflow": sample["workflow"], "case": cases.get(sample["id"]), "route": route, "codes": codes,
      "confidence": first.get("confidence"), "parts": first.get("parts"), "reviewers": [n for n, _, _ in done[cases.get(sample["id"], "")]],
      "permits": entry["permits"], "outcome": entry.get("outcome"), "seconds": round(entry.get("seconds", -1), 1), "wrong": wrong})
  if options.json:
    print(json.dumps(rows, indent=1))
  else:
    for row in rows:
      print(f"{row['item']:24.24} {row['route']:7} {','.join(row['codes'])[:40]:40} {','.join(row['reviewers'])[:28]:28} "
            f"{row['permits']} permit{'s' if row['permits'] != 1 else ' '} {row['outcome'] or 'NONE':18} {row['seconds']:6.1f}s"
            + ("  WRONG: " + "; ".join(row["wrong"]) if row["wrong"] else ""))
  print(f"{len(rows) - bad} passed, {bad} failed", file=sys.stderr if options.json else sys.stdout)
  return 1 if bad else 0


if __name__ == "__main__":
  sys.exit(main())

"""Every draw of ten thousand cases, computed anew from what policy published; then lots that people reject, the rates that follow,
and what two people who know nothing of a rejection find.

    draw.py FOLDER COUNTERSIGN --brokers B --port-base N [--items N]
"""
import argparse
import json
import pathlib
import subprocess
import sys
import time

from load import Checks, call
from own_key import signed

WORLD = pathlib.Path(__file__).resolve().parents[1] / "world"
VERIFIER, LOTS = WORLD / "verify_draw.py", WORLD / "verify_lots.py"


class Checkers:
  """The bench's workflow with a person who rejects held samples."""

  def __init__(self, options):
    self.options = options
    self.tokens = dict(reversed(line.split()) for line in (options.folder / "keys/people.tokens").read_text().splitlines())
    self.token = self.tokens["P-ivo"]
    self.sample = json.loads((options.folder / "workflows/bench/samples/one.json").read_text())
    self.sent = 0

  def url(self, service):
    return f"http://127.0.0.1:{self.options.port_base + service}"

  def publish(self, first, count):
    items = self.options.folder / f"items-{first}.jsonl"
    with items.open("w") as file:
      for number in range(first, first + count):
        file.write(json.dumps(self.sample | {"id": f"draw-{number}", "data": self.sample["data"] | {"number": f"B-{number}"}}) + "\n")
    return subprocess.run(
      [self.options.countersign, "publish", "bench", items, "--http", self.url(1), "--source", "bench",
       "--token-file", self.options.folder / "keys/tokens/bench", "--wait", "0", "--concurrency", "128"], capture_output=True, text=True)

  def reject(self, count):
    """How many held samples this person has rejected."""
    done = 0
    for task in call("GET", f"{self.url(4)}/v1/tasks?limit=100", self.token)[1]["tasks"]:
      url = f"{self.url(4)}/v1/tasks/{task['case']}"
      status, shown = call("GET", url, self.token)
      if status != 200 or done == count:
        continue
      status, claim = call("POST", f"{url}/claim", self.token, {})
      status, _ = call("POST", f"{url}/decision", self.token, signed(self.url(4), self.token, task["case"], shown, {
        "version": shown["version"], "view": shown["view"], "fence": claim.get("fence"), "verb": "reject", "code": "wrong_answer",
        "words": "rejected by the scripted reviewer"}))
      done += status == 202
    return done

  def decide(self, name, case, verb):
    """(status, what was shown) of one decision."""
    url, token = f"{self.url(4)}/v1/tasks/{case}", self.tokens[name]
    status, shown = call("GET", url, token)
    if status != 200:
      return status, shown
    status, claim = call("POST", f"{url}/claim", token, {})
    body = {"version": shown["version"], "view": shown["view"], "fence": claim.get("fence"), "verb": verb,
            "code": "wrong_answer" if verb == "reject" else "", "words": "judged by the scripted adjudicator"}
    return call("POST", f"{url}/decision", token, signed(self.url(4), token, case, shown, body))[0], shown

  def adjudications(self, name):
    """Open ones about one case each, by what they ask about."""
    tasks = call("GET", f"{self.url(4)}/v1/tasks?limit=200&queue=adjudication", self.tokens[name])[1]["tasks"]
    return [task["case"] for task in tasks]

  def severities(self):
    lots = call("GET", f"{self.url(2)}/v1/lots")[1]["lots"]
    return [lot["severity"] for lot in lots]


def main():
  parser = argparse.ArgumentParser(description=__doc__)
  parser.add_argument("folder", type=pathlib.Path)
  parser.add_argument("countersign", type=pathlib.Path)
  parser.add_argument("--brokers", required=True)
  parser.add_argument("--port-base", type=int, required=True)
  parser.add_argument("--items", type=int, default=10_000)
  options = parser.parse_args()
  checks = Checks()
  broker = ["--brokers", options.brokers, "--embedded"]

  records = options.folder / "verdicts.jsonl"
  with records.open("wb") as file:
    tail = subprocess.Popen(
      [options.countersign, "tail", "verdicts", "--from", "beginning", "--body", "--json", *broker], stdout=file)
  try:
    people = Checkers(options)
    began = time.monotonic()
    published = people.publish(0, options.items)
    checks.check("all items are taken", published.returncode == 0, published.stdout.strip() or published.stderr.strip())

    def verified():
      done = subprocess.run([options.countersign, "verify-sample", records, "--json"], capture_output=True, text=True)
      try:
        return done.returncode, json.loads(done.stdout)
      except ValueError:
        return done.returncode, {"checked": [], "unchecked": [], "faults": [done.stderr.strip()]}

    code, found = verified()
    while sum(epoch["cases"] for epoch in found["checked"]) < options.items and time.monotonic() - began < 240:
      time.sleep(2)
      code, found = verified()
  finally:
    tail.terminate()
    tail.wait(10)
  cases, drawn = (sum(epoch[name] for epoch in found["checked"]) for name in ("cases", "drawn"))
  checks.check("verify-sample computes each draw anew without a difference", code == 0 and cases == options.items and not found["faults"],
               f"{cases} cases in {len(found['checked'])} epochs, {drawn} drawn, {found['faults'][:3]}")
  checks.check("about 8% are drawn", 0.06 < drawn / max(cases, 1) < 0.10, drawn / max(cases, 1))
  topic = subprocess.run([options.countersign, "verify-sample", *broker], capture_output=True, text=True)
  checks.check("so it does from the topic itself", topic.returncode == 0, topic.stdout.strip().splitlines()[-1:] + [topic.stderr.strip()])

  lines = records.read_text().splitlines()

  def recompute(lines):
    done = subprocess.run([sys.executable, VERIFIER], input="\n".join(lines) + "\n", capture_output=True, text=True)
    return done.returncode, done.stdout.splitlines()[:1] or [done.stderr[-200:]]

  code, said = recompute(lines)
  checks.check("the Python program finds the same", code == 0 and said == [f"{options.items} draws recomputed, 0 faults"], said)
  place = next(number for number, line in enumerate(lines) if "countersign.epoch.disclosed.v1" in line)
  record = json.loads(lines[place])
  seed = bytearray.fromhex(record["body"]["seed"])
  seed[0] ^= 1
  record["body"]["seed"] = seed.hex()
  forged = lines[:place] + [json.dumps(record)] + lines[place + 1:]
  code, said = recompute(forged)
  checks.check("it notices one flipped bit of a seed", code == 1, said)
  (options.folder / "forged.jsonl").write_text("\n".join(forged) + "\n")
  done = subprocess.run([options.countersign, "verify-sample", options.folder / "forged.jsonl"], capture_output=True, text=True)
  checks.check("so does verify-sample", done.returncode == 1, done.stdout.splitlines()[-1:])
  return lots(options, checks, people, broker)


def lots(options, checks, people, broker):
  """Two lots that people reject double the rate of their stratum, and everybody can compute that anew."""
  records = options.folder / "lots.jsonl"
  with records.open("wb") as file:
    tail = subprocess.Popen([options.countersign, "tail", "verdicts", "--from", "beginning", "--body", "--json", *broker], stdout=file)
  try:
    rejected, number, end = 0, options.items, time.monotonic() + 150
    while people.severities().count("tightened") < 4 and time.monotonic() < end:
      rejected += people.reject(1)
      people.publish(number, 40)
      number += 40
      time.sleep(3)
    checks.check("rejected lots of held samples tighten every lane", people.severities().count("tightened") == 4,
                 f"{people.severities()}, {rejected} rejected")

    def doubled():
      return [rate for line in records.read_text().splitlines() if line.endswith("}") for body in [json.loads(line)["body"]]
              for rate in body.get("rates", []) if isinstance(rate, dict) and (rate.get("lot") or {}).get("severity") == "tightened"]
    while len(doubled()) < 4 and time.monotonic() < end + 60:
      people.publish(number, 40)
      number += 40
      time.sleep(3)
    rates = {rate["rate"] for rate in doubled()}
    checks.check("the rate is doubled from the next epoch on, and says why", rates and min(rates) >= 0.16, rates)
    time.sleep(2)
  finally:
    tail.terminate()
    tail.wait(10)
  lines = [line for line in records.read_text().splitlines() if line.endswith("}")]

  def recompute(lines):
    done = subprocess.run([sys.executable, LOTS], input="\n".join(lines) + "\n", capture_output=True, text=True)
    return done.returncode, done.stdout.splitlines()[:3] or [done.stderr[-300:]]

  code, said = recompute(lines)
  checks.check("the Python program finds the same rates and states of lots", code == 0 and " 0 faults" in said[0], said)
  place = next(number for number, line in enumerate(lines) if "countersign.sample.judged.v1" in line and json.loads(line)["partition"] == 0)
  code, said = recompute(lines[:place] + lines[place + 1:])
  checks.check("it notices one verdict that is missing", code == 1, said)

  def verified(name, lines):
    file = options.folder / name
    file.write_text("\n".join(lines) + "\n")
    done = subprocess.run([options.countersign, "verify-sample", file, "--json"], capture_output=True, text=True)
    return done.returncode, json.loads(done.stdout or "{}")

  code, found = verified("lots-all.jsonl", lines)
  checks.check("verify-sample finds the same rates and states of lots",
               code == 0 and found["rates"]["checked"] > 8 and not found["rates"]["unchecked"], (found.get("rates"), found.get("faults", [])[:3]))
  place, record = next((number, record) for number, line in enumerate(lines) for record in [json.loads(line)]
                       if any((rate.get("lot") or {}).get("severity") == "tightened" for rate in record["body"].get("rates", []) if isinstance(rate, dict)))
  for rate in record["body"]["rates"]:
    rate["rate"] = rate["base"]
  code, found = verified("lots-forged.jsonl", lines[:place] + [json.dumps(record)] + lines[place + 1:])
  checks.check("it notices a doubled rate that was not doubled", code == 1 and any("its rate is" in fault for fault in found["faults"]),
               found.get("faults", [])[:2])
  truth(options, checks, people, broker)
  topic = subprocess.run([options.countersign, "verify-sample", *broker], capture_output=True, text=True)
  checks.check("the draws at the doubled rate are computed anew too", topic.returncode == 0, topic.stdout.strip().splitlines()[-1:] + [topic.stderr.strip()])
  return checks.end()


def truth(options, checks, people, broker):
  """A rejected sample is judged by two people, each of whom sees nothing of what anybody decided."""
  def waiting(name, known=()):
    for _ in range(40):
      if found := [case for case in people.adjudications(name) if case not in known]:
        return found
      time.sleep(0.5)
    return []
  first = waiting("P-lena")
  checks.check("rejected samples are asked about", first, first)
  status, _ = people.decide("P-ivo", first[0], "approve")
  checks.check("whoever rejected one may not judge it", status == 403, status)
  status, shown = people.decide("P-lena", first[0], "reject")
  about = shown["file"]["data"]["case"]
  checks.check("an adjudicator judges it", status == 202, status)
  second = None
  for case in waiting("P-tara", known=first):
    status, shown = people.decide("P-tara", case, "reject")
    if status == 202 and shown["file"]["data"]["case"] == about:
      second = shown
      break
  checks.check("another one judges it too", second is not None, status)
  hidden = json.dumps((second or {}).get("file", {})) + json.dumps((second or {}).get("so_far", []))
  checks.check("the task shows nothing of any decision", second and not any(word in hidden for word in ("reject", "wrong_answer")), hidden[:400])
  found, end = [], time.monotonic() + 20
  while not found and time.monotonic() < end:
    tail = subprocess.run(["timeout", "4", options.countersign, "tail", "outcomes", "--from", "beginning", "--body", "--json", *broker],
                          capture_output=True, text=True)
    found = [record["body"] for record in map(json.loads, filter(lambda line: line.endswith("}"), tail.stdout.splitlines()))
             if record["headers"]["ce_type"] == "countersign.case.adjudicated.v1" and record["body"]["case"] == about]
    time.sleep(1)
  checks.check("the truth is told: two found that it was wrong", found and (found[0]["truth"], found[0]["people"]) == ("wrong", 2), found)


if __name__ == "__main__":
  sys.exit(main())

"""Every sample of the shipped workflows, explained: what policy tells of a route names what it rests on.

    explain.py FOLDER COUNTERSIGN --brokers B --port-base N
"""
import argparse
import collections
import json
import pathlib
import re
import subprocess
import sys
import time

import yaml

from load import Checks, Road, call

WORKFLOWS = pathlib.Path(__file__).resolve().parents[1] / "workflows"
# Conditions without a value of their own: what is true or not is said in words.
WORDS = re.compile(r"\{[^}]*\}|\d")


def rules(bundle):
  """(id, condition, sentence) of all that a bundle may say of a case by a rule of its own."""
  for rule in bundle.get("rules", []):
    yield rule["id"], str(rule["when"]), rule["because"]
  for number, band in enumerate(bundle.get("bands", [])):
    yield f"bands.{number}", str(band["when"]), band["because"]
  for number, tier in enumerate(bundle.get("impact", {}).get("tiers", [])):
    yield f"impact.tiers.{number}", str(tier["when"]), tier["because"]


def untold(bundle):
  """Thresholds that a condition reads and its sentence does not tell."""
  return [f"{bundle['workflow']}/{name}: threshold.{threshold}" for name, when, because in rules(bundle)
          for threshold in re.findall(r"\bthreshold\.(\w+)", when) if f"threshold.{threshold}" not in because]


def main():
  parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
  parser.add_argument("folder", type=pathlib.Path)
  parser.add_argument("countersign", type=pathlib.Path)
  parser.add_argument("--brokers", required=True)
  parser.add_argument("--port-base", type=int, required=True)
  options = parser.parse_args()
  checks, road, cases = Checks(), Road(options.brokers), {}
  for path in sorted(WORKFLOWS.glob("*/samples/*.json")):
    sample = json.loads(path.read_text())
    token = (options.folder / "keys/tokens" / sample["source"]).read_text().strip()
    status, answer = call("POST", f"http://127.0.0.1:{options.port_base + 1}/v1/items", token, sample)
    if status == 202:
      cases[answer["case"]] = sample["id"]
  checks.check("every sample is taken", len(cases) == len(list(WORKFLOWS.glob("*/samples/*.json"))), len(cases))

  def explain(case):
    done = subprocess.run(
      [options.countersign, "policy", "explain", case, "--json", "--audit", f"http://127.0.0.1:{options.port_base + 5}",
       "--token-file", options.folder / "keys/admin.token"], capture_output=True, text=True)
    return json.loads(done.stdout) if done.returncode == 0 else done.stderr.strip()

  explained, end = {}, time.monotonic() + 90
  while len(explained) < len(cases) and time.monotonic() < end:
    road.read()
    for case in cases.keys() - explained.keys():
      if road.cases[case].get("first") and isinstance(found := explain(case), dict):
        explained[case] = found
  checks.check("each is explained", len(explained) == len(cases), sorted(cases[case] for case in cases.keys() - explained.keys()))

  matches = [(cases[case], match) for case, found in explained.items() for match in found["matches"]]
  sentences = {match["because"] for _, match in matches}
  checks.check("at least 40 different sentences", len(sentences) >= 40, len(sentences))
  raw = [sentence for sentence in sentences if "{" in sentence or not sentence.strip()]
  checks.check("none of them has a gap", not raw, raw[:3])
  bare = [f"{name} {match['rule']}" for name, match in matches if not match.get("evidence")]
  checks.check("each match names the fields or sources that it rests on", not bare, bare[:5])
  bundles = [yaml.safe_load(path.read_text()) for path in sorted(WORKFLOWS.glob("*/policy.yaml"))]
  missing = [each for bundle in bundles for each in untold(bundle)]
  checks.check("a sentence tells each threshold that its condition reads", not missing, missing[:5])
  texts = {(bundle["workflow"], name): because for bundle in bundles for name, _, because in rules(bundle)}
  silent = sorted({f"{found['workflow']}/{match['rule']}" for found in explained.values() for match in found["matches"]
                   if WORDS.search(texts.get((found["workflow"], match["rule"]), "")) and not re.search(r"\d|[a-z]", match["because"])})
  checks.check("and the value where it has one", not silent, silent[:5])
  stricter = [found for found in explained.values() if found["route"] != "auto"]
  told = [found for found in stricter if found["milder"] or all("relief" not in match for match in found["matches"]
                                                               if match["route"] == found["route"])]
  checks.check("each route but the automatic one tells what would have had to differ, or that nothing would", len(told) == len(stricter),
               f"{sum(bool(found['milder']) for found in stricter)} of {len(stricter)} have a milder route")

  values = collections.defaultdict(set)
  for found in explained.values():
    for part in found["parts"]:
      if part.get("value") is not None:
        values[part["name"]].add(round(part["value"], 6))
  checks.check("each part of the blend varies", len(values) == 4 and all(len(each) >= 3 for each in values.values()),
               {name: len(each) for name, each in values.items()})
  (options.folder / "explained.json").write_text(json.dumps({cases[case]: found for case, found in explained.items()}, indent=1))
  return checks.end()


if __name__ == "__main__":
  sys.exit(main())

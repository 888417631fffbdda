"""Audit's figures of the shipped samples, beside a plain recomputation from its export alone.

    kpi.py FOLDER COUNTERSIGN --port-base N
"""
import argparse
import json
import pathlib
import subprocess
import sys
import time
import urllib.request

from load import Checks, call

ROOT = pathlib.Path(__file__).resolve().parents[2]
SAMPLES = sorted((ROOT / "deploy/workflows").glob("*/samples/*.json"))


def exported(audit):
  lines, after = [], ""
  while after is not None:
    # Small pages, so that their seams are looked at too.
    with urllib.request.urlopen(f"{audit}/v1/export?limit=37&after={after}", timeout=20) as answer:
      *page, end = map(json.loads, answer.read().splitlines())
    lines, after = lines + page, end["next"]
  return lines


def settled(audit, wanted, patience=120):
  """The export once all cases are there, some have been executed, and nothing has changed for five seconds."""
  before, since, end = None, time.monotonic(), time.monotonic() + patience
  while time.monotonic() < end:
    now = exported(audit)
    if now != before:
      before, since = now, time.monotonic()
    is_there = len(now) >= wanted and any(case["outcome"] == "executed" for case in now)
    if is_there and time.monotonic() - since > 5:
      break
    time.sleep(0.5)
  return before or []


def compared(audit, *options):
  """What the recomputation says, tried again where a record came between the two readings."""
  for _ in range(5):
    done = subprocess.run(
      [sys.executable, ROOT / "deploy/kpis/recompute.py", audit, "--compare", *options], capture_output=True, text=True)
    if done.returncode == 0:
      break
    time.sleep(2)
  return done


def main():
  parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
  parser.add_argument("folder", type=pathlib.Path)
  parser.add_argument("countersign", type=pathlib.Path)
  parser.add_argument("--port-base", type=int, required=True)
  options = parser.parse_args()
  checks = Checks()
  intake, audit = f"http://127.0.0.1:{options.port_base + 1}", f"http://127.0.0.1:{options.port_base + 5}"

  def token(source):
    return (options.folder / "keys/tokens" / source).read_text().strip()
  taken = {}
  for path in SAMPLES:
    sample = json.loads(path.read_text())
    status, answer = call("POST", f"{intake}/v1/items", token(sample["source"]), sample)
    if status == 202:
      taken[answer["case"]] = sample
  checks.check("every sample is taken", len(taken) == len(SAMPLES), f"{len(taken)} of {len(SAMPLES)}")
  cases = settled(audit, len(taken))
  checks.check("the export has each case once", sorted(case["case"] for case in cases) == sorted(taken), len(cases))
  executed = [case["case"] for case in cases if case["outcome"] == "executed"]
  checks.check("some were executed", len(executed) >= 2, len(executed))

  by_case, by_item = executed[0], executed[1]
  sample = taken[by_item]
  source = token(sample["source"])
  status, answer = call("POST", f"{intake}/v1/cases/{by_case}/defects", source, {"kind": "reversal", "words": "Taken back"})
  checks.check("a defect is taken by its case", status == 202 and answer.get("case") == by_case, (status, answer))
  defect = {key: sample[key] for key in ("workflow", "source", "id")} | {
    "type": "countersign.item.defect.v1", "data": {"kind": "complaint", "by": "P-1"}}
  status, answer = call("POST", f"{intake}/v1/items", source, defect)
  checks.check("and by its item", status == 202 and answer.get("case") == by_item, (status, answer))
  status, answer = call("POST", f"{intake}/v1/items", source, defect | {"id": "never-sent"})
  checks.check("of what never came it is refused", status == 422 and answer.get("code") == "defect.unknown", (status, answer))
  status, _ = call("POST", f"{intake}/v1/cases/{by_case}/defects", None, {"kind": "reversal"})
  checks.check("without a token too", status == 401, status)
  status, answer = call("POST", f"{intake}/v1/cases/{by_case}/defects", source, {"kind": "nonsense"})
  checks.check("and what is no kind of defect", status == 422, (status, answer))
  found = {case["case"]: case["defects"] for case in settled(audit, len(taken)) if case["defects"]}
  checks.check("each is told of its case", found == {by_case: ["reversal"], by_item: ["complaint"]}, found)

  for by in ("", "workflow", "workflow,risk,route", "model,prompt", "tier", "reason", "day,workflow"):
    done = compared(audit, *(["--by", by] if by else []))
    checks.check(f"figures by {by or 'nothing'} are those of the recomputation", done.returncode == 0, done.stderr[-600:])
    checks.check(f"and there are some by {by or 'nothing'}", not done.stderr.startswith("0 groups"), done.stderr)
  for _ in range(5):
    done = subprocess.run([sys.executable, ROOT / "deploy/kpis/budgets.py", audit], capture_output=True, text=True)
    if done.returncode == 0:
      break
    # A record came between the two readings.
    time.sleep(2)
  checks.check("so are budgets and burn rates", done.returncode == 0 and not done.stderr.startswith("0 "), done.stderr[-600:])
  done = compared(audit, "--only", f"workflow={sample['workflow']}")
  checks.check("figures of one workflow are too", done.returncode == 0, done.stderr[-600:])

  done = subprocess.run([options.countersign, "kpi", "--audit", audit, "--json"], capture_output=True, text=True)
  answer = json.loads(done.stdout or "{}")
  figures = {figure["kpi"]: figure for figure in answer.get("groups", [{}])[0].get("kpis", [])}
  checks.check("each figure has its definition", figures and figures.keys() == answer["definitions"].keys(), list(figures))
  checks.check("without truth the catch rate is not enough data", figures.get("error_catch_rate", {}).get("status") == "not enough data",
               figures.get("error_catch_rate"))
  checks.check("the chain of records is whole", figures.get("audit_completeness_chain", {}).get("estimate") == 1.0,
               figures.get("audit_completeness_chain"))
  fields = figures.get("audit_completeness_fields", {})
  checks.check("every required field is told", fields.get("estimate") == 1.0 and fields.get("empty") == fields.get("unexplained") == 0, fields)
  state = call("GET", f"{audit}/v1/completeness", None)[1]
  checks.check("no record lacks a field", state.get("flaws") == [], state.get("flaws"))
  checks.check("no case owes a record", state.get("debts", {}).get("overdue") == 0, state.get("debts"))
  checks.check("completeness is told by route", state.get("routes") and all(route["chain"] == 1 for route in state["routes"]), state.get("routes"))
  manifest = call("GET", f"{audit}/v1/manifest", None)[1]
  checks.check("the tables of completeness can be read", len(manifest.get("ends", {})) == 9 and len(manifest.get("records", [])) >= 10, list(manifest))
  done = subprocess.run([options.countersign, "kpi", "--audit", audit, "--by", "workflow", "--definitions"], capture_output=True, text=True)
  checks.check("the table names workflow and figure", sample["workflow"] in done.stdout and "human_verification_rate" in done.stdout, done.stdout[:300])
  def ask(*words):
    done = subprocess.run([options.countersign, "ask", *words, "--json", "--audit", audit], capture_output=True, text=True)
    return json.loads(done.stdout) if done.returncode == 0 else {"problem": done.stderr}
  names = {question["name"] for question in ask().get("questions", [])}
  checks.check("every named question is listed", names == {
    "model", "overridden", "approvers", "touched", "effects", "seen", "state", "slowest-tier", "delays", "cases"}, sorted(names))
  case = next(case for case in exported(audit) if case["case"] == by_case)
  answer = ask("model", f"case={by_case}").get("answer", [{}])[0]
  checks.check("which model produced a case", answer.get("model") == case["model"] and answer.get("bundle") == case["bundle"], answer)
  found, after = [], []
  while True:
    page = ask("effects", f"bundle={case['bundle']}", "limit=2", *after)
    found += [each["case"] for each in page.get("answer", [])]
    if not page.get("next"):
      break
    after = [f"after={page['next']}"]
  wanted = sorted((each["case"] for each in exported(audit) if each["outcome"] in ("executed", "effect_unknown")
                   and each["bundle"] == case["bundle"]), reverse=True)
  checks.check("all effects under a bundle, page by page", found == wanted and wanted, (len(found), len(wanted)))

  def rfc3339(microseconds):
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(microseconds // 1_000_000)) + f".{microseconds % 1_000_000:06}Z"
  before = ask("state", f"case={by_case}", f"at={rfc3339(case['ended'] - 1)}").get("answer", [{}])[0]
  after_it = ask("state", f"case={by_case}", f"at={rfc3339(case['ended'])}").get("answer", [{}])[0]
  checks.check("a case as it was known at an instant", (before.get("outcome"), after_it.get("outcome")) == ("open", "executed"),
               (before.get("outcome"), after_it.get("outcome")))
  checks.check("at no time before its first record", ask("state", f"case={by_case}", "at=2020-01-01T00:00:00Z").get("answer") == [])
  overridden = ask("overridden").get("answer", [])
  checks.check("overridden by workflow", any(each["workflow"] == case["workflow"] for each in overridden), overridden)
  checks.check("no case that ended was held up by people", ask("delays").get("answer") == [], ask("delays"))
  checks.check("nobody has touched what is unknown", ask("touched", "person=nobody known").get("answer") == [])
  problem = ask("touched").get("problem", "")
  checks.check("what is missing is named", "Parameter person" in problem, problem)
  problem = ask("moon").get("problem", "")
  checks.check("and so is an unknown question", "slowest-tier" in problem, problem)
  done = subprocess.run([options.countersign, "kpi", "--audit", audit, "--by", "moon"], capture_output=True, text=True)
  checks.check("an unknown part is named a mistake", done.returncode != 0 and "Parameter by" in done.stderr, done.stderr[:300])
  return checks.end()


if __name__ == "__main__":
  sys.exit(main())

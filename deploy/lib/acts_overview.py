"""Steps 1 and 20 of the story: the day begins with the overview and yesterday's report, and ends with today's."""
import json
import subprocess

from acts_ledger import audit, command
from road import call
from stage import WORKFLOWS

SERVICES = ("intake", "policy", "model-adapter", "reviewer", "audit")
HEAD = "P-ivo"


def told(stage, *arguments):
  """What a command of audit's answers as JSON."""
  done = subprocess.run([stage.options.bin / "countersign", *arguments, "--json", *audit(stage)], capture_output=True, text=True)
  return json.loads(done.stdout)


def morning(stage):
  """Step 1."""
  where = [word for number, name in enumerate(SERVICES, 1) for word in ("--service", f"{name}={stage.local}{stage.options.base + number}")]
  code, said, _ = command(stage, "doctor", "--embedded", "--brokers", stage.options.brokers, *where)
  stage.expect("doctor finds everything green", code == 0, said[-140:])
  ours = {folder.name for folder in WORKFLOWS.iterdir() if (folder / "policy.yaml").exists()}
  states = {each["workflow"]: each for each in told(stage, "ready")["workflows"]}
  stage.expect("the overview knows the five workflows", ours <= states.keys(), ", ".join(sorted(ours)))
  stage.expect("each is production-ready, or not with its because", ours <= states.keys() and all(
    states[name]["production_ready"] != bool(states[name]["because"]) for name in ours),
    "; ".join(f"{name}: {'yes' if each['production_ready'] else 'no, ' + each['because'][0]}" for name, each in sorted(states.items()) if name in ours))
  report = told(stage, "report", "daily")
  stage.expect("yesterday's report waits for a signature", report["complete"] and not report["signatures"], report["from"])
  status, answer = call("POST", f"{stage.people.url}/v1/reports/daily/signature", stage.people.people[HEAD][0],
                        {"day": report["from"], "digest": report["digest"], "words": "Read in the morning."})
  stage.expect("the head of operations signs it", status == 201, f"{status} {answer}")
  signed = stage.until(lambda: told(stage, "report", "daily", "--day", report["from"])["signatures"], 20)
  stage.expect("and the ledger says who", signed and signed[0]["person"].endswith(HEAD) and signed[0]["same"], signed)


def evening(stage):
  """Step 20, what there is of it."""
  stage.later("the customer's data are erased, and the decision is explained to them in plain words", "privacy comes with a later issue")
  day = call("GET", f"{stage.local}{stage.options.base + 5}/v1/workflows")[1]["at"][:10]
  code, said, _ = command(stage, "report", "daily", "--day", day, *audit(stage))
  stage.expect("the daily report names latency and quality, and what is too slow",
               code == 0 and "too slow" in said.lower() and "budget" in said.lower(), said[:140])

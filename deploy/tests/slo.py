"""Budgets over real processes, at sixty times the clock: alarms of people and of the platform begin and end, and a report is signed.

    slo.py FOLDER COUNTERSIGN --port-base N --brokers HOST:PORT

The executor is down when this begins; a line into FOLDER/again starts it.
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
WORKFLOWS = ROOT / "deploy/workflows"


def main():
  parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
  parser.add_argument("folder", type=pathlib.Path)
  parser.add_argument("countersign", type=pathlib.Path)
  parser.add_argument("--port-base", type=int, required=True)
  parser.add_argument("--brokers", required=True)
  options = parser.parse_args()
  checks = Checks()
  intake, reviewer, audit = (f"http://127.0.0.1:{options.port_base + port}" for port in (1, 4, 5))

  def send(sample, number, kind=None):
    item = json.loads(sample.read_text()) | {"id": f"slo-{sample.stem}-{number}"}
    if kind:
      item = {key: item[key] for key in ("workflow", "source", "id")} | {"type": kind, "data": {}}
    token = (options.folder / "keys/tokens" / item["source"]).read_text().strip()
    return call("POST", f"{intake}/v1/items", token, item)

  def alerts(under="slo/"):
    """The alerts about budgets so far, or under another key, in order of arrival."""
    done = subprocess.run(["kcat", "-C", "-b", options.brokers, "-t", "alerts", "-o", "beginning", "-e", "-q"], capture_output=True, text=True, timeout=60)
    found = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    return sorted((alert for alert in found if alert["key"].startswith(under)), key=lambda alert: alert["at"])

  def until(key, state, seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
      found = [alert for alert in alerts() if alert["key"] == key]
      if found and found[-1]["state"] == state:
        return found[-1]
      time.sleep(1)
    return None

  began = time.monotonic()
  tickets, drafts = WORKFLOWS / "ticket-summary/samples/ts-0003.json", WORKFLOWS / "reply-draft/samples/rd-0001.json"
  taken = [send(tickets, number)[0] for number in range(16)] + [send(drafts, number)[0] for number in range(12)]
  checks.check("every item is taken", set(taken) == {202}, taken)
  # Twelve drafts that nobody looks at: ten minutes of the story are ten seconds here.
  fired = until("slo/reply-draft/people/page", "standing", 60)
  checks.check("drafts that nobody looks at burn people's budget", fired is not None, alerts())
  link = (fired or {}).get("runbook", "")
  checks.check("the alarm links its runbook", link.endswith("slo.latency.people.md") and (ROOT / link).exists(), link)
  checks.check("and says how urgent it is", (fired or {}).get("severity") == "page", fired)
  status, answer = call("GET", f"{audit}/v1/workflows")
  reply = next(each for each in answer["workflows"] if each["workflow"] == "reply-draft")
  checks.check("it is not production-ready, and says why", not reply["production_ready"] and any("burn fast" in why for why in reply["because"]), reply["because"])
  withdrawn = [send(drafts, number, "countersign.item.withdrawn.v1")[0] for number in range(12)]
  checks.check("the drafts are withdrawn", set(withdrawn) == {202}, withdrawn)
  checks.check("the alarm ends with them", until("slo/reply-draft/people/page", "resolved", 60) is not None, alerts())

  # Permits on which no executor acts: an hour of the story is a minute here.
  checks.check("an executor that is down burns the platform's budget", until("slo/ticket-summary/platform/page", "standing", 150) is not None, alerts())
  status, answer = call("GET", f"{audit}/v1/workflows")
  ticket = {budget["budget"]: budget for each in answer["workflows"] if each["workflow"] == "ticket-summary" for budget in each["budgets"]}
  checks.check("of it people have nothing to answer for", ticket["people"]["bad"] <= 4 < ticket["platform"]["bad"], ticket)
  (options.folder / "again").write_text("go\n")
  # They are about one ticket: the first one done changes it, and people are asked about the others anew, until those are withdrawn.
  deadline = time.monotonic() + 30
  while time.monotonic() < deadline and not call("GET", f"{audit}/v1/cases?where=workflow%20%3D%20%22ticket-summary%22%20and%20outcome%20%3D%20%22executed%22")[1].get("cases"):
    time.sleep(0.5)
  for number in range(16):
    send(tickets, number, "countersign.item.withdrawn.v1")
  checks.check("the alarm ends when it acts again", until("slo/ticket-summary/platform/page", "resolved", 120) is not None, alerts())
  print(f"     alarms begun and ended in {time.monotonic() - began:.0f} s", flush=True)

  done = subprocess.run([options.countersign, "alarms", "--test", "all", "--token-file", options.folder / "keys/admin.token", "--audit", audit],
                        capture_output=True, text=True)
  kinds = call("GET", f"{audit}/v1/alarms", None)[1]["kinds"]
  lines = [line.split()[0] for line in done.stdout.splitlines()]
  checks.check("every alert there is begins and ends on command", done.returncode == 0 and lines == [kind["code"] for kind in kinds], done.stdout + done.stderr)
  tested = alerts("test/")
  states = {kind["code"]: [alert["state"] for alert in tested if alert["key"] == f"test/{kind['code']}"] for kind in kinds}
  checks.check("each of them is on the topic, with its end", all(each == ["standing", "resolved"] for each in states.values()), states)
  checks.check("as urgent as it is said to be, with a runbook that is there", all(
    alert["severity"] == next(kind["severity"] for kind in kinds if kind["code"] == alert["code"])
    and (ROOT / "deploy/docs/runbooks" / alert["runbook"].split("/")[-1]).exists() for alert in tested), tested[:2])
  status, answer = call("POST", f"{audit}/v1/alarms/test", None, {"code": kinds[0]["code"]})
  checks.check("only the operator tests alerts", status == 403, (status, answer))

  with urllib.request.urlopen(f"{audit}/metrics", timeout=20) as answer:
    metrics = answer.read()
  done = subprocess.run(["promtool", "check", "metrics"], input=metrics, capture_output=True)
  checks.check("promtool finds nothing at /metrics", done.returncode == 0, done.stderr.decode()[-600:] + done.stdout.decode()[-600:])
  checks.check("burn rates are among them", b'countersign_slo_burn_rate{workflow="reply-draft",budget="people",window="1h"}' in metrics)
  done = subprocess.run(["promtool", "check", "rules", ROOT / "deploy/observability/rules.yml"], capture_output=True, text=True)
  checks.check("nor in the rules", done.returncode == 0, done.stderr + done.stdout)
  board = (ROOT / "deploy/observability/dashboard-budgets.json").read_text()
  shown = {word for panel in json.loads(board)["panels"] for target in panel["targets"] for word in [target["expr"].split("{")[0]]}
  checks.check("each figure of the dashboard is there", all(name.encode() in metrics for name in shown), shown)

  def report(*words):
    done = subprocess.run([options.countersign, "report", *words, "--audit", audit], capture_output=True, text=True)
    return done.stdout
  yesterday = json.loads(report("daily", "--json"))
  day = yesterday["from"]
  lead = (options.folder / "keys/people/P-ivo").read_text().strip()
  status, answer = call("POST", f"{reviewer}/v1/reports/daily/signature", lead, {"day": day, "digest": "0" * 64})
  checks.check("another digest than that of the report is not signed", status == 409 and answer.get("code") == "report.changed", (status, answer))
  status, answer = call("POST", f"{reviewer}/v1/reports/daily/signature", lead, {"day": day, "digest": yesterday["digest"], "words": "seen"})
  checks.check("the report is signed", status == 201, (status, answer))
  end = time.monotonic() + 20
  while time.monotonic() < end and not (signed := json.loads(report("daily", "--day", day, "--json")))["signatures"]:
    time.sleep(0.5)
  names = [(each["person"].split()[-1], each["same"]) for each in signed["signatures"]]
  checks.check("the ledger knows by whom", names == [("P-ivo", True)], signed["signatures"])
  status, answer = call("GET", f"{audit}/v1/workflows")
  today = answer["at"][:10]
  current = json.loads(report("daily", "--day", today, "--json"))
  checks.check("another day's report is another", current["digest"] != yesterday["digest"] and current["report"] != yesterday["report"], current["report"])
  checks.check("of a day that is not over it says so", not current["complete"] and "Not over yet" in report("daily", "--day", today), current["complete"])
  status, answer = call("POST", f"{reviewer}/v1/reports/daily/signature", lead, {"day": today, "digest": current["digest"]})
  checks.check("and it cannot be signed", status == 409 and answer.get("code") == "report.open", (status, answer))
  for kind in ("weekly", "quarterly"):
    text = report(kind)
    checks.check(f"the {kind} report names every workflow", all(f"## {path.parent.name}" in text for path in WORKFLOWS.glob("*/policy.yaml")), text[:400])
  done = subprocess.run([options.countersign, "ready", "--all", "--audit", audit], capture_output=True, text=True)
  checks.check("countersign ready tells of each workflow", done.returncode == 1 and "not enough data" in done.stdout and "burn rates" in done.stdout, done.stdout + done.stderr)
  done = subprocess.run([options.countersign, "rollout", "--audit", audit, "--json"], capture_output=True, text=True)
  shipped = {path.parent.name for path in WORKFLOWS.glob("*/policy.yaml")}
  weeks = {each["workflow"]: each["weeks"] for each in json.loads(done.stdout)["workflows"] if each["workflow"] in shipped}
  checks.check("four weeks of every workflow are measured", weeks.keys() == shipped
               and all([week["week"] for week in each] == [1, 2, 3, 4] for each in weeks.values()), list(weeks))
  checks.check("the shipped policies and ladders pass the first", not any(each[0]["open"] for each in weeks.values()),
               [criterion for each in weeks.values() for criterion in each[0]["criteria"] if criterion["state"] != "met"])
  found = {name: {criterion["criterion"]: criterion["state"] for week in each for criterion in week["criteria"]} for name, each in weeks.items()}
  checks.check("that alerts were tested and the report was signed is known", all(each["alert"] == each["checkpoint"] == "met" for each in found.values()), found)
  checks.check("a case that ended is whole on record", found["ticket-summary"]["canary"] == "met", weeks["ticket-summary"][1])
  checks.check("nobody goes live whose reviewers have shown nothing", done.returncode == 1 and weeks["ticket-summary"][2]["open"], weeks["ticket-summary"][2])
  return checks.end()


if __name__ == "__main__":
  sys.exit(main())

"""A service falls silent, and audit tells what is missing, by name, for as long as it is.

    completeness.py FOLDER --port-base N --brokers B
"""
import argparse
import json
import os
import pathlib
import subprocess
import sys
import time
import urllib.request

import confluent_kafka
from confluent_kafka import TopicPartition

from load import Checks, call

ROOT = pathlib.Path(__file__).resolve().parents[2]
SAMPLES = sorted((ROOT / "deploy/workflows/reply-draft/samples").glob("*.json"))


def stack(command):
  script = f"source {ROOT}/deploy/lib/steps; source {ROOT}/deploy/lib/stack; {command}"
  return subprocess.run(["bash", "-c", script], env=os.environ, stdout=subprocess.DEVNULL).returncode == 0


def until(condition, seconds):
  end = time.monotonic() + seconds
  while True:
    value = condition()
    if value or time.monotonic() > end:
      return value
    time.sleep(0.5)


class Alerts:
  """All that stands on `alerts`."""

  def __init__(self, brokers):
    self.consumer = confluent_kafka.Consumer({
      "bootstrap.servers": brokers, "group.id": "completeness-test", "enable.auto.commit": False, "enable.partition.eof": True})
    self.consumer.assign([TopicPartition("alerts", partition, 0) for partition in range(4)])
    self.seen = []

  def read(self):
    for message in self.consumer.consume(500, 0.5):
      if not message.error():
        self.seen.append(json.loads(message.value()))
    return self.seen

  def of(self, state, code):
    return [alert for alert in self.read() if alert["state"] == state and alert["code"] == code]


def main():
  parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
  parser.add_argument("folder", type=pathlib.Path)
  parser.add_argument("--port-base", type=int, required=True)
  parser.add_argument("--brokers", required=True)
  options = parser.parse_args()
  checks = Checks()
  intake, audit = f"http://127.0.0.1:{options.port_base + 1}", f"http://127.0.0.1:{options.port_base + 5}"
  alerts = Alerts(options.brokers)

  def completeness():
    return call("GET", f"{audit}/v1/completeness", None)[1]

  stack(f"stack_kill '{options.folder}' reviewer TERM")
  taken = {}
  for path in SAMPLES:
    sample = json.loads(path.read_text())
    token = (options.folder / "keys/tokens" / sample["source"]).read_text().strip()
    status, answer = call("POST", f"{intake}/v1/items", token, sample)
    if status == 202:
      taken[answer["case"]] = sample["id"]
  began = time.monotonic()
  checks.check("items are taken while the reviewer is down", len(taken) > 0, len(taken))
  found = until(lambda: alerts.of("standing", "case.owes"), 150)
  print(f"the first alert came after {time.monotonic() - began:.0f} s")
  alert = (found or [{}])[0]
  checks.check("an alert stands that names a case", any(case in alert.get("text", "") for case in taken), alert)
  checks.check("the service that is silent", alert.get("service") == "reviewer", alert)
  checks.check("its stream, and the last record before with its number",
               "on reviews/" in alert.get("text", "") and "reviews.requested/" in alert.get("text", "") and " number " in alert.get("text", ""), alert)
  owed = completeness()["debts"]
  checks.check("every case that people were asked about owes its opening",
               owed["overdue"] > 0 and all(debt["owes"] == "opened" and debt["service"] == "reviewer" for debt in owed["oldest"]), owed)
  case = owed["oldest"][0]["case"]
  story = call("GET", f"{audit}/v1/cases/{case}", None)[1]
  checks.check("so does its story", any(debt["owes"] == "opened" for debt in story["owes"]), story["owes"])
  with urllib.request.urlopen(f"{audit}/metrics", timeout=10) as answer:
    metrics = answer.read().decode()
  line = [line for line in metrics.splitlines() if line.startswith('countersign_audit_debts{code="case.owes"}')]
  checks.check("and a metric", line and float(line[0].split()[-1]) > 0, line)
  status, answer = call("GET", f"{audit}/v1/cases?where=outcome%20%3D%20open%20and%20route%20!%3D%20auto", None)
  checks.check("open cases are found by a free filter", status == 200 and case in [each["case"] for each in answer["cases"]], answer.get("scanned"))
  status, answer = call("GET", f"{audit}/v1/cases?where=outcome%20%3D%20open%20and", None)
  checks.check("a filter that breaks off is told with its position", status == 400 and "character 19" in answer.get("detail", ""), answer)

  checks.check("the reviewer comes back", stack(f"stack_run '{options.folder}' reviewer; stack_wait '{options.folder}' reviewer"))
  over = until(lambda: any(each["key"] == alert.get("key") for each in alerts.of("resolved", "case.owes")), 90)
  checks.check("the alert is over", over, [each["state"] for each in alerts.seen])
  checks.check("nothing is owed any more", until(lambda: completeness()["debts"]["overdue"] == 0, 30), completeness()["debts"])
  checks.check("each alert that stood is over", until(
    lambda: {each["key"] for each in alerts.read() if each["state"] == "standing"} == {each["key"] for each in alerts.seen if each["state"] == "resolved"}, 30))
  return checks.end()


if __name__ == "__main__":
  sys.exit(main())

"""Restores each service from an early backup and looks whether it becomes what it was, with nothing said or done twice.

    restore.py FOLDER --bin BIN --brokers B --port-base N --record URL [--items N]
"""
import argparse
import collections
import json
import os
import pathlib
import random
import shutil
import signal
import string
import subprocess
import sys
import threading
import time

import confluent_kafka
from confluent_kafka import TopicPartition

from load import Checks, Load, Stack, call

SERVICES = ("policy", "model-adapter", "reviewer", "intake", "audit")


class Operator:
  """The CLI, as an operator runs it."""

  def __init__(self, binaries, folder):
    self.command, self.folder = binaries / "countersign", folder

  def run(self, *words):
    done = subprocess.run([self.command, *words], capture_output=True, text=True)
    return done.returncode, (done.stdout + done.stderr).strip()

  def on(self, verb, service, *words):
    return self.run(verb, service, *words, "--config", self.folder / f"{service}.conf")

  def digest(self, service):
    status, said = self.on("digest", service, "--json")
    return json.loads(said) if status == 0 else {"digest": None, "error": said}


def differing(one, two):
  return [name for name in one.get("tables", {}) if one["tables"][name] != two.get("tables", {}).get(name)]


class Bus:
  def __init__(self, brokers):
    self.reader = confluent_kafka.Consumer({
      "bootstrap.servers": brokers, "group.id": "restore-test", "enable.auto.commit": False, "enable.partition.eof": True,
      "fetch.wait.max.ms": 10})

  def marks(self, topic):
    return [self.reader.get_watermark_offsets(TopicPartition(topic, p), timeout=10) for p in range(4)]

  def records(self, topic, partitions=range(4), first=False):
    """Each numbered record once: (headers, body); with `first` only the first of each partition."""
    found = {}
    for partition in partitions:
      low, high = self.reader.get_watermark_offsets(TopicPartition(topic, partition), timeout=10)
      self.reader.assign([TopicPartition(topic, partition, low)])
      at = low
      while at < high:
        for message in self.reader.consume(500, 1):
          if message.error():
            at = high
            break
          at = message.offset() + 1
          headers = {name: (value or b"").decode() for name, value in message.headers() or []}
          if "ce_sequence" in headers:
            found.setdefault((partition, int(headers["ce_sequence"])), (headers, message.value()))
          if first and found:
            at = high
            break
    return list(found.values())

  def said_twice(self):
    """Pages of one rung and permits of one effect that stand under two numbers."""
    pages = collections.Counter()
    for headers, body in self.records("escalations"):
      if headers["ce_type"] == "countersign.escalation.raised.v1":
        page = json.loads(body)
        pages[headers["ce_subject"], *(page[name] for name in ("version", "tier", "pages"))] += 1
    permits = collections.Counter(
      headers["ce_subject"] for headers, _ in self.records("permits") if headers["ce_type"] == "countersign.permit.issued.v1")
    return [key for counter in (pages, permits) for key, count in counter.items() if count > 1], len(pages), len(permits)


class Test:
  def __init__(self, options):
    self.folder = options.folder
    self.stack, self.checks = Stack(options.folder, options.port_base), Checks()
    self.operator, self.bus = Operator(options.bin, options.folder), Bus(options.brokers)
    self.load = Load(options.brokers, [self.stack.url("intake")], [self.stack.url("reviewer")], options.folder / "keys")
    self.count, self.open = options.items, []

  def start(self, *names):
    for name in names:
      self.stack.run(name)
    for name in names:
      if name != "executor":
        self.stack.until(lambda: self.stack.state(name).get("ready") is True, 30)

  def stop(self, *names):
    for name in names:
      os.kill(self.stack.pid(name), signal.SIGTERM)
      self.stack.until(lambda: not self.stack.alive(name), 20)

  def settle(self, service):
    """Until a service has taken in what there is: its digest has stood still for a second and a half."""
    last, since = None, time.time()
    def is_still():
      nonlocal last, since
      time.sleep(0.2)
      now = self.operator.digest(service)["digest"]
      if now != last:
        last, since = now, time.time()
      return time.time() - since >= 1.5
    self.stack.until(is_still, 30)

  def work(self, count):
    """Items through to their outcomes, but for some whose reviewers look away."""
    self.open += self.load.send(max(1, count // 8), undecided=True)
    self.load.wait(self.load.send(count), 60)

  def service(self, service):
    check, operator = self.checks.check, self.operator
    backup = self.folder / "backups" / service
    self.work(self.count)
    sending = threading.Thread(target=self.load.send, args=(self.count,))
    sending.start()
    status, said = operator.on("backup", service, backup)
    sending.join()
    check(f"{service}: backed up while at work", status == 0 and (backup / "manifest.json").exists(), said if status else "")
    self.work(self.count)
    undone = self.load.wait(set(self.load.cases) - set(self.open), 60)
    check(f"{service}: everything that was decided has ended", not undone, undone[:3] or len(self.load.cases))
    status, said = operator.on("restore", service, backup, "--force")
    check(f"{service}: not restored while it runs", status != 0 and "Stop" in said, said)
    self.settle(service)
    # Nobody writes to audit while it is compared. Of the others only the executor would: it answers again what it is asked again,
    # when permits of the backup's outbox go out anew, and policy notes that.
    others = [name for name in ("executor", *SERVICES) if name != "audit"] if service == "audit" else ["executor"]
    self.stop(*others)
    self.settle(service)
    self.stop(service)
    before = operator.digest(service)
    status, said = operator.on("restore", service, backup)
    check(f"{service}: not restored over a newer database", status != 0 and "newer than the backup" in said, said[:160])
    status, said = operator.on("restore", service, backup, "--force")
    check(f"{service}: restored", status == 0, said)
    old = operator.digest(service)
    check(f"{service}: the backup is an older state", old["digest"] and old["digest"] != before["digest"],
          ", ".join(differing(before, old)))
    self.start(service)
    took = self.stack.until(lambda: operator.digest(service)["digest"] == before["digest"], 20)
    # What a service does by itself after its start (audit publishes the checkpoint that it signed at its end) is no other state.
    time.sleep(2.5)
    self.stop(service)
    after = operator.digest(service)
    if after["digest"] != before["digest"]:
      shutil.copytree(self.folder / "data", self.folder / f"differs-{service}")
    check(f"{service}: has become what it was, and stays it", before["digest"] and after["digest"] == before["digest"],
          f"{took:.1f} s, {sum(table['rows'] for table in after['tables'].values())} rows" if after["digest"] == before["digest"] and took else
          {name: (before["tables"][name]["rows"], after["tables"][name]["rows"]) for name in differing(before, after)})
    self.start(service, *others)

  def outside(self, options, accepted):
    said = subprocess.run(
      [sys.executable, pathlib.Path(__file__).parents[1] / "world/verify.py", "--brokers", options.brokers, "--record", options.record,
       "--expect", str(accepted), "--wait", "10", "--json"], capture_output=True, text=True)
    report = json.loads(said.stdout or "{}")
    print(json.dumps({key: value for key, value in report.items() if key != "breaches"}), flush=True)
    self.checks.check("one outcome for each item, effects once, numbers dense", said.returncode == 0, report.get("breaches") or said.stderr[-300:])
    twice, pages, permits = self.bus.said_twice()
    self.checks.check("no page and no permit was issued twice", not twice and pages > 10 and permits > 10, twice[:3] or f"{pages} pages, {permits} permits")
    whole = lambda: call("GET", f"{self.stack.url('audit')}/v1/completeness", "")[1]
    self.stack.until(lambda: whole()["complete"], 20)
    self.checks.check("audit has every record", whole()["complete"] and whole()["gaps"] == 0,
                      {key: whole()[key] for key in ("records", "ledger", "gaps", "behind")})

  def big(self, count):
    """Items of 200 KiB that no compression makes small, sent until the broker has dropped what policy said before."""
    for item, _ in self.load.items:
      letters = random.choices(string.ascii_letters + "     ", k=200_000)
      item["data"]["messages"] = [{"from": "agent", "text": "".join(letters[at:at + 8000])} for at in range(0, len(letters), 8000)]
      while call("POST", f"{self.stack.url('intake')}/v1/items", self.load.token, item)[0] not in (200, 202):
        time.sleep(0.2)
      count -= 1
      if count <= 0 or all(low > 20 for topic in ("model.requests", "cases") for low, _ in self.bus.marks(topic)):
        return

  def too_old(self):
    """Backups from before what the broker still holds: policy refuses, audit waits until the loss is accepted."""
    check, operator = self.checks.check, self.operator
    for service in ("policy", "audit"):
      operator.on("backup", service, self.folder / "backups" / f"{service}-early")
    self.big(400)
    self.stack.until(lambda: all(low > 0 for low, _ in self.bus.marks("model.requests")), 30)
    time.sleep(2)
    self.stop("policy")
    status, said = operator.on("restore", "policy", self.folder / "backups/policy-early", "--force", "--json")
    kept = json.loads(said)["kept"]
    log = self.folder / "logs/policy.log"
    size = log.stat().st_size
    self.stack.run("policy")
    ended = self.stack.until(lambda: not self.stack.alive("policy"), 20)
    words = log.read_text()[size:].strip().splitlines()
    check("a backup from before what the broker holds is refused", ended is not None and words and "Take a newer backup" in words[-1],
          words[-1:] and words[-1][:400])
    if ended is None:
      self.stop("policy")
    data = self.folder / "data"
    for suffix in ("", "-wal", "-shm"):
      (data / f"policy.sqlite{suffix}").unlink(missing_ok=True)
      if pathlib.Path(kept + suffix).exists():
        pathlib.Path(kept + suffix).rename(data / f"policy.sqlite{suffix}")
    self.start("policy")
    check("the database that was put aside works again", self.stack.state("policy").get("ready") is True, self.stack.state("policy").get("failure") or "")

    self.stop("audit")
    operator.on("restore", "audit", self.folder / "backups/audit-early", "--force")
    self.stack.run("audit")
    self.stack.until(lambda: self.stack.state("audit").get("stopped"), 30)
    stopped = self.stack.state("audit").get("stopped") or {}
    check("audit stops where records are missing and says what to do", stopped and all("accept-loss" in text for text in stopped.values()), len(stopped))
    told, until = [], time.time() + 60
    while time.time() < until:
      stopped = self.stack.state("audit").get("stopped") or {}
      for text in stopped.values():
        stream, number = text.split(":")[0], int(text.split("number ")[1].split()[0])
        topic, partition = stream.split("/")
        first = min((int(headers["ce_sequence"]) for headers, _ in self.bus.records(topic, [int(partition)], first=True)), default=number)
        told.append(operator.run(
          "accept-loss", stream, f"{number}-{first - 1}", "--reason", "the broker has dropped them", "--person", "tester",
          "--service", f"audit={self.stack.url('audit')}", "--token-file", self.folder / "keys/admin.token"))
      if not stopped and self.stack.until(lambda: self.stack.state("audit").get("stopped"), 4) is None:
        break
    bad = [said for status, said in told if status]
    check("accepted losses set it going again", told and not self.stack.state("audit").get("stopped") and self.stack.state("audit").get("ready"),
          bad[-1:] or f"{len(told)} losses; {told[-1][1]}" if told else "nothing was told")
    status, said = operator.run(
      "accept-loss", "cases/0", "1-2", "--reason", "for no reason", "--service", f"audit={self.stack.url('audit')}", "--token-file",
      self.folder / "keys/admin.token")
    check("nothing is given up where nobody waits", status == 1 and "nothing was given up" in said, said)


def main():
  parser = argparse.ArgumentParser(description=__doc__)
  parser.add_argument("folder", type=pathlib.Path)
  parser.add_argument("--bin", type=pathlib.Path, required=True)
  parser.add_argument("--brokers", required=True)
  parser.add_argument("--port-base", type=int, required=True)
  parser.add_argument("--record", required=True)
  parser.add_argument("--items", type=int, default=24)
  parser.add_argument("--only", choices=SERVICES, help="this service alone")
  options = parser.parse_args()
  (options.folder / "backups").mkdir()
  test = Test(options)
  for service in [options.only] if options.only else SERVICES:
    test.service(service)
  # Those whose reviewers looked away are decided now, by the restored services.
  test.load.waiting.clear()
  undone = test.load.wait(test.load.cases, 90)
  test.checks.check("what was open at every restore ends too", not undone, undone[:3] or len(test.open))
  test.load.stop()
  test.outside(options, len(test.load.cases))
  if not options.only:
    test.too_old()
  return test.checks.end()


if __name__ == "__main__":
  sys.exit(main())

#!/usr/bin/env python3
"""The executor of the bench's *act* road: checks a permit as the sample executor does, sets a label, answers signed.

It takes the sample's options. Unlike the sample it owns what it acts on: labels and effects are tables of one database, so an
effect and the note of it are one transaction, and many permits share one. BENCH_EXECUTORS processes (2) share the partitions,
each with a database of its own, STATE.NUMBER; the labels of one case are always in the same one.
"""
import argparse
import functools
import json
import os
import pathlib
import signal
import sqlite3
import sys
import time

import confluent_kafka

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "world"))
from canonical import canonical  # noqa: E402
from cloudevents import attributes, body, header  # noqa: E402
from executor import OPTIONS, REFUSALS, Executor, sha256  # noqa: E402
from executor_bus import ISSUED, whole_topic  # noqa: E402
from permits import SKEW, key_source, require, verified  # noqa: E402


class Labels(Executor):
  """Judges permits and sets labels; the sample's statement is inherited. Within a transaction of the caller's."""

  def __init__(self, options, number):
    self.options, self.key = options, pathlib.Path(options.key).read_text()
    # One key for the whole run: a bench does not change keys.
    self.policy = functools.cache(key_source(options.policy_jwks))
    self.database = sqlite3.connect(f"{options.state}.{number}", isolation_level=None)
    self.database.executescript("""
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = FULL;
      CREATE TABLE IF NOT EXISTS labels(target TEXT PRIMARY KEY, label TEXT NOT NULL) WITHOUT ROWID;
      CREATE TABLE IF NOT EXISTS effects(eff TEXT PRIMARY KEY, result TEXT NOT NULL) WITHOUT ROWID""")

  def judge(self, record):
    claims = {}
    try:
      claims = verified(record["permit"], self.policy, "countersign-permit+jwt", self.options.policy_issuer,
                        self.options.name, ("case", "act", "eff", "jti"))
      return claims, self.perform(claims, record["action"])
    except REFUSALS as error:
      return claims, {"status": "refused", "reason": f"{type(error).__name__}: {error}"[:200], "before": None, "after": None}

  def perform(self, claims, action):
    found = self.database.execute("SELECT result FROM effects WHERE eff = ?", (claims["eff"],)).fetchone()
    if found:
      return json.loads(found[0])
    require(time.time() <= claims["exp"] + SKEW, "expired")
    require(claims["route"] == "auto" and not claims["approvals"], "only the automatic route is measured")
    require(sha256(canonical(action)) == claims["act"], "not the permitted action")
    require(sha256(canonical({})) == claims["hld"], "not the permitted holders")
    asked = action["type"], action["method"], action["path"]
    require(asked == ("bench.label.set", "PUT", action["target"]), "not an action of this executor")
    target, label = action["target"], action["body"]["label"]
    row = self.database.execute("SELECT label FROM labels WHERE target = ?", (target,)).fetchone()
    result = {"status": "executed", "reason": "", "before": {"label": row[0] if row else None}, "after": {"label": label}}
    self.database.execute("INSERT INTO labels VALUES(?, ?) ON CONFLICT DO UPDATE SET label = excluded.label", (target, label))
    self.database.execute("INSERT INTO effects VALUES(?, ?)", (claims["eff"], json.dumps(result)))
    return result


def work(options, number, count):
  """One process: its partitions until SIGTERM. Offsets are committed once the answers are acknowledged."""
  executor, stopping, failures = Labels(options, number), [], []
  signal.signal(signal.SIGTERM, lambda *_: stopping.append(True))
  kafka = {"bootstrap.servers": options.brokers}
  producer = confluent_kafka.Producer({**kafka, "acks": "all", "message.timeout.ms": 0, "linger.ms": 1})
  consumer = confluent_kafka.Consumer({
    **kafka, "group.id": options.name, "auto.offset.reset": "earliest", "enable.auto.commit": False, "fetch.wait.max.ms": 10})
  consumer.assign([place for place in whole_topic(consumer, "permits", stopping)[0] if place.partition % count == number])
  noted = lambda error, _: failures.append(error) if error else None
  while not stopping:
    first = consumer.poll(0.2)
    messages = [one for one in [first, *consumer.consume(500, 0)] if one is not None and not one.error()]
    if not messages:
      continue
    executor.database.execute("BEGIN IMMEDIATE")
    answers = [(message, *executor.judge(body(message))) for message in messages if header(message, "ce_type") == ISSUED]
    executor.database.execute("COMMIT")
    for message, claims, result in answers:
      case = claims.get("case") or header(message, "ce_subject") or ""
      if result["status"] != "executed":
        print(f"{case}: {result['status']} {result['reason']}", flush=True)
      producer.produce("executions", executor.statement(claims, case, result), case, on_delivery=noted,
                       headers=attributes(options.source, "countersign.execution.v1", subject=case))
    if producer.flush(10) or failures:
      raise SystemExit(f"executor: an answer was not delivered: {failures[:1]}")
    read = {one.partition(): one.offset() + 1 for one in messages}
    consumer.commit(offsets=[confluent_kafka.TopicPartition("permits", *place) for place in read.items()], asynchronous=False)


def main(options):
  count = int(os.environ.get("BENCH_EXECUTORS", "2"))
  children = []
  for number in range(count):
    child = os.fork()
    if not child:
      work(options, number, count)
      os._exit(0)
    children.append(child)
  signal.signal(signal.SIGTERM, lambda *_: [os.kill(child, signal.SIGTERM) for child in children])
  for child in children:
    os.waitpid(child, 0)


if __name__ == "__main__":
  parser = argparse.ArgumentParser(description=__doc__)
  for name, default in OPTIONS.items():
    parser.add_argument(f"--{name}", default=default)
  main(parser.parse_args())

"""Reads the topics from outside, from the first record on, and keeps what each case came to. Believes nobody."""
import collections
import json
import pathlib
import sqlite3
import sys
import threading
import time

import confluent_kafka
from confluent_kafka import TopicPartition

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "world"))
from verify_count import Count  # noqa: E402

COUNTED = ("cases", "intake.replies", "permits", "outcomes", "effects")
FOLLOWED = ("reviews.requested", "verdicts")
DEAD = tuple(f"{service}.dead" for service in ("intake", "policy", "model-adapter", "reviewer", "audit"))
GROUP = "system-counter"
# A reader that must not miss a record tells the embedded broker's relays so.
MUST_READ = ",".join(f"{topic}={GROUP}" for topic in COUNTED + FOLLOWED + DEAD)


class Counter:
  """`read` runs in a thread of its own until `stop`; `restart` when the broker began a new log."""

  def __init__(self, brokers):
    self.brokers, self.lock, self.stopping, self.anew = brokers, threading.Lock(), False, True
    self.count, self.seen = Count(), set()
    self.cases_of = collections.defaultdict(set)  # (source, item): cases
    self.item_of, self.outcome_of, self.ending = {}, {}, {}
    self.replies = collections.Counter()  # (status, code)
    self.answers = collections.defaultdict(list)  # item id or door record: its replies
    self.reviews = {}  # case: the open review
    self.counted = collections.defaultdict(set)  # case: people whose decision counts for it
    self.dead = collections.Counter()
    self.thread = threading.Thread(target=self.read, daemon=True)

  def start(self):
    self.thread.start()
    return self

  def stop(self):
    self.stopping = True
    self.thread.join(30)

  def restart(self):
    self.anew = True

  def consumer(self):
    return confluent_kafka.Consumer({
      "bootstrap.servers": self.brokers, "group.id": GROUP, "enable.auto.commit": False,
      "auto.offset.reset": "earliest",
      "fetch.wait.max.ms": 10, "socket.nagle.disable": True, "log_level": 0, "reconnect.backoff.max.ms": 500})

  def read(self):
    consumer, places = None, []
    while not self.stopping:
      try:
        if self.anew:
          if consumer:
            consumer.close()
          consumer = self.consumer()
          known = consumer.list_topics(timeout=5).topics
          wanted = [topic for topic in COUNTED + FOLLOWED + DEAD if topic in known]
          if len(wanted) < len(COUNTED + FOLLOWED + DEAD):
            time.sleep(0.2)
            continue
          places = [TopicPartition(topic, number, 0) for topic in wanted for number in known[topic].partitions]
          self.anew = False
          consumer.assign(places)
        messages = consumer.consume(2000, 0.05)
        with self.lock:
          ends = {}
          for message in messages:
            if not message.error():
              self.take(message)
              ends[message.topic(), message.partition()] = message.offset() + 1
        if ends:
          consumer.commit(offsets=[TopicPartition(*place, offset) for place, offset in ends.items()], asynchronous=True)
      except confluent_kafka.KafkaException:
        time.sleep(0.2)  # the broker is away
    if consumer:
      consumer.close()

  def take(self, message):
    headers = {name: (value or b"").decode(errors="replace") for name, value in message.headers() or []}
    topic, content = message.topic(), message.value() or b""
    self.count.take(topic, message.partition(), headers, content) if topic in COUNTED else None
    place = topic, message.partition(), headers.get("ce_epoch"), headers.get("ce_sequence")
    if place in self.seen:
      return
    self.seen.add(place)
    self.note(topic, headers.get("ce_type"), headers.get("ce_subject"), json.loads(content or b"null"))

  def note(self, topic, kind, case, body):
    if kind == "countersign.case.admitted.v1":
      self.cases_of[body["source"], body["item"]].add(case)
      self.item_of[case] = body["item"]
    elif topic == "intake.replies":
      self.replies[body["status"], body["code"]] += 1
      for key in {body.get("id"), body.get("record")}:
        self.answers[key].append(body)
      if body.get("case"):
        self.cases_of[body["source"], body["id"]].add(body["case"])
    elif kind == "countersign.outcome.v1":
      self.outcome_of.setdefault(case, body["outcome"])
      self.ending[case] = body
      self.reviews.pop(case, None)
    elif kind == "countersign.review.requested.v1":
      if self.reviews.get(case, {}).get("version") != body["version"]:
        self.counted.pop(case, None)
      self.reviews[case] = body
    elif kind == "countersign.review.closed.v1":
      self.reviews.pop(case, None)
    elif kind == "countersign.decision.judged.v1":
      if body["result"] in ("counted", "complete") and body.get("person"):
        self.counted[case].add(body["person"])
      if body["result"] == "complete":
        self.reviews.pop(case, None)
    elif topic in DEAD:
      self.dead[topic, body.get("reason") if isinstance(body, dict) else "?"] += 1

  def unanswered_permits(self):
    with self.lock:
      return len(self.count.permits.keys() - self.count.statements.keys())

  def open_cases(self):
    with self.lock:
      return len(self.item_of) - len(self.outcome_of.keys() & self.item_of.keys())


def effects(database):
  """All effects in the database of the system of record: [{"key": effect id}]."""
  with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as connection:
    return [{"key": key} for (key,) in connection.execute("SELECT key FROM effects ORDER BY number")]

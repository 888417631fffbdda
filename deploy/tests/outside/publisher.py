"""Publishes items at a steady rate by every documented door, and keeps what was acknowledged."""
import collections
import json
import threading
import time
import urllib.error
import urllib.request

import confluent_kafka

TYPE = "countersign.item.submitted.v1"


def plain(item):
  return {}, json.dumps(item.body)


def binary(item):
  headers = {"ce_specversion": "1.0", "ce_id": item.id, "ce_source": item.source, "ce_type": TYPE,
             "ce_workflow": item.body["workflow"], "content-type": "application/json"}
  return headers, json.dumps(item.body["data"])


def structured(item):
  event = {"specversion": "1.0", "id": item.id, "source": item.source, "type": TYPE, "workflow": item.body["workflow"],
           "datacontenttype": "application/json", "data": item.body["data"]}
  return {"content-type": "application/cloudevents+json"}, json.dumps(event)


DOORS = {"plain": plain, "binary": binary, "structured": structured, "http": None}


class Publisher:
  """One thread for Kafka and one for HTTP. `again` is the share of items that are sent twice, by two doors."""

  def __init__(self, brokers, intake, keys, items, rate, dice, again=0.03):
    self.brokers, self.intake, self.items, self.rate, self.dice, self.again = brokers, intake, items, rate, dice, again
    self.tokens = {source: (keys / "tokens" / source).read_text().strip() for source in {item.source for item in items}}
    self.sent, self.acknowledged, self.repeated = {}, set(), set()
    self.by_http = collections.deque()
    self.stopping, self.refused = threading.Event(), []
    self.producer = self.made()
    self.threads = [threading.Thread(target=work, daemon=True) for work in (self.publish, self.post)]

  def made(self):
    return confluent_kafka.Producer({
      "bootstrap.servers": self.brokers, "acks": "all", "enable.idempotence": True, "linger.ms": 2, "log_level": 0,
      "max.in.flight": 1, "reconnect.backoff.max.ms": 500})

  def start(self):
    for thread in self.threads:
      thread.start()
    return self

  def stop(self):
    """Sends no more; waits until what was sent is acknowledged."""
    self.stopping.set()
    for thread in self.threads:
      thread.join(60)
    self.producer.flush(30)

  def publish(self):
    began = time.monotonic()
    for number, item in enumerate(self.items):
      if self.stopping.wait(max(0, began + number / self.rate - time.monotonic())):
        return
      doors = list(DOORS)
      self.dice.shuffle(doors)
      self.send(item, doors[0])
      if self.dice.random() < self.again:
        self.repeated.add(item.id)
        self.send(item, doors[1])
      self.producer.poll(0)

  def send(self, item, door):
    self.sent[item.id] = item
    if door == "http":
      self.by_http.append(item)
      return
    headers, content = DOORS[door](item)

    def report(error, _):
      if error is None:
        self.acknowledged.add(item.id)

    self.producer.produce("intake", content, item.id, headers=headers, on_delivery=report)

  def post(self):
    """HTTP 202 or 200 (a duplicate) is the acknowledgement; whatever else is tried again, but for a refusal."""
    while not self.stopping.is_set() or self.by_http:
      if not self.by_http:
        time.sleep(0.01)
        continue
      item = self.by_http[0]
      request = urllib.request.Request(f"{self.intake}/v1/items", json.dumps(item.body).encode(), {
        "Authorization": f"Bearer {self.tokens[item.source]}", "Content-Type": "application/json"})
      try:
        with urllib.request.urlopen(request, timeout=20):
          self.acknowledged.add(item.id)
          self.by_http.popleft()
      except urllib.error.HTTPError as error:
        if error.code in (400, 401, 403, 409, 413, 422):
          self.refused.append((item.id, error.code, error.read()[:200]))
          self.by_http.popleft()
        else:
          time.sleep(0.2)
      except OSError:
        time.sleep(0.1)

  def send_again(self, ids):
    """As a producer does whose broker forgot what it had acknowledged."""
    self.producer = self.made()
    for id in ids:
      self.send(self.sent[id], "binary")
    self.producer.flush(30)

"""The reviewer as a frontend sees it: its HTTP API, and what its topics say."""
import datetime
import json
import threading
import time
import urllib.error
import urllib.request

import confluent_kafka


class Away(Exception):
  """Nobody answers, or somebody gave up waiting."""


class Api:
  def __init__(self, url, token):
    self.url, self.token, self.clock = url.rstrip("/"), token, None

  def call(self, method, path, body=None, key=None, tag=None):
    """(status, answer, ETag); problems (RFC 9457) are answers too. - Raises: Away."""
    headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
    headers |= {"Idempotency-Key": key} if method == "POST" and key else {}
    headers |= {"If-None-Match": tag} if tag else {}
    data = None if body is None else json.dumps(body).encode()
    try:
      with urllib.request.urlopen(urllib.request.Request(self.url + path, data, headers, method=method), timeout=10) as answer:
        status, content, tag = answer.status, answer.read(), answer.headers.get("ETag")
    except urllib.error.HTTPError as error:
      status, content, tag = error.code, error.read(), error.headers.get("ETag")
    except OSError as error:
      raise Away(str(getattr(error, "reason", error))) from None
    try:
      answer = json.loads(content or b"{}")
    except ValueError:
      answer = {"detail": f"the answer {status} is no JSON"}
    if isinstance(answer, dict) and answer.get("now"):
      self.tick(datetime.datetime.fromisoformat(answer["now"].replace("Z", "+00:00")))
    return status, answer, tag

  def tick(self, now):
    """Learns the server's time, and how fast it goes: a demo's minutes may be seconds."""
    first, _, _, scale = self.clock or ((now, time.monotonic()), now, 0, 1)
    real = time.monotonic() - first[1]
    self.clock = first, now, time.monotonic(), round((now - first[0]).total_seconds() / real) if real > 2 else scale

  def now(self):
    if not self.clock:
      return datetime.datetime.now(datetime.timezone.utc)
    _, told, at, scale = self.clock
    return told + datetime.timedelta(seconds=(time.monotonic() - at) * max(scale, 1))


class Topics:
  """Reads in a thread of its own: `reviews.open` from its beginning, `reviews` from now on. What it has is a hint, and never
  more: what counts is asked by HTTP."""

  def __init__(self, brokers):
    self.brokers, self.lock, self.open, self.changed, self.is_over = brokers, threading.Lock(), {}, set(), False
    self.thread = threading.Thread(target=self.read, daemon=True)
    self.thread.start()

  def rows(self):
    with self.lock:
      return dict(self.open)

  def has_changed(self, case):
    with self.lock:
      found = case in self.changed
      self.changed.discard(case)
      return found

  def stop(self):
    self.is_over = True
    self.thread.join(5)

  def read(self):
    reader = confluent_kafka.Consumer({
      "bootstrap.servers": self.brokers, "group.id": "terminal", "enable.auto.commit": False, "auto.offset.reset": "earliest",
      "fetch.wait.max.ms": 50, "log_level": 0, "reconnect.backoff.max.ms": 500})
    is_placed = False
    while not self.is_over:
      try:
        if not is_placed:
          known = reader.list_topics(timeout=5).topics
          reader.assign([
            confluent_kafka.TopicPartition(topic, number, start)
            for topic, start in (("reviews.open", confluent_kafka.OFFSET_BEGINNING), ("reviews", confluent_kafka.OFFSET_END))
            for number in known[topic].partitions])
          is_placed = True
        for message in reader.consume(500, 0.2):
          if not message.error():
            self.take(message)
      except (confluent_kafka.KafkaException, KeyError):
        time.sleep(0.5)  # the broker is away
    reader.close()

  def take(self, message):
    headers = {name: value.decode() for name, value in message.headers() or [] if value}
    with self.lock:
      if message.topic() == "reviews":
        # That somebody has looked changes nothing, and every look of one's own says so.
        if headers.get("ce_type") != "countersign.task.viewed.v1":
          self.changed.add(headers.get("ce_subject"))
        return
      try:
        row = json.loads(message.value() or b"null")
      except ValueError:
        return  # not the reviewer's
      if isinstance(row, dict) and row.get("open"):
        self.open[row["case"]] = row
      elif isinstance(row, dict):
        self.open.pop(row.get("case"), None)

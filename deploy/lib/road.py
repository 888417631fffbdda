"""What the topics of an installation say of each case, read as any outsider may read them; and HTTP with a token."""
import collections
import json
import urllib.error
import urllib.request

import confluent_kafka

TOPICS = ("cases", "reviews.requested", "outcomes", "permits", "verdicts", "effects", "intake.replies", "reviews",
          "escalations", "feedback")


def call(method, url, token=None, body=None, headers=None):
  """(status, JSON) of a request; other statuses than success are answers too. OSError: nobody answers."""
  data = None if body is None else json.dumps(body).encode()
  request = urllib.request.Request(url, data, method=method, headers={
    **({"Authorization": f"Bearer {token}"} if token else {}), "Content-Type": "application/json", **(headers or {})})
  try:
    with urllib.request.urlopen(request, timeout=20) as answer:
      return answer.status, json.loads(answer.read() or b"null")
  except urllib.error.HTTPError as error:
    text = error.read()
    try:
      return error.code, json.loads(text or b"null")
    except ValueError:
      return error.code, {"detail": text[:200].decode(errors="replace")}


class Road:
  """`cases`: what was said of each case, by its id."""

  def __init__(self, brokers):
    self.reader = confluent_kafka.Consumer({
      "bootstrap.servers": brokers, "group.id": "demo-watch", "enable.auto.commit": False, "auto.offset.reset": "earliest",
      "fetch.wait.max.ms": 10})
    topics = self.reader.list_topics(timeout=10).topics
    self.reader.assign([
      confluent_kafka.TopicPartition(topic, partition, 0) for topic in TOPICS for partition in topics[topic].partitions])
    self.cases = collections.defaultdict(lambda: {
      "reviews": [], "permits": [], "decisions": [], "effects": [], "tasks": [], "escalations": []})
    self.replies, self.numbers = [], {}

  def read(self, wait=0.1):
    """Takes in what has come, waiting up to `wait` seconds for a first record."""
    for message in self.reader.consume(500, wait):
      if not message.error():
        headers = {name: value.decode() for name, value in message.headers() or [] if value}
        try:
          body = json.loads(message.value() or b"null")
        except ValueError:
          continue  # not ours
        if self.is_new(message, headers):
          self.take(headers, body, message.timestamp()[1] / 1000, message.topic(), message.partition())

  def is_new(self, message, headers):
    """Whether it is no wire duplicate: after a crash a relay sends again, under the same numbers."""
    if "ce_seal" not in headers:
      return True
    place, number = (message.topic(), message.partition()), (int(headers["ce_epoch"]), int(headers["ce_sequence"]))
    if self.numbers.get(place, (0, 0)) >= number:
      return False
    self.numbers[place] = number
    return True

  def take(self, headers, body, at, topic, partition):
    case, kind = headers.get("ce_subject"), headers.get("ce_type")
    if kind == "countersign.intake.reply.v1":
      self.replies.append(body)
    if not case:
      return
    entry = self.cases[case]
    if kind == "countersign.case.admitted.v1":
      entry["admitted"], entry["partition"] = body, partition
    elif kind == "countersign.review.requested.v1":
      entry["reviews"].append(body)
      entry.setdefault("first", body)
      entry["open"] = body
    elif kind == "countersign.review.closed.v1":
      entry["open"] = None
    elif kind == "countersign.case.judged.v1":
      # What is drawn for checking has a judgement too; the review that follows is what people get.
      if body["route"] == "auto":
        entry.setdefault("first", body)
    elif kind == "countersign.question.put.v1":
      entry.setdefault("questions", []).append(body)
    elif kind == "countersign.decision.judged.v1":
      entry["decisions"].append(body)
      if body["result"] == "complete":
        entry["open"], entry["complete"] = None, at
    elif topic == "feedback":
      entry.setdefault("labels", []).append(body)
    elif kind == "countersign.permit.issued.v1":
      entry["permits"].append(body)
    elif kind == "countersign.permit.revoked.v1":
      entry["revoked"] = at
    elif kind == "countersign.case.held.v1":
      entry["held"] = body["held"]
    elif kind in ("countersign.effect.reported.v1", "countersign.effect.noted.v1"):
      entry["effects"].append(body)
    elif topic in ("reviews", "escalations"):
      entry["tasks" if topic == "reviews" else topic].append({"kind": kind, **(body or {})})
    elif kind == "countersign.outcome.v1":
      entry["outcome"] = body
      entry["seconds"] = at - body["ingested"] / 1e6

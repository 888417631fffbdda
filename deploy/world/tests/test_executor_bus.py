import json
import time
import unittest
from types import SimpleNamespace
from unittest import mock

import confluent_kafka
from support import PermitCase, Process, jwt

import executor_bus
from cloudevents import attributes, body, header

ISSUED, REVOKED = "countersign.permit.issued.v1", "countersign.permit.revoked.v1"


class OnTheBus(PermitCase):
  """The executor as a process of its own, on the mock cluster that librdkafka brings along."""

  def setUp(self):
    super().setUp()
    self.producer = confluent_kafka.Producer({"test.mock.num.brokers": 1})
    [broker] = self.producer.list_topics(timeout=10).brokers.values()
    self.brokers = f"{broker.host}:{broker.port}"
    self.consumer = confluent_kafka.Consumer({
      "bootstrap.servers": self.brokers, "group.id": "policy", "auto.offset.reset": "earliest"})
    self.addCleanup(self.consumer.close)
    for topic in ("permits", "executions"):
      self.producer.list_topics(topic, timeout=10)  # which makes it
    self.consumer.assign([confluent_kafka.TopicPartition("executions", number, confluent_kafka.OFFSET_BEGINNING)
                          for number in range(4)])

  def start_executor(self, **environment):
    options = {name: str(value) for name, value in vars(self.options).items()} | {"brokers": self.brokers}
    arguments = [f"--{name.replace('_', '-')}={value}" for name, value in options.items()]
    self.executor = Process("executor.py", *arguments, environment=environment)
    self.addCleanup(lambda process=self.executor: process.process.poll() is None and process.kill())

  def send(self, type, content, case="case-1"):
    content = content if isinstance(content, bytes) else json.dumps(content).encode()
    headers = attributes("/countersign/policy", type, subject=case)
    self.producer.produce("permits", content, case, headers=headers)
    self.assertEqual(self.producer.flush(20), 0)

  def answers(self, count, seconds=40):
    """The next answers: [(message, body, claims of its JWS)]."""
    found, until = [], time.monotonic() + seconds
    while len(found) < count and time.monotonic() < until:
      message = self.consumer.poll(0.2)
      if message is not None and not message.error():
        content = body(message)
        found.append((message, content, jwt.decode(content["answer"], options={"verify_signature": False})))
    self.assertEqual(len(found), count)
    return found

  def test_answers_each_permit_as_a_cloud_event_and_ignores_other_types(self):
    self.start_executor()
    record = self.permit(self.action())
    self.send("countersign.permit.noted.v1", record)
    self.send(ISSUED, record)
    [(message, content, said)] = self.answers(1)
    self.assertEqual({name: header(message, name) for name in ("ce_type", "ce_source", "ce_subject")}, {
      "ce_type": "countersign.execution.v1", "ce_source": "/executors/demo", "ce_subject": "case-1"})
    self.assertEqual((message.key(), said["status"], said["case"]), (b"case-1", "executed", "case-1"))
    self.assertEqual(content["after"]["summary"], record["action"]["body"]["summary"])
    self.assertEqual(self.executor.stop()[0], 0)

  def test_hostile_records_are_answered_as_refused_and_do_not_stop_the_next(self):
    self.start_executor()
    for content in (b"", b"{", b"\xff", b"[" * 100_000, b'{"permit":"a.b.c","action":{}}', b"null", b"7"):
      self.send(ISSUED, content)
    self.send(REVOKED, b"{")
    self.send(ISSUED, self.permit(self.action()))
    said = [claims for _, _, claims in self.answers(8)]
    self.assertEqual([claims["status"] for claims in said], ["refused"] * 7 + ["executed"])
    self.assertEqual({claims["eff"] for claims in said[:7]}, {None})

  def test_a_revocation_that_came_while_it_was_away_is_obeyed(self):
    record = self.permit(self.action())
    claims = jwt.decode(record["permit"], options={"verify_signature": False})
    self.send(ISSUED, record)
    self.send(REVOKED, {"jti": claims["jti"], "eff": claims["eff"]})
    self.start_executor()
    [(_, _, said)] = self.answers(1)
    self.assertEqual((said["status"], self.effects()), ("refused", []))
    self.assertIn("revoked", said["reason"])

  def test_killed_after_the_effect_it_answers_executed_and_does_not_repeat_it(self):
    self.start_executor(EXECUTOR_PAUSE="after-effect:60")
    self.send(ISSUED, self.permit(self.action()))
    until = time.monotonic() + 40
    while not self.effects() and time.monotonic() < until:
      time.sleep(0.05)
    self.executor.kill()
    self.start_executor()
    first, second = self.answers(2)  # one of its own accord, one for the permit, whose offset was not committed
    self.assertEqual((first[2]["status"], second[2]["status"]), ("executed", "executed"))
    [effect] = self.effects()
    self.assertEqual((first[2]["eff"], first[1]["after"]), (effect["key"], effect["after"]))

  def test_killed_at_any_moment_no_effect_happens_twice_and_every_permit_is_answered(self):
    tickets = [f"T-{number}" for number in range(1001, 1021)]
    for ticket in tickets:
      self.send(ISSUED, self.permit(self.action(ticket), case=ticket), case=ticket)
    for kill in range(4):
      self.start_executor(EXECUTOR_PAUSE="after-effect:0.05")
      until = time.monotonic() + 20
      while len(self.effects()) < 3 * (kill + 1) and time.monotonic() < until:
        time.sleep(0.01)
      self.executor.kill()
    self.start_executor()
    answered, until = {}, time.monotonic() + 60
    while len(answered) < len(tickets) and time.monotonic() < until:
      message = self.consumer.poll(0.2)
      if message is not None and not message.error():
        claims = jwt.decode(body(message)["answer"], options={"verify_signature": False})
        answered.setdefault(claims["case"], set()).add(claims["status"])
    self.assertEqual(sorted(answered), tickets)
    keys = [effect["key"] for effect in self.effects()]
    self.assertEqual(len(keys), len(set(keys)))
    executed = [case for case, said in answered.items() if "executed" in said]
    self.assertLessEqual(len(executed), len(keys))
    self.assertLessEqual(set().union(*answered.values()), {"executed", "unknown"})

  def test_answered_permits_are_committed_and_not_answered_again_after_a_stop(self):
    self.start_executor()
    self.send(ISSUED, self.permit(self.action()))
    self.answers(1)
    time.sleep(1)
    self.executor.stop()
    self.start_executor()
    self.send(ISSUED, self.permit(self.action("T-1002"), case="case-2"), case="case-2")
    [(_, _, said)] = self.answers(1)
    self.assertEqual(said["case"], "case-2")


class LateConsumer:
  """As librdkafka may do it: a commit without offsets comes to its turn after the next read, and takes that along."""

  def __init__(self, messages):
    self.messages, self.read, self.kept, self.late = messages, 0, 0, False

  def assign(self, _):
    pass

  def list_topics(self, topic, timeout):
    return SimpleNamespace(topics={topic: SimpleNamespace(partitions={0: None})})

  def committed(self, places, timeout):
    return places

  def get_watermark_offsets(self, place, timeout):
    return 0, 1

  def poll(self, _):
    if self.read == len(self.messages):
      raise KeyboardInterrupt
    self.read += 1
    if self.late:
      self.kept = self.read
    return self.messages[self.read - 1]

  def consume(self, *_):
    return []

  def commit(self, offsets=None):
    self.late = offsets is None
    self.kept = offsets[0].offset if offsets else self.kept


class Committing(unittest.TestCase):
  def test_never_commits_past_a_permit_that_is_not_answered(self):
    """A commit without offsets once took along what was read after it: a kill -9 then lost permits for good."""
    consumer, seen = LateConsumer([Record(offset) for offset in range(3)]), []

    def judge(_):
      seen.append(consumer.kept)
      return {}, {"status": "refused", "reason": ""}
    executor = SimpleNamespace(
      judge=judge, statement=lambda *_: b"{}", store=SimpleNamespace(open_effects=lambda: []))
    producer = SimpleNamespace(produce=lambda *_, **__: None, flush=lambda _: 0)
    options = SimpleNamespace(brokers="", kafka="{}", name="n", source="/s", target="")
    with mock.patch("confluent_kafka.Consumer", lambda _: consumer), \
         mock.patch("confluent_kafka.Producer", lambda _: producer), \
         mock.patch("signal.signal"), self.assertRaises(KeyboardInterrupt):
      executor_bus.serve(executor, options)
    self.assertEqual(seen, [0, 1, 2])


class Record:
  """One permit as confluent-kafka hands it out."""

  def __init__(self, offset):
    self.number = offset

  def offset(self):
    return self.number

  def partition(self):
    return 0

  def error(self):
    return None

  def headers(self):
    return [("ce_type", ISSUED.encode())]

  def value(self):
    return b"{}"


if __name__ == "__main__":
  unittest.main()

"""Permits in, statements out: the Kafka side of an executor."""
import collections
import json
import signal
import time

import confluent_kafka

from cloudevents import attributes, body, header

ISSUED, REVOKED = "countersign.permit.issued.v1", "countersign.permit.revoked.v1"
CATCHING_UP = 30  # seconds at most that permits wait for what lay behind them in the topic at the start
WAITING = 1000  # permits held in memory while a service that they need is away


def serve(executor, options):
  """Runs until SIGTERM. Offsets are committed once the answers to all permits read so far are acknowledged.

  KafkaException: an answer cannot be delivered for good; nothing is committed, so a restart answers it again.
  """
  kafka = {"bootstrap.servers": options.brokers} | json.loads(options.kafka)
  producer = confluent_kafka.Producer({**kafka, "acks": "all", "message.timeout.ms": 0, "linger.ms": 1})
  consumer = confluent_kafka.Consumer({
    **kafka, "group.id": options.name, "auto.offset.reset": "earliest", "enable.auto.commit": False,
    "fetch.wait.max.ms": 10})
  stopping, failures, waiting = [], [], collections.deque()
  signal.signal(signal.SIGTERM, lambda *_: stopping.append(True))
  print(f"executor: {options.name} reads permits at {options.brokers}, acts on {options.target}", flush=True)
  places, behind = whole_topic(consumer, "permits", stopping)
  consumer.assign(places)

  def answer(claims, case, result):
    print(f"{case}: {result['status']} {result['reason']}", flush=True)
    headers = attributes(options.source, "countersign.execution.v1", subject=case)
    producer.produce("executions", executor.statement(claims, case, result), case, headers=headers,
                     on_delivery=lambda error, _: failures.append(error) if error else None)

  for claims in executor.store.open_effects():
    time.sleep(1)  # a write that was on its way may still arrive
    answer(claims, claims["case"], executor.settled(claims))
  patience = time.monotonic() + CATCHING_UP
  read = {}  # partition: the offset after the last permit read, not yet committed
  while not stopping:
    for message in arrivals(consumer, 0 if len(waiting) >= WAITING else 0.2):
      if message.offset() + 1 >= behind.get(message.partition(), 0):
        behind.pop(message.partition(), None)
      read[message.partition()] = confluent_kafka.TopicPartition("permits", message.partition(), message.offset() + 1)
      if header(message, "ce_type") == REVOKED:
        executor.store.revoke(body(message).get("jti"), body(message).get("eff"))
      elif header(message, "ce_type") == ISSUED:
        waiting.append(message)
    if behind and len(waiting) < WAITING and time.monotonic() < patience:
      continue  # a revocation of what waits may be among what was there before the start
    for _ in range(len(waiting)):
      message = waiting.popleft()
      try:
        claims, result = executor.judge(body(message))
        answer(claims, claims.get("case") or header(message, "ce_subject") or "", result)
      except OSError as error:
        print(f"executor: waits, {error}", flush=True)
        waiting.append(message)
      if stopping:
        break
    pending = producer.flush(10)
    if failures:
      raise confluent_kafka.KafkaException(failures[0])
    if read and not pending and not waiting:
      # By name: a commit without offsets takes, when its turn comes, also what was read in the meantime.
      consumer.commit(offsets=list(read.values()))
      read.clear()
  consumer.close()


def whole_topic(consumer, topic, stopping):
  """(all partitions, {partition: end of its log} of those with unread records); waits for the broker and the topic.

  To be assigned, not subscribed to: one process owns the state file, and after a kill -9 nothing waits for a rebalance.
  """
  while not stopping:
    try:
      known = consumer.list_topics(topic, timeout=5).topics[topic].partitions
      places = [confluent_kafka.TopicPartition(topic, number) for number in known]
      ends = {}
      for place in consumer.committed(places, timeout=5) if places else []:
        first, end = consumer.get_watermark_offsets(place, timeout=5)
        if first < end and place.offset < end:
          ends[place.partition] = end
      if places:
        return places, ends
      print(f"executor: waits, there is no topic {topic}", flush=True)
    except confluent_kafka.KafkaException as error:
      print(f"executor: waits, {error}", flush=True)
    time.sleep(1)
  return [], {}


def arrivals(consumer, wait):
  """The messages that have come, waiting up to `wait` seconds for a first one; with 0 it rests and reads none."""
  if wait == 0:
    time.sleep(1)
    return []
  messages = [consumer.poll(wait), *consumer.consume(500, 0)]
  # An empty message is false, so `if message` would lose it.
  return [message for message in messages if message is not None and not message.error()]

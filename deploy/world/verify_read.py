"""Where the counter gets its records: topics from their low watermark on, or files of JSON lines."""
import json
import os
import time

from web import call


def from_files(directory, topics, count):
  """Each TOPIC.jsonl holds {"partition", "headers", "body"} a line. A topic without a file is empty.

  Returns the effects in record.jsonl, None without it. ValueError: a line is not of that form.
  """
  def lines(name):
    path = os.path.join(directory, f"{name}.jsonl")
    if not os.path.exists(path):
      return
    with open(path) as file:
      for number, line in enumerate(file, 1):
        try:
          yield json.loads(line)
        except ValueError as error:
          raise ValueError(f"{path}:{number}: {error}") from None
  for topic in topics:
    for record in lines(topic):
      body = json.dumps(record.get("body")).encode()
      count.take(topic, record.get("partition", 0), record["headers"], body)
  return list(lines("record")) if os.path.exists(os.path.join(directory, "record.jsonl")) else None


def from_kafka(settings, topics, count, enough, wait):
  """Reads every partition to its end, and on until `enough()` or `wait` seconds are over. KafkaException: no broker."""
  import confluent_kafka as kafka
  consumer = kafka.Consumer({
    **settings, "group.id": "countersign.verify", "enable.auto.commit": False, "auto.offset.reset": "earliest",
    "enable.partition.eof": True, "fetch.wait.max.ms": 50})
  try:
    known = consumer.list_topics(timeout=10).topics
    places = [kafka.TopicPartition(topic, partition, kafka.OFFSET_BEGINNING)
              for topic in topics if topic in known for partition in known[topic].partitions]
    consumer.assign(places)
    unread, until = {(place.topic, place.partition) for place in places}, time.monotonic() + wait
    silent = time.monotonic() + 60
    while unread or (not enough() and time.monotonic() < until):
      for message in consumer.consume(1000, 0.2):
        silent, place = time.monotonic() + 60, (message.topic(), message.partition())
        if message.error():
          if message.error().code() != kafka.KafkaError._PARTITION_EOF:
            raise kafka.KafkaException(message.error())
          unread.discard(place)
        else:
          headers = {name: (value or b"").decode(errors="replace") for name, value in message.headers() or []}
          count.take(*place, headers, message.value())
      if unread and time.monotonic() > silent:
        raise kafka.KafkaException(f"no answer from the broker for 60 s, {len(unread)} partitions unread")
  finally:
    consumer.close()


def from_record(url):
  """All effects that the system of record has performed. OSError: it cannot be read."""
  effects, since = [], 0
  while since is not None:
    status, page, _ = call("GET", f"{url}/effects?since={since}")
    if status != 200:
      raise OSError(f"the system of record answered {status}")
    effects, since = effects + [{"key": effect["key"]} for effect in page["effects"]], page["next"]
  return effects

"""Example publisher: sends a file of JSON lines to Countersign's door, as CloudEvents or as plain JSON.

Each line is {"id": "…", "data": {…}}. The answer to each comes on `intake.replies` (rejected, duplicate) or `outcomes`.
"""
import argparse
import json
import os
import sys

import confluent_kafka

from cloudevents import attributes


def cloud_event(source, workflow, item):
  """(headers, body) in CloudEvents' binary mode."""
  headers = attributes(source, "countersign.item.submitted.v1", id=item["id"], workflow=workflow)
  return headers, json.dumps(item["data"], ensure_ascii=False)


def plain(source, workflow, item):
  """(headers, body) for a client that can only send text, such as kcat."""
  body = {"workflow": workflow, "source": source, "id": item["id"], "data": item["data"]}
  return {}, json.dumps(body, ensure_ascii=False)


def main():
  parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
  parser.add_argument("workflow")
  parser.add_argument("file", type=argparse.FileType("r"), help="JSON lines; - is standard input")
  parser.add_argument("--source", default="/demo/support", help="as registered in sources.yaml")
  parser.add_argument("--topic", default="intake")
  parser.add_argument("--brokers", default="127.0.0.1:9092")
  parser.add_argument("--kafka", default=os.environ.get("PUBLISH_KAFKA", "{}"), help="librdkafka properties as JSON")
  parser.add_argument("--plain", action="store_true", help="plain JSON instead of CloudEvents")
  options = parser.parse_args()
  producer = confluent_kafka.Producer({
    "bootstrap.servers": options.brokers, "acks": "all", "enable.idempotence": True, **json.loads(options.kafka)})
  failures, sent, make = [], 0, plain if options.plain else cloud_event
  for line in options.file:
    item = json.loads(line)
    headers, body = make(options.source, options.workflow, item)
    while True:
      try:
        producer.produce(options.topic, body, item["id"], headers=headers,
                         on_delivery=lambda error, _: failures.append(error) if error else None)
        break
      except BufferError:
        producer.poll(0.1)  # the queue is full: let the broker catch up
    producer.poll(0)
    sent += 1
  unsent = producer.flush(60)
  print(f"{sent - unsent - len(failures)} acknowledged, {unsent + len(failures)} not")
  sys.exit(1 if unsent or failures else 0)


if __name__ == "__main__":
  main()

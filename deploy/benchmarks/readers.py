"""Reads up to the end, again and again, for readers that are not there: the relay of the embedded broker keeps a row until every
reader of its topic has committed past it, in this run of the broker.

    readers.py BROKERS
"""
import pathlib
import sys
import time

from confluent_kafka import Consumer, TopicPartition

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
from embedded import broker_run  # noqa: E402

READ = {
  "countersign.audit": ["cases", "model.requests", "intake.heads", "policy.heads", "intake.dead", "policy.dead", "intake.replies"],
  "countersign.model-adapter": ["model.requests"],
}


def main(brokers):
  run = broker_run(brokers)
  readers = {
    group: Consumer({"bootstrap.servers": brokers, "group.id": f"{group}@{run}", "enable.auto.commit": False})
    for group in READ}
  while True:
    for group, topics in READ.items():
      ends = []
      for partition in (TopicPartition(topic, number) for topic in topics for number in range(4)):
        end = readers[group].get_watermark_offsets(partition, timeout=5)[1]
        if end > 0:
          ends.append(TopicPartition(partition.topic, partition.partition, end))
      if ends:
        readers[group].commit(offsets=ends, asynchronous=False)
    time.sleep(0.05)


if __name__ == "__main__":
  main(sys.argv[1])

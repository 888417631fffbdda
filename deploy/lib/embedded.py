"""The embedded broker, as readers that stand in for a service must know it."""
from confluent_kafka import Consumer, TopicPartition


def broker_run(brokers):
  """The id of its run: the only record of its topic `broker`. Services read in the group `countersign.SERVICE@RUN`."""
  reader = Consumer({"bootstrap.servers": brokers, "group.id": "broker-run", "enable.auto.commit": False})
  reader.assign([TopicPartition("broker", 0, 0)])
  try:
    for _ in range(100):
      message = reader.poll(0.2)
      if message and not message.error():
        return message.value().decode()
  finally:
    reader.close()
  raise SystemExit(f"the broker at {brokers} does not tell its run: is it the embedded one?")

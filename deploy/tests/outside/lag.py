"""How much lies in the topics before each service, seen from outside."""
import confluent_kafka
from confluent_kafka import TopicPartition

from outside.installation import SERVICES

READS = {  # the topics that each service reads, as far as items pass along them
  "intake": ("intake", "executions", "permits", "outcomes"),
  "policy": ("cases", "effects", "model.proposals", "decisions"),
  "model-adapter": ("model.requests", "feedback"), "reviewer": ("reviews.requested", "verdicts"),
  "audit": ("cases", "verdicts", "outcomes", "permits", "model.requests", "model.proposals", "reviews", "effects")}


class Lag:
  """What lies in the topics and has not been committed by its reader."""

  def __init__(self, brokers):
    self.brokers = brokers
    self.reset()

  def reset(self):
    self.readers = {
      name: confluent_kafka.Consumer({
        "bootstrap.servers": self.brokers, "group.id": f"countersign.{name}", "log_level": 0,
        "enable.auto.commit": False}) for name in SERVICES}

  def of(self, name):
    try:
      places = [TopicPartition(topic, lane) for topic in READS[name] for lane in range(4)]
      behind = 0
      for place in self.readers[name].committed(places, timeout=2):
        end = self.readers[name].get_watermark_offsets(place, timeout=2)[1]
        behind += max(0, end - max(0, place.offset))
      return behind
    except confluent_kafka.KafkaException:
      return 0

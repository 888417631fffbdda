import KafkaBus
import Messaging
import Wire

func kafkaBus(_ config: RoadConfig) throws(BusError) -> KafkaBus {
  try KafkaBus(
    properties: config.kafka.merging(["bootstrap.servers": config.brokers]) { given, _ in given },
    group: config.service.group, embedded: config.embedded)
}

/// A client of the service's broker beside that of its lanes, for questions of its own. Close it.
public func openBus(_ config: RoadConfig) throws(BusError) -> any Bus { try kafkaBus(config) }

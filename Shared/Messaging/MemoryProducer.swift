import Synchronization
import Wire

final class MemoryProducer: Producer {
  private enum Condition { case open, spent, closed }

  private let broker: MemoryBroker
  private let number: Int
  private let condition = Mutex(Condition.open)

  init(broker: MemoryBroker, number: Int) {
    self.broker = broker
    self.number = number
  }

  func send(_ outgoing: Outgoing) throws(BusError) -> Bool {
    switch condition.withLock({ $0 }) {
    case .open: break
    case .spent: throw BusError(.fatal, "the producer is spent")
    case .closed: throw BusError(.fatal, "the producer is closed")
    }
    guard let frames = Frame.split(outgoing.frames[...]) else {
      condition.withLock { $0 = .spent }
      throw BusError(.fatal, "the producer is spent: a row that is not whole frames")
    }
    let stream = MemoryState.Stream(producer: number, partition: outgoing.partition)
    try broker.withState { state throws(BusError) in
      try state.send(MemoryState.Flight(stream: stream, id: outgoing.id, frames: frames))
    }
    return true
  }

  func reports() -> [Report] {
    let reports = (try? broker.withState { $0.takeReports(number) }) ?? []
    if reports.contains(where: { $0.error != nil }) {
      condition.withLock { if $0 == .open { $0 = .spent } }
    }
    return reports
  }

  func close() {
    condition.withLock { $0 = .closed }
    try? broker.withState { $0.closeProducer(number) }
  }
}

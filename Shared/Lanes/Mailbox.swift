import Synchronization

/// Why a command was not carried out.
public enum CommandError: Error, Sendable, Equatable {
  /// Too much waits already, or no room is left: try again after so many seconds.
  case overloaded(retryAfter: Int)
  /// The database or the lane cannot be reached now; nothing happened.
  case unavailable
  /// It may or may not have been carried out: ask again with the same idempotency key.
  case unknown
  /// It cannot be carried out.
  case failed(String)
}

/// Where the sender of a command waits for its answer.
public final class Ticket<Answer: Sendable>: Sendable {
  private enum State {
    case open
    case awaited(CheckedContinuation<Answer, any Error>)
    case ended(Result<Answer, CommandError>)
  }
  private let state = Mutex(State.open)

  public init() {}

  /// The answer, once what it says is durable. - Throws: `CommandError`.
  public func value() async throws -> Answer {
    try await withCheckedThrowingContinuation { continuation in
      let result: Result<Answer, CommandError>? = state.withLock { state in
        if case .ended(let result) = state { return result }
        state = .awaited(continuation)
        return nil
      }
      if let result { continuation.resume(with: result.mapError { $0 as any Error }) }
    }
  }

  /// The answer if it is there.
  public var result: Result<Answer, CommandError>? {
    state.withLock { if case .ended(let result) = $0 { result } else { nil } }
  }

  /// The first end counts, later ones are ignored.
  func end(_ result: Result<Answer, CommandError>) {
    let waiting: CheckedContinuation<Answer, any Error>? = state.withLock { state in
      switch state {
      case .open:
        state = .ended(result)
        return nil
      case .awaited(let continuation):
        state = .ended(result)
        return continuation
      case .ended: return nil
      }
    }
    waiting?.resume(with: result.mapError { $0 as any Error })
  }
}

/// What reaches an engine from other threads: commands, and calls that have ended.
public final class Mailbox<D: Decider>: Sendable {
  enum Letter: Sendable {
    case command(id: String, make: @Sendable (inout Reading) -> D.Event, ticket: Ticket<D.Answer>)
    case ended(call: D.State.Call, key: String, result: D.CallResult)
    /// A question to the engine itself.
    case acceptLoss(Loss, Ticket<Void>)
  }

  private let letters = Mutex<[Letter]>([])
  private let limit: Int
  private let wake: @Sendable () -> Void

  public init(limit: Int = 10_000, wake: @escaping @Sendable () -> Void) {
    self.limit = limit
    self.wake = wake
  }

  /// Hands a command over. - Parameter make: builds its event; may use the reading for a new case id.
  public func submit(id: String, _ make: @escaping @Sendable (inout Reading) -> D.Event) -> Ticket<D.Answer> {
    let ticket = Ticket<D.Answer>()
    if !put(.command(id: id, make: make, ticket: ticket), bounded: true) { ticket.end(.failure(.overloaded(retryAfter: 1))) }
    return ticket
  }

  /// Gives up records that are lost for good, in the name of a person.
  public func accept(_ loss: Loss) -> Ticket<Void> {
    let ticket = Ticket<Void>()
    _ = put(.acceptLoss(loss, ticket), bounded: false)
    return ticket
  }

  @discardableResult
  func put(_ letter: Letter, bounded: Bool) -> Bool {
    let taken = letters.withLock { letters in
      guard !bounded || letters.count < limit else { return false }
      letters.append(letter)
      return true
    }
    wake()
    return taken
  }

  /// The engine ends: whoever waits for an answer hears that nothing happened.
  func refuseAll() {
    for letter in take(.max) {
      switch letter {
      case .command(_, _, let ticket): ticket.end(.failure(.unavailable))
      case .acceptLoss(_, let ticket): ticket.end(.failure(.unavailable))
      case .ended: break
      }
    }
  }

  func take(_ limit: Int) -> [Letter] {
    letters.withLock { letters in
      let taken = Array(letters.prefix(limit))
      letters.removeFirst(taken.count)
      return taken
    }
  }

  var isEmpty: Bool { letters.withLock { $0.isEmpty } }
  /// Whether somebody waits for an answer.
  var isAwaited: Bool { letters.withLock { $0.contains { if case .command = $0 { true } else { false } } } }
}

/// Missing records that a person gives up: numbers `from` to `to` of one stream.
public struct Loss: Sendable, Equatable {
  public let topic: String
  public let partition: Int32
  public let from: Int64
  public let to: Int64
  public let person: String
  public let reason: String

  public init(topic: String, partition: Int32, from: Int64, to: Int64, person: String, reason: String) {
    self.topic = topic
    self.partition = partition
    self.from = from
    self.to = to
    self.person = person
    self.reason = reason
  }
}

import Host
import Lanes
import Ledger
import Logging
import Storage
import Synchronization
import Wire

/// Asks witnesses to cosign (C2SP tlog-witness), and tells people where they do not.
///
/// Only the newest checkpoint is sent; what a witness missed meanwhile lies in the proof. A witness that is away delays nobody but those who
/// ask for a checkpoint that it must have seen.
final class WitnessClient: Sendable {
  struct Standing: Sendable {
    /// The last size that the witness is known to have seen.
    var seen: UInt64 = 0
    /// When it last cosigned, by its own clock, seconds since 1970 UTC.
    var cosigned: UInt64?
    var failure: String?
    var failures = 0
    var notBefore = Instant(microseconds: 0)
  }

  let checkpointer: Checkpointer
  /// How long a checkpoint may lack cosignatures before people hear of it, seconds.
  let patience: Int
  private let web: WebClient
  private let book = Mutex<[String: Standing]>([:])
  private let waitingSince = Mutex<Instant?>(nil)

  init(_ checkpointer: Checkpointer, _ web: WebClient, patience: Int) {
    (self.checkpointer, self.web, self.patience) = (checkpointer, web, patience)
  }

  var witnesses: [WitnessPolicy.Witness] { checkpointer.policy.witnesses.filter { $0.url != nil } }
  func standing(_ name: String) -> Standing { book.withLock { $0[name] ?? Standing() } }

  /// The largest size that a witness says to have seen; 0 where none answers. What it says is not signed, but it is of our own choosing.
  func largestSeen() async -> (size: UInt64, witness: String) {
    var largest: (size: UInt64, witness: String) = (0, "")
    // A checkpoint of nothing: whoever has seen more says so.
    let nothing = Checkpoint(origin: checkpointer.keys.name, size: 0, root: .empty)
    guard let note = try? checkpointer.keys.signer.sign(nothing) else { return largest }
    for witness in witnesses {
      guard let reply = try? await ask(witness, WitnessRequest(oldSize: 0, proof: [], note: note)), reply.status == 409,
        let size = Self.size(reply.body)
      else { continue }
      book.withLock { $0[witness.name, default: Standing()].seen = size }
      if size > largest.size { largest = (size, witness.name) }
    }
    return largest
  }

  /// - Parameter isOurs: whether this instance writes the ledger; only then does it ask.
  func run(_ road: Road<AuditDecider>, while isOurs: @Sendable () -> Bool) async {
    while !Task.isCancelled {
      try? await Task.sleep(for: .seconds(1))
      guard isOurs() else { continue }
      do {
        try await look(road.store, at: .now)
        try await tell(road, at: .now)
      } catch {
        road.logger.debug("witnesses were not asked: \(error)")
      }
    }
  }

  /// Sends the newest checkpoint to each witness that has not cosigned it.
  func look(_ store: any Store, at now: Instant) async throws {
    guard let last = try store.read({ try Checkpointer.last($0) }) else { return }
    let note = try Note(last.note)
    let done = Set(checkpointer.policy.cosigned(note).map(\.witness.name))
    for witness in witnesses where !done.contains(witness.name) && standing(witness.name).notBefore <= now {
      let failure = await submit(witness, last, store, at: now)
      book.withLock { book in
        var standing = book[witness.name] ?? Standing()
        standing.failure = failure
        standing.failures = failure == nil ? 0 : standing.failures + 1
        // 2 s, 4 s, … at most a minute.
        standing.notBefore = failure == nil ? now : now.adding(seconds: min(60, Double(1 << min(standing.failures, 6))))
        book[witness.name] = standing
      }
    }
  }

  /// - Returns: what is wrong; nil where the witness has cosigned.
  private func submit(_ witness: WitnessPolicy.Witness, _ last: CheckpointPublished, _ store: any Store, at now: Instant) async -> String? {
    let size = UInt64(last.size)
    // The second time with the size that the witness told.
    for _ in 0..<2 {
      let seen = min(standing(witness.name).seen, size)
      do {
        let proof = seen == 0 ? [] : try HashReader(paths: checkpointer.paths).prover.consistency(from: seen, to: size)
        // Our own signatures alone: it need not know the other witnesses.
        var own = try Note(last.note)
        own.signatures.removeAll { signature in checkpointer.policy.witnesses.contains { $0.key.isFrom(signature) } }
        let reply = try await ask(witness, WitnessRequest(oldSize: seen, proof: proof, note: own.text))
        switch reply.status {
        case 200: return try take(reply.body, witness, last, store, at: now)
        case 409:
          guard let other = Self.size(reply.body), other != seen else { return "it holds another tree of \(seen) leaves" }
          book.withLock { $0[witness.name, default: Standing()].seen = other }
          guard other <= size else { return "it has seen \(other) leaves, \(size) are signed here" }
        case 422: return "it does not find that our tree goes on from the one of \(seen) leaves"
        default: return "it answers \(reply.status)"
        }
      } catch let failure as WebClient.Failure { return "it cannot be reached (\(failure))" } catch { return "\(error)" }
    }
    return "it does not agree on a size"
  }

  private func take(
    _ body: [UInt8], _ witness: WitnessPolicy.Witness, _ last: CheckpointPublished, _ store: any Store, at now: Instant
  ) throws -> String? {
    for line in String(decoding: body, as: UTF8.self).split(separator: "\n") {
      guard let signature = try? Note.Signature(line), witness.key.isFrom(signature) else { continue }
      var note = try Note(last.note)
      note.signatures = [signature]
      guard let time = try? witness.key.time(note) else { return "its signature does not fit its key" }
      _ = try checkpointer.add(signature, to: last.size, store, at: now)
      book.withLock { book in
        book[witness.name, default: Standing()].seen = UInt64(last.size)
        book[witness.name]?.cosigned = time
      }
      return nil
    }
    return "it answers without a signature by its key"
  }

  private func ask(_ witness: WitnessPolicy.Witness, _ request: WitnessRequest) async throws -> WebClient.Reply {
    try await web.call(
      (witness.url ?? "") + "/add-checkpoint", body: Array(request.text.utf8), type: "text/plain; charset=utf-8", limit: 65_536,
      milliseconds: 5_000)
  }

  private static func size(_ body: [UInt8]) -> UInt64? {
    String(decoding: body, as: UTF8.self).split(separator: "\n").first.flatMap { UInt64($0) }
  }

  /// Tells people what stands and what is over.
  private func tell(_ road: Road<AuditDecider>, at now: Instant) async throws {
    let (standing, isEnough) = try road.store.read { transaction in
      (
        try AuditState.keys(transaction),
        try Checkpointer.last(transaction).map { checkpointer.policy.isSatisfied(by: try Note($0.note)) } ?? true
      )
    }
    let since = waitingSince.withLock { since -> Instant? in
      since = isEnough ? nil : since ?? now
      return since
    }
    let isLate = since.map { now.seconds(since: $0) >= Double(patience) } ?? false
    let names = witnesses.compactMap { witness in self.standing(witness.name).failure.map { "\(witness.name): \($0)" } }
    let ahead = witnesses.filter { witness in
      let size = (try? road.store.read { try Checkpointer.last($0)?.size ?? 0 }) ?? .max
      return self.standing(witness.name).seen > UInt64(size)
    }
    for (trouble, stands, isOver) in Self.troubles(isLate: isLate, isEnough: isEnough, failures: names, ahead: ahead.map(\.name)) {
      try await road.tell(trouble, stands: stands, isOver: isOver, standing)
    }
  }

  /// What people are told of witnesses, and whether it stands or is over; neither while it is too early to say.
  ///
  /// - Parameters:
  ///   - isLate: whether checkpoints have lacked cosignatures for too long; `isEnough`: whether the last one has them.
  ///   - ahead: witnesses that have seen a larger ledger.
  static func troubles(isLate: Bool, isEnough: Bool, failures: [String], ahead: [String]) -> [(trouble: Trouble, stands: Bool, isOver: Bool)] {
    [
      (
        Trouble(
          key: "ledger/unwitnessed", code: .ledgerUnwitnessed,
          text: "checkpoints are not cosigned by enough witnesses. \(failures.joined(separator: "; "))"), isLate, isEnough
      ),
      (
        Trouble(
          key: "ledger/behind-witness", code: .ledgerBehind,
          text: "\(ahead.joined(separator: ", ")) has seen a larger ledger than this one: stop audit and restore the newest backup"),
        !ahead.isEmpty, ahead.isEmpty
      ),
    ]
  }
}

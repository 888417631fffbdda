import Storage

extension LaneEngine {
  /// The states that looked-up idempotency keys name, as far as they are taken already.
  func keysLookedUp(_ batch: [Pending<D>]) throws -> [String] {
    let wanted = batch.compactMap { $0.asked?.lookUp }
    guard !wanted.isEmpty else { return [] }
    return try store.read { try $0.find(Tables.keySet, wanted) }.compactMap { $0.flatMap(decider.stateKey) }
  }

  /// Takes the idempotency keys of the events that will be decided and looks others up, in the order of the batch.
  ///
  /// - Parameters:
  ///   - admitted: nil for the messages that are not handled now.
  ///   - failing: places of what will fail and takes no key.
  /// - Throws: `Needs` where a key was taken since `loaded` was made: the batch runs again and loads what it names.
  func takeClaims(
    _ batch: [Pending<D>], _ admitted: [Cause?], without failing: [Int: Unreadable], loaded: Set<String>, _ transaction: any StoreTransaction
  ) throws -> [Int: KeyEntry] {
    var claims: [(index: Int, entry: KeyEntry)] = []
    var lookUps: [(index: Int, key: [UInt8])] = []
    for (index, pending) in batch.enumerated() {
      guard failing[index] == nil, let asked = pending.asked else { continue }
      if case .message = pending, admitted[index] == nil { continue }
      if let claim = asked.claim { claims.append((index, claim)) }
      if let key = asked.lookUp { lookUps.append((index, key)) }
    }
    var found: [Int: KeyEntry] = [:]
    let before = lookUps.isEmpty ? [] : try transaction.find(Tables.keySet, lookUps.map(\.key))
    if !claims.isEmpty {
      for (claim, entry) in zip(claims, try transaction.claim(Tables.keySet, claims.map(\.entry))) { found[claim.index] = entry }
    }
    guard !lookUps.isEmpty else { return found }
    let taken = Dictionary(claims.filter { found[$0.index] == nil }.map { ($0.entry.key, $0) }) { first, _ in first }
    for (lookUp, held) in zip(lookUps, before) {
      let earlier = taken[lookUp.key].flatMap { $0.index < lookUp.index ? $0.entry : nil }
      guard let entry = held ?? earlier else { continue }
      if let key = decider.stateKey(of: entry), !loaded.contains(key) {
        throw Needs(keys: [key])
      }
      found[lookUp.index] = entry
    }
    return found
  }
}

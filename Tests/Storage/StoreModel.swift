import Testing

@testable import Storage

/// Random transactions, of which a third are given up, against a dictionary that does the same.
@Suite struct StoreModel {
  private struct Stop: Error {}

  @Test(arguments: Engine.allCases, [1, 2, 3] as [UInt64]) func theStoreDoesAsADictionaryDoes(
    _ engine: Engine, _ seed: UInt64
  ) throws {
    try withStore(engine) { store in
      var random = SplitMix(state: seed)
      var model: [String: Row] = [:]
      for step in 0..<60 {
        var changed = model
        do {
          try store.transaction { transaction in
            for _ in 0..<Int.random(in: 1...5, using: &random) {
              try act(on: transaction, &changed, Int64(step), &random)
            }
            if Int.random(in: 0..<3, using: &random) == 0 { throw Stop() }
          }
          model = changed
        } catch is Stop {
        } catch let error as StoreError where error.kind == .refused {}
      }
      let ids = (0..<30).map { "id-\($0)" }
      #expect(try store.read { try $0.load(cases, keys(ids)) } == ids.map { model[$0] })
      #expect(try store.read { try $0.query("SELECT count(*) FROM cases", []) } == [[.integer(Int64(model.count))]])
    }
  }

  private func act(
    on transaction: any StoreTransaction, _ model: inout [String: Row], _ step: Int64, _ random: inout SplitMix
  ) throws {
    let ids = Array(Set((0..<Int.random(in: 1...6, using: &random)).map { _ in
      "id-\(Int.random(in: 0..<30, using: &random))"
    })).sorted()
    let rows = ids.map { row($0, step, note: Bool.random(using: &random) ? "note of \($0)" : nil) }
    switch Int.random(in: 0..<4, using: &random) {
    case 0:
      try transaction.upsert(cases, rows)
      for (id, row) in zip(ids, rows) { model[id] = row }
    case 1:
      let isRefused = ids.contains { model[$0] != nil }
      do {
        try transaction.insert(cases, rows)
        #expect(!isRefused)
      } catch {
        #expect(isRefused)
        throw error
      }
      for (id, row) in zip(ids, rows) { model[id] = row }
    case 2:
      try transaction.delete(cases, keys(ids))
      for id in ids { model[id] = nil }
    default:
      #expect(try transaction.lock(cases, keys(ids)) == ids.map { model[$0] })
    }
  }
}

import JSON

/// Audit compares its index with the ledger, and says what it found.
enum IndexAnswer {
  /// - Returns: a flaw for each row that is not what the ledger's records come to.
  static func flaws(_ web: WebClient) async throws -> [Flaw] {
    _ = try await web.posted("/v1/ledger/index-check", [:])
    while true {
      let answer = try await web.json("/v1/ledger/index-check")
      switch answer["state"]?.string {
      case "running": try await Task.sleep(for: .seconds(1))
      case "done":
        return (answer["differences"]?.array ?? []).map { row in
          let table = row["table"]?.string ?? "", key = row["key"]?.string ?? ""
          return Flaw(
            kind: .index, position: row["position"]?.integer.flatMap { UInt64(exactly: $0) },
            text: "audit's index is not what the ledger says: table \(table), row \(key) (countersign audit rebuild makes it anew)")
        }
      default: throw OperatorError("audit could not compare its index: \(answer["failure"]?.string ?? "it does not say why")")
      }
    }
  }
}

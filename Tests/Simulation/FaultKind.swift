/// What may happen to a simulated world. Each kind must have happened in a run of the suite.
enum FaultKind: String, CaseIterable, Sendable {
  case duplicateRow, lostAcknowledgement, refusedRow, heldRow, lostOnWire, delayedRecord, reorderedPoll
  case brokerAway, brokerForgets, logCut, logLost
  case crash, crashBeforeCommit, crashAfterCommit, trap
  case commitLostAndDone, commitLostAndUndone, conflict, unavailable, refusedData
  case cleanRestore, failover, tornRestore, splitBrain
  case clockForward, clockBack, takeOverInBetween, sharedLanes, commandElsewhere, orderlyStop
  case badItem, repeatedItem, foreignRecord
}

/// What happened how often, three to a line; `deploy/test` shows lines that begin so.
func coverageTable(_ title: String, _ counts: [(name: String, count: Int)]) -> String {
  stride(from: 0, to: counts.count, by: 3).map { start in
    let cells = counts[start..<min(start + 3, counts.count)].map { cell in
      "\(cell.name) ".padded(to: 22, with: ".") + " \(cell.count)".padded(to: 9, with: " ")
    }
    return "coverage: \(title)  \(cells.joined(separator: " "))"
  }.joined(separator: "\n")
}

extension String {
  fileprivate func padded(to width: Int, with filler: Character) -> String {
    self + String(repeating: filler, count: max(0, width - count))
  }
}

/// What may happen to a simulated world. Each kind must have happened in a run of the suite.
enum FaultKind: String, CaseIterable, Sendable {
  case duplicateRow, lostAcknowledgement, refusedRow, heldRow, lostOnWire, delayedRecord, reorderedPoll
  case brokerAway, brokerForgets, logCut, logLost
  case crash, crashBeforeCommit, crashAfterCommit, trap
  case commitLostAndDone, commitLostAndUndone, conflict, unavailable, refusedData
  case cleanRestore, failover, tornRestore, splitBrain
  case clockForward, clockBack, takeOverInBetween, sharedLanes, orderlyStop
  case badItem, repeatedItem, foreignRecord
}

import Wire

/// What is checked of the toys when a world has come to rest.
extension Clients {
  func checkItems(_ world: World) {
    var records: [String: [ToyRecord]] = [:]
    var byItem: [String: [ToyRecord]] = [:]
    for frame in world.slots[2].handled.values.flatMap(\.values) {
      guard let record = ToyRecord.of(frame) else { continue }
      records[record.key, default: []].append(record)
      if record.type == ToyRecord.admitted { byItem[record.item, default: []].append(record) }
    }
    for item in items where !world.losses.concerns(item.id) {
      let cases = byItem[item.id] ?? []
      let rejections = (records["item/\(item.id)"] ?? []).filter { $0.type == ToyRecord.rejected }
      if cases.count > 1 { world.violate("\(item.id) became \(cases.count) cases") }
      if atDoor.contains(item.id), cases.isEmpty, rejections.isEmpty {
        world.violate("\(item.id) was left at the door without a word")
      }
      if let caseID = accepted[item.id], cases.first?.key != caseID { world.violate("\(item.id) was answered and is lost") }
      if item.kind == .trapAtDoor, atDoor.contains(item.id), !rejections.contains(where: { Self.ways.contains($0.text) }) {
        world.violate("\(item.id) ended the process and has no way out")
      }
      for admitted in cases { checkCase(world, item, admitted.key, records[admitted.key] ?? []) }
    }
    let touched = Set(records.values.joined().filter { $0.type == ToyRecord.touch }.map(\.item))
    for touch in touches where !touched.contains(touch) && !world.losses.concerns(touch) {
      world.violate("\(touch) was answered and is lost")
    }
  }

  /// Why a thing may be dead-lettered here.
  private static let ways: Set<String> = ["crash", "unsaveable"]

  private func checkCase(_ world: World, _ item: Item, _ caseID: String, _ records: [ToyRecord]) {
    guard !world.losses.concerns(caseID) else { return }
    func of(_ type: String) -> [ToyRecord] { records.filter { $0.type == type } }
    let outcomes = of(ToyRecord.outcome)
    if outcomes.count != 1 { world.violate("\(item.id) \(caseID) has \(outcomes.count) outcomes \(outcomes.map(\.text))") }
    if of(ToyRecord.final).count != 1 { world.violate("\(item.id) \(caseID) has \(of(ToyRecord.final).count) ends") }
    if outcomes.first?.text == "done", world.executions[caseID] == nil { world.violate("\(item.id): done without an effect") }
    if item.kind == .trapAtCase, !Self.ways.contains(outcomes.first?.text ?? "") { world.violate("\(item.id) has no way out") }
    let touched = of(ToyRecord.touched).map(\.item)
    if Set(touched).count != touched.count { world.violate("\(item.id): a touch arrived twice") }
    if touched.count + of(ToyRecord.untouched).count != of(ToyRecord.touch).count { world.violate("\(item.id): a touch did not arrive") }
  }
}

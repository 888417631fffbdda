import JSON
import Ledger

/// What was found, for people and programs.
struct VerifyReport {
  let flaws: [Flaw]
  /// What was checked, in a line each.
  private let told: [String]
  private let members: JSONObject
  /// So many records of erasures are named to people.
  private static let mostErasures = 10

  init(_ result: Inspection.Result, _ place: String) {
    flaws = result.flaws
    let size = result.checkpoint?.size ?? 0
    var told = ["\(place): \(result.records) records, a checkpoint of \(size) leaves\(result.checkpoint.map { " of \(clean($0.origin))" } ?? "")"]
    if result.contents > 0 {
      told.append("\(result.contents) contents were compared with what their leaves commit to\(result.erased > 0 ? "; \(result.erased) are erased" : "")")
    }
    let erasures = result.erasedBy.sorted { $0.key < $1.key }
    for (record, count) in erasures.prefix(Self.mostErasures) { told.append("\(count) contents are gone by record \(record), which says so") }
    if erasures.count > Self.mostErasures { told.append("and those of \(erasures.count - Self.mostErasures) more such records (--json names all)") }
    if result.kept > 0 { told.append("note: \(result.kept) contents of which a record says that they go are there") }
    if !result.cosigners.isEmpty { told.append("cosigned by \(result.cosigners.map(clean).joined(separator: ", "))") }
    for gap in result.gaps.prefix(5) { told.append("note: \(gap.text), as where a loss was accepted") }
    self.told = told
    members = JSONObject([
      ("what", "ledger"), ("place", .string(place)), ("size", .integer(Int64(clamping: size))), ("records", .integer(Int64(clamping: result.records))),
      ("root", result.checkpoint.map { .string("\($0.root)") } ?? .null), ("contents", .integer(Int64(clamping: result.contents))),
      ("erased", .integer(Int64(clamping: result.erased))),
      ("erased_by", .object(JSONObject(erasures.map { ("\($0.key)", .integer(Int64(clamping: $0.value))) }))),
      ("announced", .integer(Int64(clamping: result.kept))), ("cosigners", .array(result.cosigners.map { .string($0) })),
      ("gaps", .array(result.gaps.map { .string($0.text) })),
    ])
  }

  init(_ packet: PacketFile, _ trust: LedgerTrust) {
    let result = packet.check(trust)
    flaws = result.flaws
    var told = ["Packet of case \(clean(packet.caseID)): \(result.checked) of \(packet.records.count) records are in the ledger of \(packet.size) leaves"]
    let open = [(result.erased, "erased"), (result.withheld, "withheld")].filter { $0.0 > 0 }.map { "; \($0.0) are \($0.1)" }.joined()
    told.append("\(result.contents) contents are what their leaves commit to\(open)")
    for (record, count) in result.erasedBy.sorted(by: { $0.key < $1.key }) { told.append("\(count) contents are gone by record \(record), which says so") }
    if result.unexplained > 0 { told.append("note: of \(result.unexplained) erased contents no record of the packet says so") }
    if !result.cosigners.isEmpty { told.append("cosigned by \(result.cosigners.map(clean).joined(separator: ", "))") }
    self.told = told
    members = JSONObject([
      ("what", "packet"), ("case", .string(packet.caseID)), ("size", .integer(Int64(clamping: packet.size))),
      ("records", .integer(Int64(packet.records.count))), ("contents", .integer(Int64(result.contents))),
      ("erased", .integer(Int64(result.erased))), ("unexplained", .integer(Int64(result.unexplained))),
      ("erased_by", .object(JSONObject(result.erasedBy.sorted { $0.key < $1.key }.map { ("\($0.key)", .integer(Int64($0.value))) }))), ("withheld", .integer(Int64(result.withheld))),
      ("cosigners", .array(result.cosigners.map { .string($0) })),
    ])
  }

  init(_ proof: TlogProof, _ trust: LedgerTrust) {
    var flaws: [Flaw] = []
    var told: [String] = []
    var members = JSONObject([("what", "proof"), ("position", .integer(Int64(clamping: proof.index)))])
    do {
      let checkpoint = try trust.keys([]).open(proof.checkpoint)
      let note = try Note(proof.checkpoint)
      if !trust.policy.isSatisfied(by: note) {
        flaws.append(Flaw(kind: .cosignatures, position: checkpoint.size, text: "too few witnesses have cosigned its checkpoint"))
      }
      guard let entry = proof.extra, let leaf = Leaf(entry[...]) else { throw OperatorError("the proof holds no leaf (line `extra`)") }
      try proof.verify(leaf.hash, in: checkpoint)
      told.append("Record \(proof.index) of \(clean(checkpoint.origin)) is in the ledger of \(checkpoint.size) leaves")
      told.append("\(clean(leaf.text("ce_type") ?? "a record")) on \(clean(leaf.topic))/\(leaf.partition)/\(leaf.offset), \(clean(leaf.text("ce_subject") ?? "no case"))")
      members["size"] = .integer(Int64(clamping: checkpoint.size))
      members["leaf_hash"] = .string("\(leaf.hash)")
    } catch let error as NoteError {
      flaws.append(Flaw(kind: .signature, position: proof.index, text: "the proof does not count: \(error)"))
    } catch is ProofError {
      flaws.append(Flaw(kind: .changed, position: proof.index, text: "the proof does not lead from record \(proof.index) to what was signed"))
    } catch { flaws.append(Flaw(kind: .changed, position: proof.index, text: "\(error)")) }
    self.flaws = flaws
    self.told = told
    self.members = members
  }

  var lines: [String] {
    told + (flaws.isEmpty ? ["Sound: it is what was signed."] : flaws.map { "NOT SOUND: \(clean($0.text))" })
  }

  var json: JSON {
    var object = members
    object["sound"] = .bool(flaws.isEmpty)
    object["flaws"] = .array(
      flaws.map { flaw in
        [
          "kind": .string(flaw.kind.rawValue), "text": .string(flaw.text),
          "position": flaw.position.map { .integer(Int64(clamping: $0)) } ?? .null,
          "through": flaw.through.map { .integer(Int64(clamping: $0)) } ?? .null,
        ]
      })
    return .object(object)
  }
}

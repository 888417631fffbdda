import Bundles
import Domain
import Foundation
import JSON
import Messaging
import Storage
import Testing
import Wire

@testable import countersign_audit

/// What audit tells is what the programs in `deploy/kpis` make of its export alone.
@Suite struct RecomputationTests {
  private typealias Course = Records.Course

  private func promise(_ workflow: String, within seconds: Int) -> Promise {
    Promise(
      workflow: workflow, template: .approval, owner: "support-lead", bundle: "b1",
      objectives: Objectives(latencyShare: 0.9, latencySeconds: seconds, auditCompleteness: 0.99, shownFirst: .latency))
  }

  /// A history that may break off anywhere, with questions, late rungs and fields that are empty.
  private static func history(_ number: Int, _ generator: inout SplitMix64, _ records: inout Records) -> [Message] {
    var course = Course()
    course.workflow = ["reply-draft", "invoice-exception"][number % 2]
    course.start = Records.start.adding(seconds: Double(Int.random(in: -200_000_000...0, using: &generator)) / 1_000)
    course.step = Double(Int.random(in: 1...900_000, using: &generator)) / 1_000
    course.model = ["m/1", "m/2", ""][Int.random(in: 0...2, using: &generator)]
    course.isReviewed = generator.chance(0.7)
    course.isObserved = generator.chance(0.3)
    course.isSeen = generator.chance(0.9)
    course.isEdited = generator.chance(0.2)
    course.tier = generator.chance(0.4) ? Int.random(in: 2...4, using: &generator) : 1
    course.end = !course.isReviewed ? .executed : [Course.End.open, .executed, .executed, .rejected, .blocked, .withdrawn][Int.random(in: 0...5, using: &generator)]
    course.draw = generator.chance(0.5) ? "hold 0.080" : "none"
    if generator.chance(0.5) { (course.share, course.isWrong) = (generator.chance(0.5) ? "1" : "0.1", generator.chance(0.4)) }
    course.judges = generator.chance(0.3) ? 3 : 2
    if generator.chance(0.1) { course.defect = "complaint" }
    var messages = records.history(number, course)
    if generator.chance(0.4) { messages = Array(messages.prefix(Int.random(in: 1...messages.count, using: &generator))) }
    let id = Records.caseID(number)
    func some(_ steps: ClosedRange<Int>) -> Instant { course.start.adding(seconds: course.step * Double(Int.random(in: steps, using: &generator)) + 0.5) }
    if generator.chance(0.3) {
      messages.append(records.make(.outcomes, Int32(number % 4), type: QuestionAsked.type, subject: id, at: some(2...8), facts: [(.workflow, course.workflow)]))
      if generator.chance(0.5) { messages.append(records.make(.cases, Int32(number % 4), type: CaseAnswered.type, subject: id, at: some(4...12))) }
    }
    if generator.chance(0.2) {
      let late = Int.random(in: 1...2_000, using: &generator)
      messages.append(
        records.make(
          .reviews, Int32(number % 4), type: "countersign.task.tier.advanced.v1", subject: id, at: some(5...9), facts: [(.tier, "2")],
          body: #"{"late_by":\#(late)}"#))
    }
    return messages
  }

  @Test(arguments: 0..<50) func figuresAndBudgetsAreThoseOfThePrograms(seed: Int) throws {
    let ledger = try TestLedger()
    var (records, generator) = (Records(), SplitMix64(seed: UInt64(seed) + 1_000))
    var rest = (1...25).flatMap { Self.history($0, &generator, &records) }[...]
    while !rest.isEmpty {
      let count = Int.random(in: 1...80, using: &generator)
      try ledger.absorb(Array(rest.prefix(count)))
      rest = rest.dropFirst(count)
    }
    // What ends after this moment is there too, as where a clock is ahead.
    let now = Records.start.adding(seconds: Double(Int.random(in: -20_000_000...20_000_000, using: &generator)) / 1_000)
    let day = now.microseconds / Contribution.dayLength
    let promises = ["invoice-exception", "reply-draft"].map { promise($0, within: Int.random(in: 60...20_000, using: &generator)) }
    let (lines, kpis, workflows) = try ledger.store.read { transaction in
      (
        try CaseFilter(limit: 500).rows(transaction).map(exported),
        try KPIQuestion(days: (day - 27)...day, parts: [.workflow, .tier], now: now.microseconds).answer(transaction),
        try WorkflowBudgets.read(promises, now: now.microseconds, transaction)
      )
    }
    #expect(lines.count == 25 && !kpis.isEmpty)
    let folder = FileManager.default.temporaryDirectory.appending(path: "recomputation-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let export = folder.appending(path: "cases.jsonl")
    try Data(lines.map { $0.text + "\n" }.joined().utf8).write(to: export)
    func kept(_ name: String, _ answer: JSON) throws -> String {
      let file = folder.appending(path: name)
      try Data(answer.text.utf8).write(to: file)
      return file.path
    }
    let at: JSON = .string(now.description)
    let figures = try kept("kpis.json", ["at": at, "groups": .array(kpis)])
    let first = try run("recompute.py", [export.path, "--by", "workflow,tier", "--answer", figures])
    #expect(first.status == 0 && first.said.contains("\(kpis.count) groups compared, 0 differences"), "\(first.said.suffix(1_500))")
    let standing: [JSON] = workflows.map { each in
      [
        "workflow": .string(each.promise.workflow), "promise": each.target, "budgets": .array(Budget.allCases.map(each.json)),
        "burn": .array(Budget.allCases.map(each.burns)), "open": .integer(Int64(each.open)),
        "waiting": .array(each.waiting.map { .integer(Int64($0)) }), "untaken": .integer(Int64(each.untaken)),
      ]
    }
    let budgets = try kept("workflows.json", ["at": at, "workflows": .array(standing)])
    let second = try run("budgets.py", [export.path, "--answer", budgets])
    #expect(second.status == 0 && second.said.contains("2 workflows compared, 0 differences"), "\(second.said.suffix(1_500))")
  }

  /// Enough pairs for the bootstrap of agreement, which both must make alike.
  @Test func agreementIsThatOfTheProgram() throws {
    let ledger = try TestLedger()
    var records = Records()
    for number in 1...70 {
      var course = Course()
      (course.draw, course.share, course.isWrong) = ("hold 0.080", "1", number % 7 == 0)
      course.judges = number % 5 == 0 ? 3 : 2
      try ledger.absorb(records.history(number, course))
    }
    let now = Records.start.adding(seconds: 3_600)
    let day = now.microseconds / Contribution.dayLength
    let (lines, kpis) = try ledger.store.read { transaction in
      (try CaseFilter(limit: 500).rows(transaction).map(exported), try KPIQuestion(days: (day - 27)...day, now: now.microseconds).answer(transaction))
    }
    let kappa = try #require(kpis.first?["kpis"]?.array?.first { $0["kpi"]?.string == "agreement_kappa" })
    #expect(kappa["status"]?.string == "ok" && kappa["n"]?.integer == 70 && kappa["low"]?.double != nil)
    let folder = FileManager.default.temporaryDirectory.appending(path: "agreement-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let (export, answer) = (folder.appending(path: "cases.jsonl"), folder.appending(path: "kpis.json"))
    try Data(lines.map { $0.text + "\n" }.joined().utf8).write(to: export)
    let told: JSON = ["at": .string(now.description), "groups": .array(kpis)]
    try Data(told.text.utf8).write(to: answer)
    let found = try run("recompute.py", [export.path, "--answer", answer.path])
    #expect(found.status == 0 && found.said.contains("1 groups compared, 0 differences"), "\(found.said.suffix(1_500))")
  }

  /// What it says on both of its outputs.
  private func run(_ program: String, _ arguments: [String]) throws -> (status: Int32, said: String) {
    let script = URL(filePath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent().appending(path: "../../../deploy/kpis/\(program)").standardizedFileURL
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = ["python3", "-B", script.path] + arguments
    let output = Pipe()
    process.standardOutput = output
    process.standardError = output
    try process.run()
    let said = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    return (process.terminationStatus, said)
  }
}

import ArgumentParser
import Foundation
import JSON
import Wire

/// Writes cases into a file, as JSON Lines, CSV or events of OCSF.
struct ExportCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export", abstract: "Writes cases into a file: JSON Lines, CSV or OCSF events.",
    discussion: """
      No contents: facts, moments, people and figures of each case, in the order of their ids. Beside FILE stands FILE.cursor until it is whole; \
      what was broken off goes on with --resume where it was. deploy/docs/exports.md has the columns.
      """)

  enum Format: String, ExpressibleByArgument, CaseIterable { case jsonl, csv, ocsf }

  @Option(help: "jsonl, csv or ocsf.") var format = Format.jsonl
  @Option(help: "The first day on which cases opened (UTC), as 2026-11-24.") var from: String?
  @Option(help: "The last day.") var to: String?
  @Option(help: "Only cases for which this filter holds (deploy/docs/questions.md).") var filter: String?
  @Option(help: "The file.") var out: String
  @Flag(help: "Goes on with what was broken off.") var resume = false
  @Option(help: "Cases a page.") var page = 2_000
  @Option(help: "Where audit answers.") var audit = "http://127.0.0.1:7105"

  func run() async throws {
    let web = try WebClient(audit, tokenFile: nil)
    var file = try ExportFile(out, query: query, resume: resume)
    var after = file.next
    while true {
      let answer = try await web.get("/v1/export?\(query)&limit=\(page)&progress=1" + (after.map { "&after=\($0)" } ?? ""))
      guard answer.status == 200 else {
        throw OperatorError("\(audit)/v1/export: \(answer.status) \(answer.json?["detail"]?.string.map(clean) ?? ""). What is in \(out) is whole; --resume goes on.")
      }
      if let next = answer.next, !next.allSatisfy({ $0.isHexDigit || $0 == "-" }) { throw OperatorError("\(audit) does not answer as audit does.") }
      try file.append(format == .jsonl ? Self.withoutEnd(answer.body) : answer.body, next: answer.next)
      FileHandle.standardError.write(Data("\r\(answer.progress.map(clean) ?? "") cases looked at".utf8))
      after = answer.next
      if after == nil { break }
    }
    FileHandle.standardError.write(Data("\n".utf8))
    try file.finish()
    printLine("\(out): \(file.length) bytes")
  }

  private var query: String {
    var components = URLComponents()
    components.queryItems = [("format", format.rawValue), ("from", from), ("to", to), ("where", filter)].compactMap { name, value in
      value.map { URLQueryItem(name: name, value: $0) }
    }
    return (components.percentEncodedQuery ?? "").replacingOccurrences(of: "+", with: "%2B")
  }

  /// A page of JSON Lines without its last line, which only says where the next one begins.
  static func withoutEnd(_ page: [UInt8]) -> [UInt8] {
    guard let end = page.dropLast().lastIndex(of: 0x0A) else { return [] }
    return Array(page[...end])
  }
}

/// A file that grows by whole pages, and beside it how far it is: a crash leaves one that can be gone on with.
struct ExportFile {
  private let path: String
  private let query: String
  private(set) var length: Int
  /// Where it goes on; nil at the beginning.
  private(set) var next: String?

  private var cursor: String { "\(path).cursor" }

  /// - Parameter query: what is exported; one of something else is not gone on with.
  init(_ path: String, query: String, resume: Bool) throws {
    (self.path, self.query, length) = (path, query, 0)
    let known = FileManager.default.contents(atPath: cursor).flatMap { try? JSON.parse(Array($0), limits: .stored) }
    guard resume else {
      guard !FileManager.default.fileExists(atPath: path) else {
        throw OperatorError("\(path) is there already\(known == nil ? "" : ", and not whole: --resume goes on with it").")
      }
      guard FileManager.default.createFile(atPath: path, contents: nil) else { throw OperatorError("\(path) cannot be written.") }
      return
    }
    guard let known, let length = known["bytes"]?.integer, let told = known["query"]?.string else {
      throw OperatorError("\(cursor) does not say where to go on: begin anew without --resume.")
    }
    guard told == query else { throw OperatorError("\(path) was begun with other options: \(clean(told)).") }
    self.length = Int(length)
    next = known["next"]?.string
    guard let handle = FileHandle(forWritingAtPath: path), try handle.seekToEnd() >= UInt64(length) else {
      throw OperatorError("\(path) is shorter than \(cursor) says: begin anew without --resume.")
    }
    // What a crash left of a page comes again.
    try handle.truncate(atOffset: UInt64(length))
    try handle.close()
  }

  /// Durable when it returns.
  mutating func append(_ bytes: [UInt8], next: String?) throws {
    guard let handle = FileHandle(forWritingAtPath: path) else { throw OperatorError("\(path) cannot be written.") }
    try handle.seekToEnd()
    try handle.write(contentsOf: Data(bytes))
    try handle.synchronize()
    try handle.close()
    (length, self.next) = (length + bytes.count, next)
    let told = JSON.object(JSONObject([("bytes", .integer(Int64(length))), ("next", next.map { .string($0) } ?? .null), ("query", .string(query))]))
    do { try Data(told.canonical).write(to: URL(fileURLWithPath: cursor), options: .atomic) } catch {
      throw OperatorError("\(cursor) cannot be written: \(error.localizedDescription)")
    }
  }

  func finish() throws { try? FileManager.default.removeItem(atPath: cursor) }
}

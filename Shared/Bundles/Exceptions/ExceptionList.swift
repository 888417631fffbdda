import CEL
import Domain
import JSON

/// All exceptions of an installation, as one numbered file says: what is put in force is a whole list, never an entry.
public struct ExceptionList: Sendable {
  /// Of two lists the one with the higher number counts.
  public let version: Int64
  public let exceptions: [Exception]
  public let document: JSON
  /// RFC 8785, what signatures name by its hash.
  public var canonical: [UInt8] { document.canonical }

  /// The most that a list holds.
  public static let most = 200

  /// Reads and checks a list: YAML, or JSON, which is YAML too.
  ///
  /// - Parameters:
  ///   - file: its name, for messages.
  ///   - bundles: in force, by workflow; nil to check only what can be checked without them.
  /// - Throws: every mistake at once, each with its setting and what to do.
  public static func load(text: String, file: String, bundles: [String: Bundle]?) throws(BundleErrors) -> ExceptionList {
    let mistakes = Mistakes(file: file)
    if let root = PolicyText.tree(text, mistakes), let section = Section(root, path: "", mistakes),
      let document = PolicyText.json(root)
    {
      let list = ExceptionReader(mistakes: mistakes, bundles: bundles).read(section, document)
      if mistakes.found.isEmpty { return list }
    }
    if mistakes.found.isEmpty { mistakes.add(1, "", "a list of exceptions expected", "write `version` and `exceptions`") }
    throw BundleErrors(mistakes: mistakes.inOrder)
  }

  /// The entries under the id of each.
  public var byID: [String: Exception] { Dictionary(exceptions.map { ($0.id, $0) }) { first, _ in first } }
}

/// Reads the entries of a list, and goes on after a mistake so that all are found.
struct ExceptionReader {
  let mistakes: Mistakes
  let bundles: [String: Bundle]?

  func read(_ root: Section, _ document: JSON) -> ExceptionList {
    defer { root.finish() }
    if !root.has("version") { root.missing("version", "number the list, one more than the one in force") }
    let version = root.whole("version", in: 1...1_000_000_000, default: 1)
    if !root.has("exceptions") { root.missing("exceptions", "write `exceptions: []` for a list without any") }
    let documents = document["exceptions"]?.array ?? []
    var ids: [String: Int] = [:]
    let exceptions = root.sections("exceptions", atMost: ExceptionList.most).enumerated().compactMap { index, section in
      read(section, index < documents.count ? documents[index] : .null, &ids)
    }
    return ExceptionList(version: Int64(version), exceptions: exceptions, document: document)
  }

  private func read(_ section: Section, _ document: JSON, _ ids: inout [String: Int]) -> Exception? {
    defer { section.finish() }
    let id = section.text("id", required: "name it, such as acme-receipts-on-paper", longest: 60)
    if let id {
      if !id.text.utf8.allSatisfy({ isAlphanumeric($0) || "-_.".utf8.contains($0) }) {
        mistakes.add(id, "an id of letters, digits, - _ and . expected", "write one such as acme-receipts-on-paper")
      }
      if let line = ids.updateValue(id.line, forKey: id.text) {
        mistakes.add(id, "an id of its own expected, line \(line) has it too", "rename one")
      }
    }
    let workflow = section.text("workflow", required: "name the workflow", longest: 60)
    let bundle = workflow.flatMap { self.bundle($0) }
    let codes = codes(section)
    let (when, shapes) = condition(section, bundle)
    let reason = section.text("reason", required: "say why, in the words that every explanation will show", longest: 120)
    let requester = section.text("requester", required: "name the person who asks for it", longest: 80)
    let approver = section.text("approver", required: "name another person who agrees", longest: 80)
    if let requester, let approver, requester.text == approver.text {
      mistakes.add(approver, "another person than the requester expected", "let somebody else approve it")
    }
    let (starts, _) = time("starts", section), (expires, end) = time("expires", section)
    if let starts, let expires, let end {
      if expires <= starts {
        mistakes.add(end, "a time after `starts` expected", "write a later one")
      } else if expires - starts > Exception.mostDays * 86_400_000_000 {
        mistakes.add(
          end, "at most \(Exception.mostDays) days after `starts` expected",
          "let it end sooner; a longer need is a change of the policy")
      }
    }
    guard let id, let workflow, let reason, let requester, let approver, let starts, let expires else { return nil }
    return Exception(
      id: id.text, workflow: workflow.text, waives: codes, reason: reason.text, requester: requester.text,
      approver: approver.text, starts: starts, expires: expires, canonical: document.canonical, when: when, shapes: shapes)
  }

  private func bundle(_ workflow: LocatedText) -> Bundle? {
    guard let bundles else { return nil }
    guard let bundle = bundles[workflow.text] else {
      let near = nearest(workflow.text, among: bundles.keys.sorted())
      mistakes.add(workflow, "a workflow in force expected", near.map { "did you mean \($0)?" } ?? "name one of them")
      return nil
    }
    if bundle.template == .expert {
      mistakes.add(
        workflow, "a workflow of template A or B expected: in template C an expert decides, always", "remove the exception")
    }
    return bundle
  }

  private func codes(_ section: Section) -> [ReasonCode] {
    let names = section.texts("waives", required: "name the reason codes that it waives, such as [context.stale]", atMost: 20)
    let waivable = ReasonCode.allCases.filter(\.isWaivable)
    return names.compactMap { name in
      guard let code = ReasonCode(rawValue: name.text) else {
        let near = nearest(name.text, among: waivable.map(\.rawValue))
        mistakes.add(name, "a reason code expected", near.map { "did you mean \($0)?" } ?? "use one of the catalogue")
        return nil
      }
      if !code.isWaivable {
        mistakes.add(
          name, "a code that may be waived expected, \(code.title) never is",
          "use one of \(waivable.map(\.rawValue).joined(separator: ", "))")
      }
      return code
    }
  }

  private func condition(_ section: Section, _ bundle: Bundle?) -> (Expression?, [String: Shape]) {
    let text = section.text("when", longest: 1_000)
    guard let bundle, let text else { return (nil, [:]) }
    let reader = ExpressionReader(mistakes)
    guard let when = reader.compile(text, bundle.logic.vocabulary) else { return (nil, [:]) }
    if when.constant != nil {
      mistakes.add(text, "a condition over the case expected", "read a field such as item.supplier, or leave `when` out")
    }
    var shapes: [String: Shape] = [:]
    for (name, type) in bundle.logic.vocabulary {
      let paths = reader.paths(below: name)
      if !paths.isEmpty { shapes[name] = Shape(type, reads: paths) }
    }
    return (when, shapes)
  }

  /// Microseconds since 1970, and where they stand.
  private func time(_ key: String, _ section: Section) -> (Int64?, LocatedText?) {
    guard let text = section.text(key, required: "write a time such as 2026-11-24T08:00:00Z", longest: 40) else { return (nil, nil) }
    guard let time = CELTimestamp(text.text) else {
      mistakes.add(text, "a time of RFC 3339 expected", "write one such as 2026-11-24T08:00:00Z")
      return (nil, text)
    }
    return (time.seconds * 1_000_000 + Int64(time.nanoseconds / 1_000), text)
  }
}

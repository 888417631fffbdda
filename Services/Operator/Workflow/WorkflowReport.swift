import Bundles
import Domain
import Embedded
import Foundation
import JSON
import Workflows

/// What a check found in one folder, for people and for tools.
struct WorkflowReport {
  let name: String
  let mistakes: [BundleMistake]
  private let bundle: Bundles.Bundle?
  private let samples: Int
  private let coverage: Coverage?

  init(_ url: URL, coverage wanted: Bool) {
    let check = FolderCheck(url)
    name = check.name
    bundle = check.bundle
    samples = check.expectations.count
    coverage = wanted ? Coverage(check) : nil
    // A labelled set that does not parse is told once; the model would stumble over the same line.
    let trained = check.mistakes.contains { $0.file.hasSuffix(".jsonl") } ? nil : Self.training(url, check)
    mistakes = check.mistakes + [trained].compactMap { $0 } + (coverage?.mistakes(in: check.name) ?? [])
  }

  /// Trains the embedded model as model-adapter does at its start. - Returns: why it cannot be.
  private static func training(_ url: URL, _ check: FolderCheck) -> BundleMistake? {
    // What cannot be read is told already.
    guard let bundle = check.bundle, bundle.schemas.output != nil, let files = try? ModelFiles(WorkflowFiles(url)) else {
      return nil
    }
    do {
      _ = try EmbeddedModel(
        kind: EmbeddedModel.Kind(rawValue: bundle.workflow) ?? .generic, labelled: files.labelled, approved: files.approved,
        action: files.template.map { ActionTemplate($0) })
      return nil
    } catch {
      let (file, line): (String, Int) =
        switch error {
        case .malformedExample(let line, _): ("labelled.jsonl", line)
        case .malformedApproved(let line, _): ("approved.jsonl", line)
        default: ("labelled.jsonl", 1)
        }
      return BundleMistake(
        file: "\(check.name)/\(file)", line: line, key: "", expected: "examples that the embedded model can learn from: \(error)",
        remedy: "mend or add examples")
    }
  }

  var lines: [String] {
    var lines: [String] = []
    for mistake in mistakes {
      let found = mistake.value.isEmpty ? "" : "  found \(short(clean(mistake.value), 100))"
      lines.append("\(clean(mistake.file)):\(mistake.line)  \(clean(mistake.key))\(found)")
      lines.append("    \(clean(mistake.expected))")
      // The line of the rule, and a caret under the place.
      lines += mistake.excerpt.split(separator: "\n").map { "        \(clean(String($0)))" }
      lines.append("    → \(clean(mistake.remedy))")
    }
    if let coverage { lines += Self.lines(coverage) }
    lines.append(summary)
    return lines
  }

  private var summary: String {
    guard mistakes.isEmpty, let bundle else {
      return "\(clean(name)): \(mistakes.count) mistake\(mistakes.count == 1 ? "" : "s")."
    }
    return "\(clean(name)): sound. Template \(bundle.template.rawValue), \(bundle.rules.count) rules, \(samples) samples, "
      + "version \(bundle.hash.prefix(12))."
  }

  private static func lines(_ coverage: Coverage) -> [String] {
    func row(_ name: String, _ samples: [String]) -> String {
      let padded = name.padding(toLength: 28, withPad: " ", startingAt: 0)
      let shown = samples.prefix(3).joined(separator: ", ")
      return "  \(padded) \(samples.isEmpty ? "none" : "\(samples.count): \(shown)\(samples.count > 3 ? ", …" : "")")"
    }
    return ["routes"] + coverage.routes.map { row($0.route.rawValue, $0.samples) }
      + ["reason codes"] + coverage.codes.map { row($0.code.rawValue, $0.samples) }
      + ["not by an item alone (an outage, an old record, a draw, an unverified requester, a fault, a person)"]
      + ["  " + Possible.circumstances.map(\.rawValue).joined(separator: ", ")]
  }

  var json: JSON {
    var object = JSONObject([("folder", .string(name)), ("sound", .bool(mistakes.isEmpty))])
    object["version"] = bundle.map { .string($0.hash) } ?? .null
    object["mistakes"] = .array(
      mistakes.map { mistake in
        [
          "file": .string(mistake.file), "line": .integer(Int64(mistake.line)), "key": .string(mistake.key),
          "value": .string(mistake.value), "expected": .string(mistake.expected), "remedy": .string(mistake.remedy),
          "excerpt": .string(mistake.excerpt),
        ]
      })
    if let coverage {
      func texts(_ values: [String]) -> JSON { .array(values.map { .string($0) }) }
      object["coverage"] = [
        "routes": .array(
          coverage.routes.map { ["route": .string($0.route.rawValue), "samples": texts($0.samples)] }),
        "codes": .array(
          coverage.codes.map {
            ["code": .string($0.code.rawValue), "settings": texts($0.settings), "samples": texts($0.samples)]
          }),
        "circumstances": texts(Possible.circumstances.map(\.rawValue)),
      ]
    }
    return .object(object)
  }
}

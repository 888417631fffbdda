import Bundles
import Domain
import Foundation
import JSON

/// The shipped policies as they are and as fuzzing changes them.
struct Policies {
  private let schemas: [String: JSON]
  let texts: [[UInt8]]
  /// Every line of them that holds a condition.
  let conditions: [[UInt8]]

  /// - Parameter folder: `deploy/workflows`. Schemas of all workflows are known by their bare names: the last one counts.
  init(folder: URL) throws {
    var schemas: [String: JSON] = [:]
    var texts: [[UInt8]] = [[UInt8](try Data(contentsOf: folder.appendingPathComponent("article.yaml")))]
    for name in try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() {
      let place = folder.appendingPathComponent(name)
      guard let policy = try? Data(contentsOf: place.appendingPathComponent("policy.yaml")) else { continue }
      texts.append([UInt8](policy))
      for file in try FileManager.default.contentsOfDirectory(atPath: place.path) where file.hasSuffix(".schema.json") {
        let schema = try JSON.parse([UInt8](Data(contentsOf: place.appendingPathComponent(file))))
        schemas[file] = schema
        schemas["\(name)/\(file)"] = schema
      }
    }
    self.schemas = schemas
    self.texts = texts
    conditions = texts.flatMap { $0.split(separator: 0x0A) }.compactMap { line in
      line.firstRange(of: Array("when: ".utf8)).map { Array(line[$0.upperBound...]) }
    }
  }

  /// Loads it, and judges a case by what could be loaded.
  func load(_ yaml: String, _ chance: inout Chance) -> String? {
    do throws(BundleErrors) {
      let bundle = try Bundle.load(yaml: yaml, file: "policy.yaml", schemas: schemas)
      return judge(bundle, &chance)
    } catch {
      if error.mistakes.isEmpty { return "refused without a mistake" }
      // YAML has more line breaks than the line feed.
      let lines = yaml.unicodeScalars.count { ["\n", "\r", "\u{85}", "\u{2028}", "\u{2029}"].contains($0) } + 2
      for mistake in error.mistakes where mistake.line < 1 || mistake.line > lines || mistake.remedy.isEmpty {
        return "a mistake without place or remedy: \(mistake)"
      }
      return nil
    }
  }

  private func judge(_ bundle: Bundles.Bundle, _ chance: inout Chance) -> String? {
    var facts = CaseFacts(item: chance.pick([[:], ["text": "x"], ["amount": ["minor": -1, "currency": "EUR"]], [1], .null]))
    facts.proposal = chance.pick([nil, [:], ["category": "security"]])
    facts.action = chance.pick([nil, [:], ["body": ["amount": 5]]])
    facts.model = chance.pick([nil, 0, 0.5, 1, .nan, 2])
    facts.retrieval = chance.pick([nil, 0.5, 1, -1])
    facts.personal = chance.pick([[:], ["email": 1]])
    let verdict = bundle.evaluate(facts)
    if verdict.route < bundle.template.floor { return "route \(verdict.route) under the template's floor" }
    if verdict.route != bundle.evaluate(facts).route { return "another route the second time" }
    if bundle.explain(verdict).contains(where: \.isEmpty) { return "an empty sentence" }
    return nil
  }
}

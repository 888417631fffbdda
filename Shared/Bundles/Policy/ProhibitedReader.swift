import Domain

/// Reads `prohibited`.
struct ProhibitedReader {
  let mistakes: Mistakes

  func read(_ root: Section) -> Prohibited {
    var sources: [Prohibited.Place: [String]] = [:]
    let entries = root.sections("prohibited", atMost: 100).compactMap { read(one: $0, &sources) }
    for (index, entry) in entries.enumerated() where entries[..<index].contains(where: { $0.id == entry.id }) {
      mistakes.add(root.line, "prohibited", "each id once, \(entry.id) stands twice", "rename one")
    }
    var screens: [Prohibited.Place: Pattern] = [:]
    for (place, patterns) in sources {
      do throws(Pattern.Invalid) {
        screens[place] = try Pattern(patterns.map { "(?:\($0))" }.joined(separator: "|"))
      } catch {
        mistakes.add(root.line, "prohibited", "patterns that fit one search expected: \(error.reason)", "remove some")
      }
    }
    return Prohibited(entries: entries, screens: screens)
  }

  private func read(one section: Section, _ sources: inout [Prohibited.Place: [String]]) -> Prohibited.Entry? {
    defer { section.finish() }
    let id = section.text("id", required: "name it, such as promises_refund", longest: 60)
    if let id, !isName(id.text) {
      mistakes.add(id, "an id of letters, digits and _ expected", "write one such as promises_refund")
    }
    let route = section.choice("route", Route.self, among: [.review, .sme, .block]) ?? .block
    let because = section.text("because", required: "say in one sentence why it may not pass", longest: 100)
    let place = section.choice("in", Where.self) ?? .both
    var patterns: [(shown: String, pattern: Pattern)] = []
    let phrases = section.texts("phrases", atMost: 200, longest: 100)
    let pattern = section.text("pattern", longest: 500)
    for phrase in phrases { add(Self.pattern(of: phrase.text), "\"\(clipped(phrase.text, to: 40))\"", phrase) }
    if let pattern {
      add(pattern.text, "what \(id?.text ?? "a pattern") describes", pattern)
      remark(pattern)
    }
    if phrases.isEmpty, pattern == nil {
      mistakes.add(section.line, section.path, "phrases or a pattern expected", "write `phrases: [ … ]`")
    }
    func add(_ source: String, _ shown: String, _ text: LocatedText) {
      do throws(Pattern.Invalid) {
        let made = try Pattern(source)
        if made.isFound(in: []) {
          mistakes.add(text, "a pattern that an empty text does not match expected", "ask for at least one character")
          return
        }
        patterns.append((shown, made))
        for place in place.places { sources[place, default: []].append(source) }
      } catch {
        mistakes.add(
          text, "an RE2 pattern expected: \(error.reason)",
          "mend it; look-around and back-references do not exist in RE2")
      }
    }
    guard let id, let because else { return nil }
    return Prohibited.Entry(id: id.text, places: place.places, patterns: patterns, route: route, because: because.text)
  }

  /// A pattern is searched for in texts as a reader sees them, all of a place as one: some never match what was meant.
  private func remark(_ pattern: LocatedText) {
    for scalar in pattern.text.unicodeScalars where !scalar.isASCII {
      var seen: [UInt8] = []
      appendFolded(String(scalar), to: &seen)
      guard !seen.elementsEqual(String(scalar).utf8) else { continue }
      mistakes.remark(
        pattern, "a pattern of letters as they are searched for expected: \(scalar) is read as \(seen.isEmpty ? "nothing" : String(decoding: seen, as: UTF8.self))",
        seen.isEmpty ? "leave it out" : "write \(String(decoding: seen, as: UTF8.self))")
      return
    }
    if Self.isAnchored(pattern.text) {
      mistakes.remark(
        pattern, "a pattern that may stand anywhere expected: all texts are searched as one, which begins and ends only once",
        "leave ^ and $ out; \\b is the edge of a word")
    }
  }

  /// Whether it holds `^`, `$`, `\A` or `\z` outside of a class.
  private static func isAnchored(_ pattern: String) -> Bool {
    var isEscaped = false, isInClass = false
    for byte in pattern.utf8 {
      if isEscaped {
        isEscaped = false
        if !isInClass, byte == UInt8(ascii: "A") || byte == UInt8(ascii: "z") { return true }
        continue
      }
      switch byte {
      case UInt8(ascii: "\\"): isEscaped = true
      case UInt8(ascii: "["): isInClass = true
      case UInt8(ascii: "]"): isInClass = false
      case UInt8(ascii: "^"), UInt8(ascii: "$"): if !isInClass { return true }
      default: break
      }
    }
    return false
  }

  private enum Where: String, CaseIterable {
    case item, proposal, both

    var places: [Prohibited.Place] {
      switch self {
      case .item: [.item]
      case .proposal: [.proposal]
      case .both: [.item, .proposal]
      }
    }
  }

  /// A phrase as whole words in any case, with any white space between them.
  static func pattern(of phrase: String) -> String {
    var bytes: [UInt8] = []
    appendFolded(phrase, to: &bytes)
    let words = String(decoding: bytes, as: UTF8.self).split(separator: " ").map { word in
      word.unicodeScalars.map { $0.isASCII && !isAlphanumeric(UInt8($0.value)) ? "\\\($0)" : String($0) }.joined()
    }
    guard let first = bytes.first, let last = bytes.last else { return "" }
    return "(?i)" + (isAlphanumeric(first) ? "\\b" : "") + words.joined(separator: "\\s+")
      + (isAlphanumeric(last) ? "\\b" : "")
  }
}

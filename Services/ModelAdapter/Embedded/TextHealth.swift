/// Looks at the outside of a text: is it whole, is it what it seems, does it try to give orders to the machine.
enum TextHealth {
  /// Findings about one field, at most one of each kind.
  static func findings(_ field: String, _ text: String, leastWords: Int = 0) -> [ContextFinding] {
    let marks = Marks(text)
    var findings: [ContextFinding] = []
    func malformed(_ detail: String) {
      findings.append(ContextFinding(code: "context.malformed", field: field, detail: detail))
    }
    if marks.broken > 0 { malformed("\(marks.broken) characters that were lost in transport or are no text") }
    if marks.turning { malformed("characters that turn the reading direction") }
    if marks.invisible { malformed("invisible characters within words") }
    if marks.mixed > 0 { malformed("\(marks.mixed) words that mix alphabets") }
    if marks.markup { malformed("markup in a field for plain text") }
    if marks.longest > 200 { malformed("a word of \(marks.longest) characters") }
    if Words.count(text) < leastWords { malformed("fewer than \(leastWords) words") }
    if orders.occurs(in: FoldedText(text)) {
      findings.append(
        ContextFinding(code: "context.edge_case", field: field, detail: "a sentence that gives orders to the machine"))
    }
    return findings
  }

  private struct Marks {
    var broken = 0, mixed = 0, longest = 0
    var turning = false, invisible = false, markup = false

    init(_ text: String) {
      var length = 0, latin = false, foreign = false, afterBracket = false
      for scalar in text.unicodeScalars {
        let value = scalar.value
        if afterBracket, value | 0x20 >= 0x61 && value | 0x20 <= 0x7A || value == 0x2F || value == 0x21 {
          markup = true
        }
        afterBracket = value == 0x3C
        switch value {
        case 0x41...0x5A, 0x61...0x7A: latin = true
        case 0x370...0x52F: foreign = true
        case 0x0...0x8, 0xB, 0xC, 0xE...0x1F, 0x7F...0x9F, 0xFFFD, 0xE000...0xF8FF: broken += 1
        case 0x202A...0x202E, 0x2066...0x2069: turning = true
        case 0x200B...0x200F, 0x2060...0x2064, 0xFEFF, 0xAD: invisible = true
        default: break
        }
        if value <= 0x20 {
          if latin && foreign { mixed += 1 }
          (length, latin, foreign) = (0, false, false)
        } else {
          length += 1
          longest = max(longest, length)
        }
      }
      if latin && foreign { mixed += 1 }
    }
  }

  private static let orders = PhraseBook([
    "ignore all previous", "ignore previous", "ignore the previous", "ignore all instructions",
    "ignore your instructions",
    "disregard previous", "disregard all", "disregard the above", "forget your instructions", "forget all previous",
    "system prompt", "you are now", "you must approve", "mark this as approved", "approve this automatically",
    "approve automatically", "do not escalate", "do not send this to a human", "without human review",
    "skip the review",
    "set the confidence", "confidence 1 0", "confidence to 1", "route auto", "as an ai", "respond only with",
    "override the policy", "developer mode", "new instructions", "no review needed", "no review is needed",
    "ignoriere alle", "ignoriere die", "vergiss alle", "ohne prüfung freigeben",
  ])
}

/// Reads the tone of a text from its words.
enum Tone {
  private static let threats = PhraseBook([
    "my lawyer", "my attorney", "a lawyer", "legal action", "sue you", "court", "consumer agency",
    "consumer protection",
    "to the press", "the police", "regulator", "ombudsman", "social media",
  ])
  private static let anger = PhraseBook([
    "furious", "outrageous", "unacceptable", "ashamed", "scam*", "fraud*", "ridiculous", "incompeten*", "idiot*",
    "worst",
    "disgust*", "had enough", "liar*", "never again", "rude", "useless",
  ])
  private static let regret = PhraseBook([
    "disappoint*", "not happy", "unhappy", "not what i expected", "pity", "annoy*", "frustrat*", "still waiting",
    "unfortunately",
    "once more", "nobody answers", "no answer",
  ])
  private static let harsh = PhraseBook([
    "your fault", "as we already told you", "you should have", "you failed to", "obviously", "read the manual",
    "not our problem",
    "stop asking", "final answer", "you are wrong",
  ])

  /// `calm`, `unhappy`, `angry` or `threatening`.
  static func ofCustomer(_ text: FoldedText, shouting: Bool) -> String {
    if threats.occurs(in: text) { return "threatening" }
    if anger.occurs(in: text) || shouting { return "angry" }
    return regret.occurs(in: text) ? "unhappy" : "calm"
  }

  static func isHarsh(_ text: FoldedText) -> Bool { harsh.occurs(in: text) }

  /// More than half of at least 20 letters are capitals, or three exclamation marks follow each other.
  static func isShouting(_ text: String) -> Bool {
    var capitals = 0, small = 0, marks = 0
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "A")...UInt8(ascii: "Z"): capitals += 1
      case UInt8(ascii: "a")...UInt8(ascii: "z"): small += 1
      default: break
      }
      marks = byte == UInt8(ascii: "!") ? marks + 1 : 0
      if marks == 3 { return true }
    }
    return capitals + small >= 20 && capitals > small
  }

  /// How well a reply's tone fits, 0 to 100: what was asked for, or else what the customer's tone calls for.
  static func fit(of tone: String, wanted: String?, customer: String, harsh: Bool) -> Int64 {
    let wanted = wanted ?? (customer == "calm" ? "friendly" : customer == "unhappy" ? "neutral" : "formal")
    let order = ["friendly", "neutral", "formal"]
    let steps = abs((order.firstIndex(of: tone) ?? 1) - (order.firstIndex(of: wanted) ?? 1))
    let strain: Int64 = customer == "threatening" ? 25 : customer == "angry" ? 12 : customer == "unhappy" ? 4 : 0
    return max(0, 97 - Int64(steps) * 18 - strain - (harsh ? 50 : 0))
  }
}

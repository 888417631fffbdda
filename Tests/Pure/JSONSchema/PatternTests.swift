import JSON
import JSONSchema
import Testing

@Suite("ECMA-262 patterns") struct PatternTests {
  @Test(
    "match as ECMA-262 says",
    arguments: [
      ("^\\s$", "\u{feff}", true), ("^\\s$", "\u{2003}", true), ("^\\S$", "\u{2003}", false), ("^\\S$", "é", true),
      ("^\\d$", "٣", false), ("^\\w$", "é", false), ("^\\W$", "é", true), ("^[\\W_]$", "_", true),
      ("^[^\\S]$", " ", true),
      ("^.$", "\u{2028}", false), ("^.$", "\n", false), ("^.$", "🐲", true), ("a$", "a\n", false), ("^b", "a\nb", false),
      ("^\\cJ$", "\n", true), ("^\\u00e9$", "é", true), ("^\\ud83d\\udc32$", "🐲", true), ("^\\u{1F432}$", "🐲", true),
      ("^\\x41$", "A", true), ("^[\\u0041-\\u0043]$", "B", true), ("^\\p{Letter}+$", "Éa", true),
      ("^\\p{Lu}$", "a", false),
      ("^\\P{L}$", "1", true), ("^[\\p{L}\\d]+$", "é5", true), ("^\\p{Script=Greek}$", "λ", true),
      ("^\\p{gc=Nd}$", "٣", true),
      ("^[a-]$", "-", true), ("^[\\d-x]$", "-", true), ("^[[]$", "[", true), ("^[\\]]$", "]", true),
      ("^[\\b]$", "\u{8}", true),
      ("^a\\/b\\-c$", "a/b-c", true), ("[]", "a", false), ("^[^]$", "\n", true), ("^(?<year>\\d{4})$", "2024", true),
      ("", "", true),
      ("^\\$\\{\\}$", "${}", true), ("\\bfoo\\b", "a foo b", true), ("^\\0$", "\0", true), ("^a{2,3}?$", "aaa", true),
    ] as [(String, String, Bool)])
  func semantics(pattern: String, text: String, matches: Bool) throws {
    let schema = try Schema(compiling: .object(JSONObject([("pattern", .string(pattern))])))
    #expect(schema.accepts(.string(text)) == matches)
  }
}

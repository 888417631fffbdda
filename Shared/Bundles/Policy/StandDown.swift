/// After a person's rejection, how long the next similar item of the same subject is not automatic.
public struct StandDown: Sendable, Equatable {
  /// The path to the item's field that names the subject; empty where the requester is it.
  public var subject: [String]
  /// Seconds after which it ends by itself; an approval ends it before.
  public var seconds: Int64

  public static let standard = StandDown(subject: [], seconds: 604_800)
}

/// Reads `stand_down`: `{subject: customer.id, for: 7d}`, each of them with a default.
func readStandDown(_ root: Section) -> StandDown {
  guard let section = root.section("stand_down") else { return .standard }
  defer { section.finish() }
  let path = section.text("subject", longest: 200)
  let names = path?.text.split(separator: ".", omittingEmptySubsequences: false).map(String.init) ?? []
  if let path, names.contains(where: { !isName($0) }) {
    section.mistakes.add(path, "the path of an item's field expected", "write one such as customer.id")
  }
  return StandDown(
    subject: names, seconds: Int64(section.duration("for", in: 3_600...7_776_000, default: 604_800)))
}

/// Who may break the glass: decide one case alone for a time, because the others who would have to cannot be reached. Nobody where a
/// policy does not say so.
public struct BreakGlass: Sendable, Equatable {
  /// A role of its own: being asked about a case does not suffice.
  public var group: String
  /// How long a grant lasts where nobody says otherwise, and at most.
  public var minutes: Int
  public var mostMinutes: Int
  /// Who hears of it at once; where nobody of them can be reached there is no grant.
  public var tell: [String]
  public var alert: Rung.Alert
  /// Who looks at it afterwards.
  public var reviewers: String

  /// No policy may give more.
  public static let longestMinutes = 240
  /// So long afterwards another person has looked at it, or the right is gone.
  public static let reviewSeconds: Double = 86_400
}

extension PeopleReader {
  func breakGlass(_ root: Section, _ groups: [String], isExpert: Bool) -> BreakGlass? {
    guard let section = root.section("break_glass") else { return nil }
    defer { section.finish() }
    if isExpert {
      mistakes.add(section.line, section.path, "no break_glass expected in template C: nothing takes the place of an expert's decision", "remove it")
    }
    let group = section.text("group", required: "name the group whose members may break the glass", longest: 60)
    let most = section.whole("most_minutes", in: 5...BreakGlass.longestMinutes, default: BreakGlass.longestMinutes)
    let minutes = section.whole("minutes", in: 5...max(5, most), default: min(60, most))
    let tell = section.texts("tell", required: "name the groups that hear of it at once", atMost: 8, longest: 60)
    let alert = section.choice("alert", Rung.Alert.self, required: true, among: Rung.Alert.allCases.filter { $0 != .none })
    let reviewers = section.text("reviewed_by", required: "name the group that looks at it afterwards", longest: 60)
    let all = tell + [group, reviewers].compactMap { $0 }
    guard let group, let alert, let reviewers, !all.contains(where: { !known($0, groups) }) else { return nil }
    return BreakGlass(
      group: group.text, minutes: minutes, mostMinutes: most, tell: tell.map(\.text), alert: alert, reviewers: reviewers.text)
  }
}

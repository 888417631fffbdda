import Identity

/// Who takes part: those who may decide, some under two names, and those who may not.
enum Staff {
  static func person(_ id: String, _ groups: String..., duty: Bool = false, claim: String? = nil) -> Person {
    Person(id: id, name: id, groups: groups, isDutyOfficer: duty, claim: claim ?? id)
  }

  static let all = [
    person("P-ruth", "line-managers"), person("P-ruth-2", "security-reviewers", claim: "P-ruth"), person("P-omar", "line-managers"),
    person("P-ines", "security-reviewers"), person("P-joel", "security-reviewers"), person("P-cleo", "line-managers"),
    person("P-asks", "line-managers"), person("P-asks-2", "line-managers", claim: "P-asks"), person("P-ivo", "duty-officers", duty: true),
  ]
  static let people = People(all)
  /// Who asked for the access, under whatever name, and who gets it.
  static let barred: Set<String> = ["P-asks", "P-asks-2", "P-cleo"]

  static func human(_ id: String) -> String { all.first { $0.id == id }?.claim ?? id }
  static func groups(_ id: String) -> [String] { all.first { $0.id == id }?.groups ?? [] }
}

import Foundation
import JSON
import Testing

@testable import Identity

/// The identity file and what claims mean by it.
@Suite struct IdentityFileTests {
  static let sound = """
    issuer: https://login.example.com/work
    client_id: countersign
    api: {audience: countersign-api, clients: [frontend], seconds: 120}
    claims: {id: preferred_username, person_claim: employee, groups: /realm/roles}
    groups: {prefix: "cs-", map: {"CN=Duty": duty-officers}}
    """

  private func read(_ yaml: String) throws -> IdentityFile { try IdentityFile(yaml, folder: URL(fileURLWithPath: "/nowhere")) }

  private func mistakes(_ yaml: String) -> [String] {
    do {
      _ = try read(yaml)
      return []
    } catch { return (error as? PeopleError)?.mistakes ?? ["\(error)"] }
  }

  @Test func theExampleIsSound() throws {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    let file = try IdentityFile(path: root.appendingPathComponent("deploy/identity.yaml").path)
    #expect(file.api?.audience == "countersign-api" && file.clientSecret == nil && !file.isLoopback && file.scopes == IdentityFile.defaultScopes)
  }

  @Test func defaultsAreStrict() throws {
    let file = try read("issuer: https://login.example.com\nclient_id: c\n")
    #expect(file.accessRules == nil && file.algorithms.count == 3 && file.scopes.contains("offline_access"))
    #expect(try read("issuer: https://l.example\nclient_id: c\napi: {audience: a}\n").accessRules?.seconds == 60)
  }

  @Test(arguments: [
    ("", "mapping"), ("client_id: c", "issuer"), ("issuer: https://l.example", "client_id"),
    ("issuer: http://l.example\nclient_id: c", "https"), ("issuer: http://127.0.0.1:9\nclient_id: c", "https"),
    ("issuer: http://l.example\nclient_id: c\nloopback: true", "127.0.0.1"), ("issuer: https://u:p@l.example\nclient_id: c", "issuer"),
    ("issuer: https://l.example#x\nclient_id: c", "issuer"), ("issuer: https://l.example\nclient_id: c\nsecret: s", "nothing reads this"),
    ("issuer: https://l.example\nclient_id: c\nloopback: yes", "loopback"), ("issuer: https://l.example\nclient_id: c\nscopes: [profile]", "openid"),
    ("issuer: https://l.example\nclient_id: c\nscopes: openid", "scopes"), ("issuer: https://l.example\nclient_id: c\nalgorithms: [HS256]", "algorithms"),
    ("issuer: https://l.example\nclient_id: c\nalgorithms: [none]", "algorithms"), ("issuer: https://l.example\nclient_id: c\nalgorithms: []", "algorithms"),
    ("issuer: https://l.example\nclient_id: c\nclient_secret_file: missing", "client_secret_file"),
    ("issuer: https://l.example\nclient_id: c\napi: {audience: c}", "api.audience"), ("issuer: https://l.example\nclient_id: c\napi: {}", "api.audience"),
    ("issuer: https://l.example\nclient_id: c\napi: {audience: a, seconds: 86400}", "api.seconds"),
    ("issuer: https://l.example\nclient_id: c\napi: {audience: a, secret: b}", "nothing reads this"),
    ("issuer: https://l.example\nclient_id: c\nclaims: {role: r}", "nothing reads this"),
    ("issuer: https://l.example\nclient_id: c\ngroups: {map: {a: \"b c\"}}", "groups.map"),
  ]) func mistakesAreTold(yaml: String, word: String) {
    #expect(mistakes(yaml).contains { $0.contains(word) }, "\(mistakes(yaml))")
  }

  @Test func everyMistakeIsToldAtOnce() {
    #expect(mistakes("issuer: http://l.example\nloopback: maybe\nscopes: [email]\nnonsense: 1\nalgorithms: [RS1]\n").count == 6)
  }

  private let directory = People(
    [
      Person(id: "P-ada", name: "Ada", groups: ["agents", "leads"], isDutyOfficer: false, claim: "E-1"),
      Person(id: "P-ivo", name: "Ivo", groups: ["duty-officers"], isDutyOfficer: true, claim: "E-2"),
    ], issuer: "https://login.example.com/work")

  private func person(_ changes: (inout [String: JSON]) -> Void = { _ in }) throws -> Person {
    var members: [String: JSON] = [
      "sub": "u-1", "preferred_username": "P-ada", "employee": "E-1", "email": "ada@example.com",
      "realm": ["roles": ["cs-agents", "cs-admins", "offline_access", "leads"]],
    ]
    changes(&members)
    return try read(Self.sound).claims.person(TokenClaims(.object(JSONObject(members.map { ($0.key, $0.value) }))), in: directory)
  }

  @Test func whatSomebodyIsNowIsWhatBothSidesSay() throws {
    let ada = try person()
    #expect(ada.groups == ["agents"], "leads lacks the prefix, admins is not in the directory")
    #expect(ada.issuer == "https://login.example.com/work" && ada.full == "https://login.example.com/work P-ada" && ada.email == "ada@example.com")
    #expect(try person { $0["realm"] = ["roles": "cs-leads"] }.groups == ["leads"], "one group as text")
    #expect(try person { $0["realm"] = nil }.groups.isEmpty)
    #expect(try person { $0["preferred_username"] = "P-ivo"; $0["employee"] = "E-2"; $0["realm"] = ["roles": ["CN=Duty"]] }.groups == ["duty-officers"])
    #expect(try person { $0["email_verified"] = false }.email == nil)
    #expect(try person { $0["realm"] = ["roles": [7, "cs-", "cs-a b", "cs-agents"]] }.groups == ["agents"])
  }

  @Test func whoIsNotInTheDirectoryDoesNotComeIn() {
    let strangers: [(inout [String: JSON]) -> Void] = [
      { $0["preferred_username"] = "P-eve" }, { $0["preferred_username"] = nil }, { $0["preferred_username"] = "" }, { $0["preferred_username"] = 7 },
      { $0["preferred_username"] = "P-ada\u{200B}" }, { $0["preferred_username"] = "p-ada" }, { $0["preferred_username"] = "P ada" },
      { $0["employee"] = "E-2" }, { $0["employee"] = nil }, { $0["employee"] = ["E-1"] },
    ]
    for change in strangers {
      let error = #expect(throws: TokenError.self) { try person(change) }
      #expect(error?.class == .person)
    }
  }
}

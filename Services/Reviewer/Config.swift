import Foundation
import Host
import Identity
import Permits
import SignOn
import Wire

/// Every setting of the reviewer besides those of the road.
struct Config {
  let road: RoadConfig
  let signing: SigningKey?
  let people: People
  let workflows: [String: Workflow]
  let publicURL: String
  let demoSignIn: Bool
  /// Where policy's API is, for the registration of people's own keys, the stop switch and exceptions; nil where there is none.
  let policyURL: String?
  /// Where model-adapter is, which looks at sources again before a decision is taken; nil where nothing looks.
  let adapterURL: String?
  /// Where intake is, which makes a new case of an ended one; nil where none is reopened from here.
  let intakeURL: String?
  /// Where audit's API is, for the pages of budgets, figures and reports; nil where there is none.
  let auditURL: String?
  /// The tokens of the demo's people, by person; empty outside of the demo.
  let demoTokens: [String: String]
  /// Nil where people do not sign in by an identity provider.
  let identity: IdentityFile?
  /// By which people outside of the desk are called.
  let channels: [String: Channel]
  /// When groups work, and who of them is on call.
  let schedules: Schedules
  /// From which the marks of sessions and forms are derived.
  let sessionSeed: [UInt8]

  init(_ settings: inout Settings) {
    road = RoadConfig(.reviewer, port: 7104, &settings)
    sessionSeed = settings.secret("SIGNING_KEY_FILE", atLeast: 32, "the Ed25519 key under which decisions are signed")
    signing = sessionSeed.isEmpty ? nil : try? SigningKey(seed: Array(sessionSeed.prefix(32)))
    let url = settings.text("PUBLIC_URL", default: "http://127.0.0.1:7104", "where people reach the page; links in alerts begin with it")
    publicURL = url.hasSuffix("/") ? String(url.dropLast()) : url
    if !publicURL.hasPrefix("http://"), !publicURL.hasPrefix("https://") {
      settings.fail("PUBLIC_URL", url, expected: "an address that begins with http:// or https://", remedy: "Set it to https://review.example.com, for example.")
    }
    demoSignIn = settings.flag("DEMO_SIGN_IN", default: false, "lets anybody on this machine choose who they are; only on loopback")
    if demoSignIn, !["127.0.0.1", "::1", "localhost"].contains(road.host) {
      settings.fail("DEMO_SIGN_IN", "true", expected: "false unless LISTEN is on 127.0.0.1", remedy: "Leave it out.")
    }
    identity = settings.identity()
    if demoSignIn, identity != nil {
      settings.fail("DEMO_SIGN_IN", "true", expected: "false where IDENTITY names a provider: a demo's cards would open a door beside it", remedy: "Leave one of the two out.")
    }
    if let identity, !publicURL.hasPrefix("https://"), !identity.isLoopback {
      settings.fail("PUBLIC_URL", url, expected: "an https address where people sign in by a provider: cookies are for https alone", remedy: "Set it to https://review.example.com, for example.")
    }
    policyURL = Config.readAddress(
      "POLICY_URL",
      "where policy's API is: there browsers register the keys by which people sign, and pages ask what is stopped and excepted; without it no browser signs",
      example: "http://policy:7102", &settings)
    adapterURL = Config.readAddress(
      "MODEL_ADAPTER_URL",
      "where model-adapter is: there the sources of a case are looked at again before a decision is taken; without it decisions rest on sources as they were shown, and no private value of evidence is revealed",
      example: "http://model-adapter:7103", &settings)
    intakeURL = Config.readAddress(
      "INTAKE_URL", "where intake is: there ended cases are reopened, and private values of items are kept; without it no page reopens a case or reveals a value", example: "http://intake:7101", &settings)
    auditURL = Config.readAddress(
      "AUDIT_URL", "where audit's API is: pages of budgets, figures and reports ask there; without it there are none",
      example: "http://audit:7105", &settings)
    channels = Config.readChannels(&settings)
    people = Config.readPeople(&settings, identity)
    demoTokens = demoSignIn ? Config.readTokens(&settings) : [:]
    schedules = Config.readSchedules(&settings, people)
    workflows = Config.readWorkflows(&settings)
    checkCalendars(&settings)
  }

  private static func readAddress(_ key: String, _ meaning: String, example: String, _ settings: inout Settings) -> String? {
    guard let url = settings.optional(key, meaning) else { return nil }
    guard url.hasPrefix("http://") || url.hasPrefix("https://") else {
      settings.fail(key, url, expected: "an address that begins with http:// or https://", remedy: "Set it to \(example), for example.")
      return nil
    }
    return url.hasSuffix("/") ? String(url.dropLast()) : url
  }

  /// Whoever chooses a card shows nothing by which policy could know them: the demo shows the person's token in their stead.
  private static func readTokens(_ settings: inout Settings) -> [String: String] {
    let text = settings.optional("TOKENS_FILE", "").flatMap { try? String(contentsOfFile: $0, encoding: .utf8) } ?? ""
    let lines = text.split(separator: "\n").filter { !$0.hasPrefix("#") }.map { $0.split(whereSeparator: \.isWhitespace) }
    return Dictionary(lines.filter { $0.count == 2 }.map { (String($0[1]), String($0[0])) }) { first, _ in first }
  }

  private static func readPeople(_ settings: inout Settings, _ identity: IdentityFile?) -> People {
    let path = settings.text("PEOPLE", "the file of people and their groups (deploy/people.yaml); with IDENTITY the directory: who may take part, and in which groups at most")
    let tokens = settings.tokensFile(identity)
    guard !path.isEmpty, identity != nil || !tokens.isEmpty else { return People([]) }
    do {
      return try PeopleFiles(people: path, tokens: tokens, issuer: identity?.issuer ?? Person.issuer).load()
    } catch let error as PeopleError {
      for mistake in error.mistakes { settings.fail("PEOPLE", path, expected: "people and tokens that fit each other: \(mistake)", remedy: "Mend that line.") }
    } catch {
      settings.fail("PEOPLE", path, expected: "files that can be read: \(error.localizedDescription)", remedy: "Name deploy/people.yaml and a file of tokens.")
    }
    return People([])
  }

  private static func readChannels(_ settings: inout Settings) -> [String: Channel] {
    let meaning = "a YAML file of the channels (Slack, PagerDuty, webhooks) by which people are called; without it, alerting systems read escalations"
    guard let path = settings.optional("NOTIFY", meaning) else { return [:] }
    guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
      settings.fail("NOTIFY", path, expected: "a file that can be read", remedy: "Name the file, or leave the key out.")
      return [:]
    }
    let file = ChannelsFile(text, folder: URL(fileURLWithPath: path).deletingLastPathComponent())
    for mistake in file.mistakes { settings.fail("NOTIFY", path, expected: "a sound file: \(mistake)", remedy: "Mend that line.") }
    return file.channels
  }

  private static func readSchedules(_ settings: inout Settings, _ people: People) -> Schedules {
    let meaning = "a YAML file of working hours and on-call rotas (deploy/schedules.yaml); without it everybody is always there"
    guard let path = settings.optional("SCHEDULES", meaning) else { return .none }
    guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
      settings.fail("SCHEDULES", path, expected: "a file that can be read", remedy: "Name the file, or leave the key out.")
      return .none
    }
    let file = SchedulesFile(text, people: people)
    for mistake in file.mistakes { settings.fail("SCHEDULES", path, expected: "a sound file: \(mistake)", remedy: "Mend that line.") }
    return file.schedules
  }

  /// Ladders may name calendars of this installation only: an unknown one would run by the wall clock and say so to nobody.
  private func checkCalendars(_ settings: inout Settings) {
    for workflow in workflows.values.sorted(by: { $0.name < $1.name }) {
      for named in workflow.calendars where schedules.calendars[named.name] == nil {
        let known = schedules.calendars.keys.sorted().joined(separator: ", ")
        settings.fail(
          "SCHEDULES", nil, expected: "the calendar \(named.name), which \(workflow.name)/policy.yaml names in line \(named.line)",
          remedy: known.isEmpty ? "Name a file that has it." : "Add it to the file, or use \(known) in the ladder.")
      }
    }
  }

  private static func readWorkflows(_ settings: inout Settings) -> [String: Workflow] {
    var found: [String: Workflow] = [:]
    for folder in settings.folders("WORKFLOWS", "the folder with one folder for each workflow, and others after commas") {
      do {
        let workflow = try Workflow(folder: folder)
        found[workflow.name] = workflow
      } catch {
        settings.fail("WORKFLOWS", folder.path, expected: "a folder with a sound action schema: \(error)", remedy: "Mend the schema.")
      }
    }
    return found
  }
}

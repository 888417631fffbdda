import Foundation
import Host
import Permits
import Wire

/// Every setting of the reviewer besides those of the road.
struct Config {
  let road: RoadConfig
  let signing: SigningKey?
  let people: People?
  let publicURL: String
  let demoSignIn: Bool

  init(_ settings: inout Settings) {
    road = RoadConfig(.reviewer, port: 7104, &settings)
    let seed = settings.secret("SIGNING_KEY_FILE", atLeast: 32, "the Ed25519 key under which decisions are signed")
    signing = seed.isEmpty ? nil : try? SigningKey(seed: Array(seed.prefix(32)))
    publicURL = settings.text("PUBLIC_URL", default: "http://127.0.0.1:7104", "where people reach the page; links in pages to people begin with it")
    demoSignIn = settings.flag("DEMO_SIGN_IN", default: false, "lets anybody on this machine choose who they are; only on loopback")
    if demoSignIn, road.host != "127.0.0.1" {
      settings.fail("DEMO_SIGN_IN", "true", expected: "false unless LISTEN is on 127.0.0.1", remedy: "Leave it out.")
    }
    let people = settings.text("PEOPLE", "the file of people and their groups (deploy/people.yaml)")
    let tokens = settings.text("TOKENS_FILE", "a file with lines TOKEN PERSON")
    do {
      self.people = try People(
        yaml: String(contentsOfFile: people, encoding: .utf8), tokens: String(contentsOfFile: tokens, encoding: .utf8))
    } catch {
      self.people = nil
      if !people.isEmpty, !tokens.isEmpty {
        settings.fail("PEOPLE", people, expected: "people and tokens that fit each other: \(error)", remedy: "Mend the files.")
      }
    }
  }
}

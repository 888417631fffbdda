import AsyncHTTPClient
import Foundation
import JSON
import NIOHTTP1
import Testing
import Wire

@testable import countersign_reviewer

/// Everybody's own keys and lists (WCAG 2.1.4; demand 5 and 12): nobody else's, and never an address outside of the list.
@Suite struct PreferenceTests {
  @Test func keysAreLettersAndNoneDoesTwoThings() throws {
    let own = try Preferences(["keys_off": true, "keys": ["a": "f"]])
    #expect(own.areKeysOff && own.own("a") == "f" && own.own("r") == "r")
    for wrong: JSON in [["a": "r"], ["a": ""], ["a": "ff"], ["a": "1"], ["a": "ä"], ["n": "f"], ["?": "f"]] {
      #expect(throws: WireError.self, "\(wrong.text)") { try Preferences(["keys": wrong]) }
    }
    let swapped = try Preferences(["keys": ["a": "r", "r": "A"]])
    #expect(swapped.own("a") == "r" && swapped.own("r") == "a")
    #expect(try Preferences(swapped.json) == swapped)
  }

  @Test func pinsAreListsAndNothingElse() throws {
    for wrong in ["//evil.example", "a=b\"c", "a=<b>", "a b", String(repeating: "a", count: 401)] {
      #expect(throws: WireError.self, "\(wrong.prefix(20))") { try Preferences(["pins": [["name": "x", "query": .string(wrong)]]]) }
    }
    var own = try Preferences(["pins": [["name": "High", "query": "state=open&risk=high"]]])
    own.pin(.init(name: "Again", query: "state=open&risk=high"))
    #expect(own.pins.map(\.name) == ["Again"])
    for number in 0..<20 { own.pin(.init(name: "n", query: "q=\(number)")) }
    #expect(own.pins.count == Preferences.mostPins)
    own.unpin("q=19")
    #expect(own.pins.count == Preferences.mostPins - 1)
  }

  @Test func aPageKnowsItsReadersKeysAndNobodyElses() async throws {
    try await DeskHouse.open(prepare: { try $0.say(DeskFixture.request()) }) { house in
      try await Browser.with { client in
        let (ada, token) = house.signedIn(DeskFixture.ada, client), (ben, _) = house.signedIn(DeskFixture.ben, client)
        #expect(try await ada.call(.POST, "/settings", body: "token=\(token)&key:a=f&key:r=r").status == 303)
        let page = try await ada.call(.GET, "/tasks/\(DeskFixture.caseID)").text
        #expect(page.contains("data-keymap=\"{&quot;a&quot;:&quot;f&quot;}\"") && page.contains("<dt>f</dt><dd>Approve</dd>"))
        #expect(try await !ben.call(.GET, "/").text.contains("data-keymap"))
        let refused = try await ada.call(.POST, "/settings", body: "token=\(token)&key:a=r")
        #expect(refused.status == 422 && refused.text.contains("r would do two things"))
        _ = try await ada.call(.POST, "/settings", body: "token=\(token)&keys_off=yes")
        #expect(try await ada.call(.GET, "/").text.contains("data-keys-off"))
      }
    }
  }

  @Test func aListIsPinnedAtItsAddress() async throws {
    try await DeskHouse.open(prepare: { try $0.say(DeskFixture.request()) }) { house in
      try await Browser.with { client in
        let (ada, token) = house.signedIn(DeskFixture.ada, client)
        let list = try await ada.call(.GET, "/?state=open&risk=medium").text
        #expect(list.contains("Pin this list") && list.contains("value=\"state=open&amp;risk=medium\"") && list.contains("/tasks/\(DeskFixture.caseID)"))
        let pinned = try await ada.call(.POST, "/settings/pins", body: "token=\(token)&name=Medium&query=state%3Dopen%26risk%3Dmedium")
        #expect(pinned.status == 303 && pinned.location == "/?state=open&risk=medium")
        #expect(try await ada.call(.GET, "/").text.contains("<a href=\"/?state=open&amp;risk=medium\">Medium</a>"))
        let none = try await ada.call(.GET, "/?state=open&risk=critical").text
        #expect(none.contains("the filter hides 1"))
        #expect(try await ada.call(.GET, "/?q=above+the+order").text.contains("/tasks/\(DeskFixture.caseID)"))
        #expect(try await ada.call(.GET, "/?q=100%25").text.contains("the filter hides 1"), "a wildcard is a letter")
        #expect(try await ada.call(.POST, "/settings/pins", body: "token=\(token)&name=x&query=//evil").status == 422)
      }
    }
  }

  @Test func whatIsHeldSaysWhenItComesFree() async throws {
    try await DeskHouse.open(prepare: { try $0.say(DeskFixture.request()); _ = try $0.command(DeskFixture.ben, .claim) }) { house in
      try await Browser.with { client in
        let (ada, _) = house.signedIn(DeskFixture.ada, client)
        let page = try await ada.call(.GET, "/?state=free").text
        #expect(page.contains("The first comes free in"))
      }
    }
  }

  /// Who works a list off stays in it, and is told when it is done; in another browser nothing is filtered.
  @Test func whatComesNextIsOfTheSameList() async throws {
    let cases = (1...3).map { "01a20c93-e606-71e1-ac02-b6790b57db6\($0)" }
    try await DeskHouse.open(
      prepare: { rig in
        for (number, id) in cases.enumerated() {
          try rig.say(DeskFixture.request(risk: number == 1 ? "low" : "medium"), caseID: id)
          rig.clock.move(120)
        }
      }
    ) { house in
      try await Browser.with { client in
        let (ada, token) = house.signedIn(DeskFixture.ada, client), (other, _) = house.signedIn(DeskFixture.ada, client)
        _ = try await ada.call(.GET, "/?state=open&risk=medium")
        #expect(ada.cookies["countersign-list"] == "risk=medium")
        func decide(_ id: String, _ risk: String) async throws -> String {
          let view = ReviewTask.view(of: DeskFixture.json(DeskFixture.request(risk: risk)))
          return try await ada.call(.POST, "/tasks/\(id)/decision", body: "token=\(token)&version=1&view=\(view)&key=k&verb=approve").location
        }
        #expect(try await ada.call(.GET, "/tasks/\(cases[0])").text.contains("rel=\"next\" href=\"/tasks/\(cases[2])\""))
        #expect(try await other.call(.GET, "/tasks/\(cases[0])").text.contains("rel=\"next\" href=\"/tasks/\(cases[1])\""))
        #expect(try await decide(cases[0], "medium").hasPrefix("/tasks/\(cases[2])?done="))
        let end = try await decide(cases[2], "medium")
        #expect(end.hasPrefix("/?state=free&risk=medium&done=\(cases[2])"))
        #expect(try await ada.call(.GET, end).text.contains("the filter hides 1"))
        _ = try await ada.call(.GET, "/")
        #expect(ada.cookies["countersign-list"] == nil, "all tasks again")
      }
    }
  }
}

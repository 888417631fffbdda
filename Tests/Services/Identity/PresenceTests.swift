import Identity
import Testing
import Wire

/// What an absence means, for the desk and for policy alike.
@Suite struct PresenceTests {
  static let start = Instant(microseconds: 1_795_500_000_000_000)

  static func person(_ id: String, _ groups: [String], claim: String? = nil, standsIn: [String] = []) -> Person {
    Person(id: id, name: id, groups: groups, isDutyOfficer: false, claim: claim ?? id, standsIn: standsIn)
  }

  static let people = People([
    person("ann", ["managers", "sales-agents"]), person("ann-2", ["leads"], claim: "ann"), person("bob", ["sales-agents"], standsIn: ["managers", "leads"]),
    person("cal", ["sales-agents"]), person("dee", ["sales-leads"]),
  ])

  static func away(_ person: String, to delegate: String? = nil, from: Double = 0, until: Double = 100, by: String? = nil) -> Absence {
    Absence(
      id: "\(person)-\(from)", person: person, from: start.adding(seconds: from), until: start.adding(seconds: until), delegate: delegate,
      by: by ?? person)
  }

  private func presence(_ absences: [Absence], at seconds: Double = 50) -> Presence {
    Presence(Self.people, absences, at: Self.start.adding(seconds: seconds))
  }

  @Test func itBeginsAndEndsOnTime() {
    let absences = [Self.away("ann", to: "bob", from: 10, until: 20)]
    #expect([9, 10, 19.999, 20].map { presence(absences, at: $0).absence(of: "ann") != nil } == [false, true, true, false])
    #expect([9, 10, 19.999, 20].map { presence(absences, at: $0).borrowed(by: "bob") } == [[], ["managers"], ["managers"], []])
  }

  @Test func aMomentThatIsKnownToTheSecondCountsAsAWhole() {
    let absences = [Self.away("ann", to: "bob", from: 10, until: 20)]
    let found = [8.9, 9.2, 19.9, 20].map { Presence(Self.people, absences, at: Self.start.adding(seconds: $0), orWithin: 1).absence(of: "ann") != nil }
    #expect(found == [false, true, true, false])
  }

  /// Not `leads`: nobody who is in it has named him.
  @Test func aDelegateGetsOnlyWhatTheDirectoryAllowsOfWhatTheOtherHas() {
    let now = presence([Self.away("ann", to: "bob")])
    #expect(now.now(Self.people.all[2]).groups == ["sales-agents", "managers"])
    #expect(presence([Self.away("ann", to: "cal")]).borrowed(by: "cal").isEmpty)
  }

  @Test func aHumanBeingIsAwayUnderEachAccount() {
    let now = presence([Self.away("ann", to: "bob")])
    #expect(now.absence(of: "ann-2") != nil && now.delegate(of: "ann-2")?.id == "bob")
    #expect(now.humans("bob") == ["bob", "ann"] && now.humans("cal") == ["cal"])
  }

  @Test func aDelegateWhoIsAwayStandsInForNobodyAndHandsNothingOn() {
    let now = presence([Self.away("ann", to: "bob"), Self.away("bob", to: "cal")])
    #expect(now.delegate(of: "ann") == nil && now.standsFor("bob").isEmpty)
    #expect(now.humans("cal") == ["cal", "bob"] && now.borrowed(by: "cal").isEmpty)
  }

  @Test func aRingOfDelegatesHasNobodyInIt() {
    let now = presence([Self.away("ann", to: "bob"), Self.away("bob", to: "ann")])
    #expect(now.standsFor("ann").isEmpty && now.standsFor("bob").isEmpty && now.humans("ann") == ["ann"])
  }

  @Test func oneMayStandInForSeveral() {
    let now = presence([Self.away("ann", to: "bob"), Self.away("cal", to: "bob")])
    #expect(now.humans("bob") == ["ann", "bob", "cal"])
  }

  @Test func ofAGroupThoseCountWhoAreThereAndStandForNobodyWhoAsked() {
    let absences = [Self.away("ann", to: "bob")]
    #expect(presence(absences).members(of: "managers", except: nil).map(\.id) == ["bob"])
    #expect(presence(absences).members(of: "sales-agents", except: nil).map(\.id) == ["bob", "cal"])
    #expect(presence(absences).members(of: "sales-agents", except: "ann").map(\.id) == ["cal"])
    #expect(presence([]).members(of: "managers", except: nil).map(\.id) == ["ann"])
  }

  @Test(arguments: [
    (away("ann", to: "bob"), nil), (away("ann", by: "bob"), "away.forbidden"), (away("ann", by: "dee"), nil),
    (away("ann-2", by: "ann"), nil), (away("dee", by: "ann"), "away.forbidden"), (away("eve"), "person.unknown"),
    (away("ann", to: "eve"), "person.cannot"), (away("ann", to: "ann-2"), "person.cannot"), (away("ann", until: 401 * 86_400), "away.long"),
    (away("ann", to: "dee", by: "dee"), "away.own_delegate"),
  ] as [(Absence, String?)])
  func whoMaySayItOfWhom(absence: Absence, fault: String?) {
    #expect(Self.people.fault(in: absence) == fault)
  }

  @Test func theFileSaysWhoMayStandIn() throws {
    let yaml = "people:\n  - {id: a, name: A, groups: [x], stands_in: [y, z]}"
    #expect(try People(yaml: yaml, tokens: "").person(id: "a")?.standsIn == ["y", "z"])
    #expect(throws: PeopleError.self) { try People(yaml: "people:\n  - {id: a, name: A, groups: [x], stands_in: y}", tokens: "") }
  }
}

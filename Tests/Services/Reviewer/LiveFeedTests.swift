import NIOHTTP1
import Testing

@testable import countersign_reviewer

/// Pages that are open are told that something has changed.
@Suite struct LiveFeedTests {
  /// A page that is the first to listen has read what it shows before the feed looks for the first time.
  @Test(.timeLimit(.minutes(1))) func whatCameBeforeTheFirstLookIsTold() async throws {
    let rig = try DeskRig()
    let feed = LiveFeed(), store = rig.store
    let changes = feed.changes()
    try rig.say(DeskFixture.request())
    let watching = Task { await feed.watch(store) }
    var heard = changes.makeAsyncIterator()
    #expect(await heard.next() != nil)
    watching.cancel()
    #expect(await heard.next() == nil, "it ends with the service")
  }
}

/// Who may hear what of a task that is open before them.
@Suite struct LiveRoutesTests {
  @Test func ofATaskThatOneMayNotSeeNothingIsTold() async throws {
    try await DeskHouse.open(prepare: { try $0.say(DeskFixture.request()) }) { house in
      try await Browser.with { client in
        let (stranger, _) = house.signedIn(DeskFixture.stranger, client), (ada, _) = house.signedIn(DeskFixture.ada, client)
        let known = try await stranger.call(.GET, "/live?task=\(DeskFixture.caseID)"), unknown = try await stranger.call(.GET, "/live?task=x")
        #expect(known.status == 403 && unknown.status == 404)
        #expect(try await ada.call(.GET, "/live?task=\(DeskFixture.caseID)", reads: false).status == 200)
      }
    }
  }

  @Test(.timeLimit(.minutes(1))) func whoeverHasATaskBeforeThemHearsOfOthers() async {
    let feed = LiveFeed()
    let ada = feed.changes(of: "c", by: "P-ada"), other = feed.changes(of: "d", by: "P-lead")
    #expect(feed.viewers(of: "c", besides: "P-ada").isEmpty)
    var ben: AsyncStream<Void>? = feed.changes(of: "c", by: "P-ben")
    var heard = ada.makeAsyncIterator()
    #expect(await heard.next() != nil && feed.viewers(of: "c", besides: "P-ada") == ["P-ben"])
    #expect(feed.viewers(of: "d", besides: "P-lead").isEmpty)
    _ = ben
    ben = nil
    #expect(await heard.next() != nil && feed.viewers(of: "c", besides: "P-ada").isEmpty)
    withExtendedLifetime(other) {}
    feed.end()
  }

  @Test(.timeLimit(.minutes(1))) func whatWasToldHasANumberThatGrows() async throws {
    let rig = try DeskRig()
    let feed = LiveFeed(), store = rig.store
    #expect(feed.mark == nil)
    let changes = feed.changes()
    try rig.say(DeskFixture.request())
    let watching = Task { await feed.watch(store) }
    var heard = changes.makeAsyncIterator()
    #expect(await heard.next() != nil)
    let first = try #require(feed.mark)
    _ = try rig.command(DeskFixture.ada, .claim)
    #expect(await heard.next() != nil)
    let second = try #require(feed.mark)
    #expect(second > first)
    watching.cancel()
  }
}

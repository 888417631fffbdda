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

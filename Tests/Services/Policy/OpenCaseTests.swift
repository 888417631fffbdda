import JSON
import Testing
import Wire

@testable import countersign_policy

/// What is stored of a case is all that is known of it.
@Suite struct OpenCaseTests {
  @Test func whatAnItemIsLikeIsKnownUntilPeopleAreAsked() throws {
    let at = Instant(microseconds: 1_800_000_000_000_000)
    for near in ["ab12", nil] {
      let request = ModelRequested(
        workflow: "w", bundle: "b", round: 1, data: [:], payloadHash: "00", proposal: nil, ingested: at, requester: nil, personal: [:],
        deadline: at.adding(seconds: 60), nearHash: near)
      var writer = JSONWriter()
      request.write(&writer)
      let read = try ModelRequested(Fields(JSON.parse(writer.finish())))
      var stored = JSONWriter()
      OpenCase(read, asked: at).write(&stored)
      #expect(try OpenCase(JSON.parse(stored.finish())).nearHash == near)
    }
  }

  @Test func aSecondRoundRemembersTheFirst() throws {
    let at = Instant(microseconds: 1_800_000_000_000_000)
    let request = ModelRequested(
      workflow: "w", bundle: "b", round: 1, data: [:], payloadHash: "00", proposal: nil, ingested: at, requester: nil, personal: [:],
      deadline: at.adding(seconds: 60), screened: nil, origin: nil)
    var state = OpenCase(request, asked: at)
    state.round = 2
    state.route = "auto"
    state.draw = "observe 0.080"
    state.preconditionChanges = 1
    var writer = JSONWriter()
    state.write(&writer)
    let read = try OpenCase(JSON.parse(writer.finish()))
    #expect(read.preconditionChanges == 1 && read.draw == "observe 0.080" && read.route == "auto")
  }
}

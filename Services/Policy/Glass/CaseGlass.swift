import JSON
import Wire

/// The grant under which one person may decide a case alone.
struct CaseGlass: Equatable {
  let id: String
  /// As the reviewer and the person signed it. What is said beside it is for finding it; what counts is read from it again.
  let token: String
  /// When its time is over, on the clock of the story.
  let until: Instant
  /// Earlier grants for the case: each counts once.
  var before: [String] = []
  /// Nothing can be decided under it any more; a permit that went out under it may be issued again.
  var isOver = false

  init?(_ judged: GlassJudged, after earlier: CaseGlass?) {
    guard let token = judged.token, let until = judged.until else { return nil }
    (self.id, self.token, self.until) = (judged.grant, token, until)
    before = earlier.map { $0.before + [$0.id] } ?? []
  }

  func has(_ grant: String) -> Bool { id == grant || before.contains(grant) }

  var json: JSON {
    [
      "id": .string(id), "token": .string(token), "until": .integer(until.microseconds), "over": .bool(isOver),
      "before": .array(before.map { .string($0) }),
    ]
  }

  init(_ fields: Fields) throws(WireError) {
    id = try fields.text("id")
    token = try fields.text("token")
    until = try fields.instant("until")
    isOver = try fields.flag("over")
    before = try fields.texts("before")
  }
}

extension OpenCase {
  /// After what policy said of a grant.
  func after(_ judged: GlassJudged) -> OpenCase {
    var next = self
    switch judged.result {
    case .granted: next.glass = CaseGlass(judged, after: glass) ?? glass
    case .refused: break
    case .ended: if glass?.id == judged.grant { next.glass?.isOver = true }
    }
    return next
  }

  /// The grant that something can still be decided under.
  var openGlass: CaseGlass? { glass.flatMap { $0.isOver ? nil : $0 } }
}

import Lanes
import Permits
import Wire

/// What people say of held samples, told to every lane.
extension PolicyStep {
  /// A person's last word on a sample, once for each case. - Parameter conforms: the proposal stood as it was.
  func sample(_ state: OpenCase, conforms: Bool, code: String, _ lanes: Int32) -> [PolicyOutput] {
    guard state.sampleConforms == nil else { return [] }
    return tell(state, conforms: conforms, code: code, undone: false, lanes)
  }

  /// The decision was taken back.
  func unsample(_ state: OpenCase, _ lanes: Int32) -> [PolicyOutput] {
    guard let conforms = state.sampleConforms else { return [] }
    return tell(state, conforms: conforms, code: "undone", undone: true, lanes)
  }

  private func tell(_ state: OpenCase, conforms: Bool, code: String, undone: Bool, _ lanes: Int32) -> [PolicyOutput] {
    guard let stratum = state.stratum else { return [] }
    let judged = SampleJudged(
      workflow: state.workflow, stratum: stratum, caseID: key, conforms: conforms, code: code, undone: undone, at: now)
    return DrawPlace.all(among: lanes).map { .emit(.sample($0.key, judged)) }
  }

  /// A person signs that a stratum may go on.
  func resume(_ resumed: LotsResumed, _ lanes: Int32) -> [PolicyOutput] {
    DrawPlace.all(among: lanes).map { .emit(.resumed($0.key, resumed)) } + [.answer(true)]
  }
}

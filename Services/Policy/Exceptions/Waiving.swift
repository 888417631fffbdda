import Bundles
import Domain
import JSON
import Lanes
import Wire
import Workflows

/// An exception that a case file or a permit rests on.
struct Waiver: Equatable {
  let exception: String
  let until: Instant

  /// Those by which the matches of a case file ask for nothing, each once.
  static func all(in matches: JSON) -> [Waiver] {
    (matches.array ?? []).reduce(into: []) { all, match in
      if let waiver = match["waived"].flatMap(Waiver.init), !all.contains(waiver) { all.append(waiver) }
    }
  }

  static func all(of list: JSON?) -> [Waiver] { (list?.array ?? []).compactMap(Waiver.init) }

  init?(_ json: JSON) {
    guard let exception = json["exception"]?.string, let until = json["until"]?.string.flatMap({ Instant(rfc3339: $0) }) else {
      return nil
    }
    (self.exception, self.until) = (exception, until)
  }

  var json: JSON { ["exception": .string(exception), "until": .string(until.description)] }
}

extension PolicyStep {
  /// By which exceptions are in force. Like decisions, they do not become young again with a clock that is moved back.
  var exceptionTime: Instant { decider.clockScale == 1 ? max(now, latest) : now }

  func exceptions(of workflow: String) -> [Exception] {
    decider.exceptions.of(workflow, in: switches.exceptions, decider.shelf.policies)
  }

  /// A record of each exception that relieved something in this judgement; the case's lane counts them.
  func uses(_ verdict: Verdict, _ state: OpenCase, in place: DrawPlace) -> [PolicyOutput] {
    verdict.exceptions.map { used in
      let waived = verdict.matches.filter { $0.waived == used }.map(\.code.rawValue)
      return .emit(
        .exceptionUsed(
          place.exceptions,
          ExceptionUsed(
            exception: used.exception, workflow: state.workflow, caseID: key, at: exceptionTime,
            until: Instant(rfc3339: used.until) ?? now, waived: Array(Set(waived)).sorted(), route: verdict.route.rawValue)))
    }
  }

  /// Whether they still are about this case: a later list may say something else under the same name.
  ///
  /// Only for a case that people have: of one that went alone policy keeps no proposal.
  func waiversCover(_ state: OpenCase) -> Bool {
    guard !state.waivers.isEmpty, let bundle = policy(state.workflow)?.bundle else { return true }
    let used = bundle.evaluate(facts(state, nil, bundle, waiving: true)).exceptions
    return state.waivers.allSatisfy { waiver in used.contains { $0.exception == waiver.exception } }
  }

  /// Whether what the case rests on is still in force: the very exceptions, in the list that counts now.
  func waiversHold(_ state: OpenCase) -> Bool {
    let known = exceptions(of: state.workflow)
    return state.waivers.allSatisfy { waiver in
      known.contains { $0.id == waiver.exception && $0.isInForce(at: exceptionTime.microseconds) }
    }
  }

  /// People are asked anew, without the exception that has ended.
  func askWithoutException(_ state: OpenCase) -> PolicyOutput {
    askAnew(state, field: "exception", "an exception that the case rested on is not in force any more, or not for this case")
  }
}

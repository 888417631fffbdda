import Domain
import Identity
import JSON
import Permits

/// What a person does with a task that wants a reason.
enum DeskVerb: String, Sendable, CaseIterable {
  case approve, edit, reject, escalate
  case hold, skip, reveal

  init(_ verb: Approval.Verb) {
    self =
      switch verb {
      case .approve: .approve
      case .edit: .edit
      case .reject: .reject
      case .escalate: .escalate
      }
  }
}

/// Why a person did what they did: a closed list, so that delays and errors can be counted by cause (ruling 38).
struct DecisionReason: Sendable {
  let code: String
  let title: String
  let `class`: ReasonCode.Class
  let verbs: [DeskVerb]

  private init(_ code: String, _ title: String, _ class: ReasonCode.Class, _ verbs: DeskVerb...) {
    self.code = code
    self.title = title
    self.class = `class`
    self.verbs = verbs
  }

  static let all: [DecisionReason] = [
    DecisionReason("corrected", "Corrected an error", .model, .edit),
    DecisionReason("completed", "Added what was missing", .evidence, .edit),
    DecisionReason("reworded", "Changed the wording", .model, .edit),
    DecisionReason("narrowed", "Made it smaller or shorter", .unclearPolicy, .edit),
    DecisionReason("decided", "Filled in the decision", .ambiguity, .edit),
    DecisionReason("wrong_answer", "The proposal is wrong", .model, .reject),
    DecisionReason("wrong_record", "It is about another record", .evidence, .reject),
    DecisionReason("insufficient_input", "Too little to go by", .evidence, .reject, .escalate),
    DecisionReason("insufficient_reason", "The request gives no good reason", .evidence, .reject),
    DecisionReason("not_allowed", "Not allowed by policy", .unclearPolicy, .reject),
    DecisionReason("prohibited_content", "Prohibited content", .unclearPolicy, .reject),
    DecisionReason("suspicious_content", "Suspicious: perhaps an attack", .evidence, .reject, .escalate),
    DecisionReason("already_held", "It is so already", .evidence, .reject),
    DecisionReason("not_a_request", "Nothing is asked for", .ambiguity, .reject),
    DecisionReason("supplier_under_review", "The supplier is under review", .unclearPolicy, .reject),
    DecisionReason("legal_matter", "For the legal department", .unclearPolicy, .reject, .escalate),
    DecisionReason("medical_matter", "For a physician", .unclearPolicy, .reject, .escalate),
    DecisionReason("expert_needed", "An expert should decide", .ambiguity, .escalate),
    DecisionReason("rules_conflict", "Rules conflict", .ambiguity, .escalate),
    DecisionReason("conflict_of_interest", "I am involved", .staffing, .escalate, .skip),
    DecisionReason("no_time", "I cannot finish in time", .staffing, .escalate, .skip),
    DecisionReason("not_my_field", "Not my field", .staffing, .skip),
    DecisionReason("too_unclear", "I cannot make sense of it", .ambiguity, .skip),
    DecisionReason("waiting_for_answer", "Waiting for somebody's answer", .evidence, .hold),
    DecisionReason("looking_something_up", "Looking something up", .evidence, .hold),
    DecisionReason("interrupted", "Something more urgent came up", .staffing, .hold),
    DecisionReason("to_decide", "To decide this case", .evidence, .reveal),
    DecisionReason("to_compare", "To compare it with a record", .evidence, .reveal),
    DecisionReason("to_reach", "To reach the person", .evidence, .reveal),
    DecisionReason("confirmed_block", "It must not run", .unclearPolicy, .approve),
    DecisionReason("other", "Another reason (say it in words)", .ambiguity, .edit, .reject, .escalate, .hold, .skip, .reveal),
  ]

  static func codes(for verb: DeskVerb) -> [DecisionReason] { all.filter { $0.verbs.contains(verb) } }

  static func named(_ code: String, for verb: DeskVerb) -> DecisionReason? {
    all.first { $0.code.utf8.elementsEqual(code.utf8) && $0.verbs.contains(verb) }
  }
}

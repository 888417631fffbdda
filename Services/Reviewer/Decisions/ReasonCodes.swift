import Domain
import Identity
import JSON
import Permits

/// Why a person decided as they did: a closed list, so that delays and errors can be counted by cause (ruling 38).
struct DecisionReason: Sendable {
  let code: String
  let title: String
  let `class`: ReasonCode.Class
  let verbs: [Approval.Verb]

  private init(_ code: String, _ title: String, _ class: ReasonCode.Class, _ verbs: Approval.Verb...) {
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
    DecisionReason("conflict_of_interest", "I am involved", .staffing, .escalate),
    DecisionReason("no_time", "I cannot finish in time", .staffing, .escalate),
    DecisionReason("confirmed_block", "It must not run", .unclearPolicy, .approve),
    DecisionReason("other", "Another reason (say it in words)", .ambiguity, .edit, .reject, .escalate),
  ]

  static func codes(for verb: Approval.Verb) -> [DecisionReason] { all.filter { $0.verbs.contains(verb) } }

  static func named(_ code: String, for verb: Approval.Verb) -> DecisionReason? {
    all.first { $0.code.utf8.elementsEqual(code.utf8) && $0.verbs.contains(verb) }
  }
}

/// What each KPI means, in the words that the answer of `GET /v1/kpis` and `countersign kpi` show. The rules behind them are
/// `Contribution` and `KPIReport`, and once more `deploy/kpis/recompute.py`.
enum Definitions {
  /// The names, in the order in which they are shown.
  static let all: [(name: String, text: String)] = [
    ("latency_p50", "Time from ingestion to the case's end, people included, that half of the cases keep; seconds. Cases that are open count as at least as old as they are (Kaplan and Meier). Off by 1 % at most."),
    ("latency_p95", "The same for 95 of 100 cases. `high` is a bound that holds with 95 % whatever the distribution; it needs 59 cases."),
    ("human_verification_rate", "Cases with a human decision that was complete before anything was done, by somebody who had been shown the case, of all cases with an effect or a final decision. Withdrawn, expired and failed ones are left out. Decisions on a rendering that nobody opened are counted apart (unseen)."),
    ("post_action_audit_rate", "Cases that people looked at only after they had been done, of all cases with an effect or a final decision. They do not count as verified."),
    ("override_rate", "Cases where a person edited, rejected or escalated before anything was done, or that rested on an exception, of all cases with an effect or a final decision."),
    ("error_catch_rate", "Of all errors, those that were stopped before an effect (rejected, blocked, decided otherwise or edited). Only what adjudication found wrong is an error. Each case stands for as many as the draw and the choice for adjudication left out; of a held sample the rest that it stands for has passed unseen."),
    ("error_catch_rate_review", "Of the errors that a person saw before the effect, those that were stopped."),
    ("error_coverage", "Of all errors, those that a person saw before the effect. The error catch rate is this times the one in review."),
    ("false_alarm_rate", "Of the right proposals that a person saw before the effect, those that were rejected, blocked, decided otherwise or edited. Only what adjudication found right is right."),
    ("post_action_defect_rate", "Of the effects as proposed, those that adjudication found wrong, each standing for as many as it was drawn from."),
    ("agreement", "Of the proposals that two people judged blindly in adjudication, those of which both said the same. Of pairs as they were judged, not weighted: rejections are judged more often than approvals, so errors are commoner among them than among all cases."),
    ("agreement_kappa", "Agreement beyond chance, from -1 to 1, where who is asked first is chance (Scott's pi: Cohen's kappa of people with equal shares). Low where errors are rare, however well people agree: read it beside the others."),
    ("agreement_ac1", "The same with a chance that rare errors do not mislead (Gwet's AC1)."),
    ("agreement_positive", "Of the errors that one of the two found, weighted by both, how much the other found too."),
    ("agreement_negative", "The same of what one of the two found right."),
    ("reported_defect_rate", "Of all effects so far, those of which a reversal, complaint, dispute or finding was reported so far. It moves with the first report; most defects of new effects are not known yet."),
    ("reported_defect_rate_7", "Of the effects of at least 7 days ago, those of which a reversal, complaint, dispute or finding was reported. No report does not mean that all was well: a lower bound."),
    ("reported_defect_rate_30", "The same of at least 30 days ago."),
    ("reported_defect_rate_90", "The same of at least 90 days ago."),
    ("escalation_p50", "Time from the first page about a case to its end that half of the paged cases keep; seconds. Open ones count as at least so long."),
    ("escalation_p95", "The same for 95 of 100 cases."),
    ("audit_completeness_fields", "Fields that the records of ended cases tell, of those that the table of required fields asks of them. Told is a value, or that there is none with a reason. A field that is empty and one that is said to be none without a reason are counted apart."),
    ("audit_completeness_records", "Records of ended cases whose required fields are all told, of those that the table asks anything of."),
    ("audit_completeness_chain", "Transitions on record, of those that the manifest says that an ended case owes by its route and outcome; and of each decision its three records (signed, told as the task's event, judged by policy)."),
  ]

  static let notEnough = "not enough data"
  /// Under so many, or with an interval wider than this, a share is not shown as one (S1).
  static let fewest = 30
  static let widest = 0.2
  /// Under so many labels, or so few errors, none of the rates that rest on truth.
  static let fewestLabels = 150
  static let fewestErrors = 30
  /// Under so many pairs no agreement.
  static let fewestPairs = 50
}

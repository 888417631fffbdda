import Bundles
import Domain
import Foundation
import Workflows

/// What a workflow promises, as the section `slo` of its folder's policy says.
struct Promise: Sendable {
  let workflow: String
  let template: Template
  /// The accountable person.
  let owner: String
  /// The hash of the policy that says so; cases judged under another one name theirs.
  let bundle: String
  let objectives: Objectives
  let thresholds: [(name: String, value: Double)]
  /// What the weeks of a rollout ask of its folder.
  let declared: Rollout.Declared

  init(workflow: String, template: Template, owner: String, bundle: String, objectives: Objectives, thresholds: [(name: String, value: Double)] = [],
    declared: Rollout.Declared = .init()
  ) {
    (self.workflow, self.template, self.owner, self.bundle) = (workflow, template, owner, bundle)
    (self.objectives, self.thresholds, self.declared) = (objectives, thresholds, declared)
  }

  init(_ bundle: Bundles.Bundle) {
    self.init(
      workflow: bundle.workflow, template: bundle.template, owner: bundle.owner, bundle: bundle.hash, objectives: bundle.objectives,
      thresholds: bundle.thresholds, declared: Rollout.Declared(bundle))
  }

  /// All of them, by name. - Throws: every mistake of every policy at once.
  static func load(_ folders: [URL]) throws -> [Promise] {
    try WorkflowFolder.loadAll(folders.map { try WorkflowFolder($0) }).map { Promise($0.policy.bundle) }.sorted { precedes($0.workflow, $1.workflow) }
  }

  /// µs from ingestion to the end.
  var target: Int64 { Int64(objectives.latencySeconds) * 1_000_000 }

  /// The share that each budget promises.
  func promised(_ budget: Budget) -> Double {
    switch budget {
    case .people, .policy, .platform: objectives.latencyShare
    case .audit: objectives.auditCompleteness
    }
  }
}

/// What can be spent. A case that is late is late by one of the first three; each has the whole latency budget to itself, so that an
/// outage takes nothing from what people have.
enum Budget: String, CaseIterable, Sendable {
  case people, policy, platform
  /// Fields of the record that are missing.
  case audit

  var isLatency: Bool { self != .audit }
}

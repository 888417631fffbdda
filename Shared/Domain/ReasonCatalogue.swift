extension ReasonCode {
  /// A short name for a chip on the desk.
  public var title: String { entry.title }
  public var `class`: Class { entry.class }
  /// The gate that a finding with this code belongs to.
  public var gate: Gate { entry.gate }

  private var entry: (title: String, class: Class, gate: Gate) {
    switch self {
    case .confidenceSufficient: ("confidence sufficient", .model, .confidence)
    case .confidenceLow: ("confidence low", .model, .confidence)
    case .confidenceInvalid: ("confidence invalid", .model, .confidence)
    case .calibrationMissing: ("no calibration", .model, .confidence)
    case .partFloor: ("part under its floor", .model, .confidence)
    case .contextMissingSource: ("source missing", .evidence, .context)
    case .contextConflict: ("sources conflict", .evidence, .context)
    case .contextStale: ("source stale", .evidence, .context)
    case .contextProbeFailed: ("source did not answer", .evidence, .context)
    case .contextMalformed: ("input malformed", .evidence, .context)
    case .contextEdgeCase: ("policy edge case", .unclearPolicy, .context)
    case .contextUnsupported: ("answer unsupported", .evidence, .context)
    case .contextAmbiguous: ("ambiguous", .ambiguity, .context)
    case .toneMismatch: ("tone mismatch", .ambiguity, .context)
    case .personalData: ("personal data", .unclearPolicy, .impact)
    case .secretFound: ("secret found", .unclearPolicy, .impact)
    case .policyProhibited: ("prohibited content", .unclearPolicy, .context)
    case .policyRisk: ("policy risk", .unclearPolicy, .context)
    case .policyError: ("rule failed", .unclearPolicy, .context)
    case .policyConflict: ("rules conflict", .ambiguity, .context)
    case .privilegeChange: ("privilege change", .unclearPolicy, .impact)
    case .exceptionAsked: ("exception asked", .unclearPolicy, .context)
    case .amountDiscrepancy: ("amount differs", .evidence, .impact)
    case .requesterUnverified: ("requester not verified", .evidence, .context)
    case .impactElevated: ("impact elevated", .unclearPolicy, .impact)
    case .impactHigh: ("impact high", .unclearPolicy, .impact)
    case .impactUnknown: ("impact unknown", .evidence, .impact)
    case .impactStated: ("risk stated by producer", .unclearPolicy, .impact)
    case .impactMandatoryHuman: ("always a person", .unclearPolicy, .impact)
    case .templateApproval: ("approval required", .unclearPolicy, .impact)
    case .templateMandatorySME: ("expert required", .unclearPolicy, .impact)
    case .sampleDrawn: ("drawn for checking", .staffing, .confidence)
    case .modelFailed: ("model failed", .model, .confidence)
    case .modelUnavailable: ("model unavailable", .model, .confidence)
    case .recentRejection: ("rejected before", .ambiguity, .context)
    case .stopped: ("stopped", .staffing, .impact)
    case .gateMissing: ("gate missing", .unclearPolicy, .context)
    case .evaluationCrash: ("handling failed", .model, .context)
    }
  }
}

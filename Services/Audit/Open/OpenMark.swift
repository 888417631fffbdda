import Statistics
import Wire

/// One thing that an open case adds to a sum: a moment since which something of it goes on, a length that stands still, or that it is one.
/// A pure function of its row, so that what a case added can be taken away again, and all sums can be made anew from the rows.
struct OpenMark: Hashable, Sendable {
  enum Kind: String, CaseIterable, Sendable {
    // Since a moment; by workflow.
    /// The case; without the platform's part; without policy's, too (`Lateness`).
    case total
    case withoutPlatform = "without_platform"
    case peoples
    /// It waits for people.
    case asked
    // Since a moment; by group of figures (`KPIGroup`).
    case age, page
    // Of a length, in buckets of `Sketch`; by workflow.
    case fixedWithoutPlatform = "fixed_without_platform"
    case fixedPeoples = "fixed_peoples"
    /// Paged, and nobody has taken it; by workflow.
    case untaken

    var isMoment: Bool {
      switch self {
      case .total, .withoutPlatform, .peoples, .asked, .age, .page: true
      case .fixedWithoutPlatform, .fixedPeoples, .untaken: false
      }
    }
  }
  let kind: Kind
  /// A workflow, or a group's key.
  let cell: String
  /// The second since 1970 in which it began; a bucket; 0.
  let at: Int64

  /// None of a case that has ended, or whose admission is not on record.
  static func all(_ row: CaseRow) -> [OpenMark] {
    let m = row.measures
    guard row.ended == nil, let start = m[.ingested], let course = OpenCourse(m) else { return [] }
    let workflow = row.facts[.workflow] ?? "none"
    var marks = [OpenMark(kind: .total, cell: workflow, at: second(start))]
    marks += mark(course.withoutPlatform, since: .withoutPlatform, fixed: .fixedWithoutPlatform, workflow)
    marks += mark(course.peoples, since: .peoples, fixed: .fixedPeoples, workflow)
    let isPaged = m[.raised].map { (m[.resolved] ?? .min) < $0 } ?? false
    if let asked = m[.asked], m[.permittedAlone] == nil, m[.permitted] == nil {
      marks.append(OpenMark(kind: .asked, cell: workflow, at: second(asked)))
      if isPaged, m[.claimed] == nil { marks.append(OpenMark(kind: .untaken, cell: workflow, at: 0)) }
    }
    for key in KPIGroup(row, isLabelled: false).keys(m.codes.sorted(by: precedes)) {
      marks.append(OpenMark(kind: .age, cell: key, at: second(start)))
      if isPaged, let raised = m[.raised] { marks.append(OpenMark(kind: .page, cell: key, at: second(raised))) }
    }
    return marks
  }

  private static func mark(_ part: OpenCourse.Part, since: Kind, fixed: Kind, _ workflow: String) -> [OpenMark] {
    switch part {
    case .since(let moment): [OpenMark(kind: since, cell: workflow, at: second(moment))]
    // What takes no time is late for nobody.
    case .fixed(let length): Sketch.bucket(length) == 0 ? [] : [OpenMark(kind: fixed, cell: workflow, at: Int64(Sketch.bucket(length)))]
    }
  }

  private static func second(_ time: Int64) -> Int64 { max(0, time) / 1_000_000 }
}

/// How the parts of an open case's time go on for as long as nothing more of it comes on record.
struct OpenCourse: Equatable, Sendable {
  enum Part: Equatable, Sendable {
    /// It grows: it began at this moment, µs.
    case since(Int64)
    /// It stands still, at so many µs.
    case fixed(Int64)
  }
  let withoutPlatform: Part
  let peoples: Part

  /// Nil of a case whose admission is not on record.
  ///
  /// What grows only for a while (an undo window) counts as it stood at the last record: what comes after is the platform's until a permit
  /// says how much of it was the window.
  init?(_ m: CaseMeasures) {
    let moments: [CaseMeasures.Moment] = [.ingested, .asked, .permitted, .permittedAlone, .decidedLast, .questioned, .answered]
    guard let last = moments.compactMap({ m[$0] }).max(), let now = Lateness(m, until: last) else { return nil }
    // A rung's lateness is told before it has all gone by.
    let soon = last + max(0, m[.overdue] ?? 0)
    let later = soon + Contribution.dayLength
    guard let first = Lateness(m, until: soon), let second = Lateness(m, until: later) else { return nil }
    func part(_ length: KeyPath<Lateness, Int64>) -> Part {
      second[keyPath: length] - first[keyPath: length] == later - soon ? .since(soon - first[keyPath: length]) : .fixed(now[keyPath: length])
    }
    withoutPlatform = part(\.withoutPlatform)
    peoples = part(\.peoples)
  }
}

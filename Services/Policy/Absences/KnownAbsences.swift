import Wire

/// The absences that policy has noted.
typealias KnownAbsences = Known<Absence>

extension Known where Value == Absence {
  convenience init() { self.init("absences", at: Absence.key(of: "")) { try AwayBook($0).absences } }
}

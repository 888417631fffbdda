import ArgumentParser

/// The ledger: what it proves, and to whom.
struct AuditCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "audit", abstract: "Checks the ledger, proves single records, makes packets of cases; a witness; legal holds, retention and exports.",
    subcommands: [
      VerifyLedgerCommand.self, ProveCommand.self, PacketCommand.self, LedgerKeyCommand.self, WitnessCommand.self, RebuildCommand.self, LedgerStatusCommand.self,
      HoldCommand.self, RetentionCommand.self, ExportCommand.self,
    ])
}

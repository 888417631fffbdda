import ArgumentParser

/// The operator's command line.
@main struct Countersign: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "countersign",
    abstract: "Human-in-the-loop control plane for enterprise AI.",
    subcommands: [
      InitCommand.self, BrokerCommand.self, PublishCommand.self, CaseCommand.self, TailCommand.self, DoctorCommand.self, SchemaCommand.self,
      RuleCommand.self, BackupCommand.self, RestoreCommand.self, DigestCommand.self, LossCommand.self, TraceCommand.self,
      TopicsCommand.self, VerifySampleCommand.self, WorkflowCommand.self, PolicyCommand.self, StopCommand.self,
      StartCommand.self, KeyCommand.self, ExceptionCommand.self,
      GlassCommand.self, LotCommand.self, AuditCommand.self, KPICommand.self, AskCommand.self, ReportCommand.self, ReadyCommand.self,
      AlarmsCommand.self, RolloutCommand.self,
    ])
}

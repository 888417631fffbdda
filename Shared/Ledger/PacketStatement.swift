/// What the log's key signs of a packet, and nothing else: the audit service says it and whoever checks a packet asks for it.
public enum PacketStatement {
  /// Also the packet's member `format`. As a first line it is that of no other note.
  public static let format = "countersign.packet.v1"

  /// - Parameter hash: SHA-256 of the packet's canonical form without its signature.
  public static func body(caseID: String, size: UInt64, hash: some Sequence<UInt8>) -> String {
    "\(format)\n\(caseID)\n\(size)\n\(Base64.text(hash))\n"
  }
}

import Ledger
import Messaging
import Wire

/// The largest checkpoint of ours that still lies on the topic `checkpoints`; nil where there is none.
func publishedCheckpoint(_ bus: any Bus, seal: Seal, verifiers: [NoteVerifier]) throws -> Checkpoint? {
  var largest: Checkpoint?
  for partition in 0..<Int32(try bus.partitionCount(of: Topic.checkpoints.name)) {
    let source = TopicPartition(Topic.checkpoints.name, partition)
    let marks = try bus.watermarks(of: source)
    // They grow: the last few records suffice, and a foreign one among them changes nothing.
    try bus.read(source, max(marks.low, marks.high - 1_000)..<marks.high) { message in
      if seal.verifies(message.frame, topic: source.topic, partition: partition),
        let body = try? CheckpointPublished(Fields(of: message.frame)), let checkpoint = try? openNote(body.note, verifiers),
        checkpoint.size > largest?.size ?? 0
      {
        largest = checkpoint
      }
      return true
    }
  }
  return largest
}

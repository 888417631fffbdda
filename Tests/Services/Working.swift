import Foundation
import Synchronization

/// Does `body` while a thread of its own does `work`, which ends when it is told. When this returns the thread is left alone: nobody works any more.
func whileWorking(
  _ work: @escaping @Sendable (_ isOver: @escaping @Sendable () -> Bool) -> Void, _ body: () async throws -> Void
) async throws {
  let over = Over()
  let thread = Thread {
    work { over.value.load(ordering: .acquiring) }
    over.ended.signal()
  }
  thread.stackSize = 8 << 20
  thread.start()
  let result: Result<Void, any Error>
  do { result = .success(try await body()) } catch { result = .failure(error) }
  over.value.store(true, ordering: .releasing)
  await over.wait()
  try result.get()
}

private final class Over: Sendable {
  let value = Atomic(false)
  let ended = DispatchSemaphore(value: 0)

  func wait() async {
    await withCheckedContinuation { continuation in
      DispatchQueue.global().async {
        self.ended.wait()
        continuation.resume()
      }
    }
  }
}

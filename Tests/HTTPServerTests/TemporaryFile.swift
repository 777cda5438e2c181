import Foundation

/// An open file without a name, for one test.
final class TemporaryFile: Sendable {
    let descriptor: Int32
    let bytes: [UInt8]

    init(_ bytes: [UInt8]) throws {
        self.bytes = bytes
        let path = NSTemporaryDirectory() + "/coldframe-\(UUID().uuidString)"
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        descriptor = open(path, O_RDONLY | O_CLOEXEC)
        unlink(path)
    }

    deinit { close(descriptor) }
}

import Foundation
import Outbound

/// The folder that a process finds its model in: the archive of ModelDataUrl, unpacked by the system's tar, which writes
/// nothing outside the folder.
enum ModelFolder {
    static let archiveBytesMax = 512 << 20

    /// A new folder, empty when there is no archive; nil when it cannot be made.
    static func prepare(
        _ url: String, _ readObject: ContainerHost.ReadObject, _ print: (String) -> Void
    ) async -> String? {
        let root = ProcessInfo.processInfo.environment["TMPDIR"] ?? "/tmp"
        let folder = "\(root)/coldframe-model-\(ProcessInfo.processInfo.processIdentifier)-\(UInt64.random(in: 0 ... .max))"
        do {
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            print("[coldframe] The folder of the model could not be made: \(error)")
            return nil
        }
        guard url.hasPrefix("s3://") else { return folder }
        guard let archive = await readObject(url) else {
            print("[coldframe] There is no model archive at \(url): the folder of the model is empty.")
            return folder
        }
        let file = folder + ".tar.gz"
        defer { try? FileManager.default.removeItem(atPath: file) }
        do {
            try Data(archive).write(to: URL(fileURLWithPath: file))
            let event: [UInt8] = []
            _ = try await HookRunner().run(
                .command(["tar", "-xzof", file, "-C", folder]), event: event, timeoutSeconds: 120)
        } catch where Task.isCancelled {
            // Its process is not started any more.
        } catch {
            print("[coldframe] The model archive at \(url) could not be unpacked: \(error)")
        }
        return folder
    }
}

import APIGatewayService
import AWSModel
import BlobStore
import CloudWatchService
import CognitoService
import ECRService
import HTTPServer
import IdentityService
import LogsService
import SageMakerService
import ScalingService
import Store
import Timeline

/// `/_coldframe/state/…`: the whole state as one file, out and in.
extension ControlAPI {
    /// A snapshot (`SnapshotFormat`), streamed: its length is announced, so that a broken download is noticed.
    func exportState(_ call: ControlCall) async throws -> ControlAnswer {
        try await cloudWatch.flush()
        try await logs.flush()
        let export = try await timeline.betweenTurns { [store, allBlobs] in
            try SnapshotExport(store: store, blobs: allBlobs)
        }
        return .response(HTTPResponse(
            status: 200,
            headers: [
                "Content-Type": "application/x-tar", "Cache-Control": "no-store",
                "Content-Disposition": "attachment; filename=\"coldframe.snapshot\"",
            ],
            body: .stream(length: export.byteCount) { try export.next() }))
    }

    /// Replaces all state by a snapshot's. A file that is refused changes nothing.
    func importState(_ call: ControlCall) async throws -> ControlAnswer {
        let incoming = try SnapshotImport(beside: store, blobPrefixes: allBlobs.map(\.prefix))
        do {
            try await call.request.body.forEachChunk { try incoming.append($0) }
            try await offPool { [store] in try incoming.finish(matching: store) }
            // What is booked but not written would be lost if the snapshot turned out to be unusable.
            try await cloudWatch.flush()
            try await logs.flush()
            try await timeline.reload { [self] in try replaceState(by: incoming) }
        } catch let refusal as SnapshotRefusal {
            throw ControlRefusal(400, "The file is not a snapshot: \(refusal.reason). Nothing was changed.")
        } catch RequestBodyError.broken(let reason) {
            throw ControlRefusal(400, "The snapshot did not arrive whole (\(reason)). Nothing was changed.")
        }
        return .json(["status": "ok"])
    }

    /// Runs on the timeline, between turns. Blobs are added first and the superfluous ones removed last: at every
    /// moment all that the database refers to is there. Throws `SnapshotRefusal` with the old state in place.
    private func replaceState(by incoming: SnapshotImport) throws {
        try store.copy(to: incoming.backupPath)
        var adopted: [(store: BlobStore, added: [BlobLease], known: [BlobLease])] = []
        do {
            for own in allBlobs {
                let (added, known) = try own.store.adopt(incoming.blobs[own.prefix] ?? [])
                adopted.append((own.store, added, known))
            }
            try store.restore(from: incoming.databasePath)
            try reloadServices()
        } catch {
            try store.restore(from: incoming.backupPath)
            try reloadServices()
            for (blobs, added, known) in adopted {
                for lease in added + known { lease.end() }
                try blobs.release(added.map(\.digest))
            }
            if case .notASnapshot(let reason) = error as? StoreError { throw SnapshotRefusal(reason) }
            throw SnapshotRefusal("its \(SnapshotFormat.databaseName) does not make sense to this server (\(error))")
        }
        for (blobs, added, known) in adopted {
            let kept = Set((added + known).map(\.digest))
            _ = try blobs.sweep(graceSeconds: 0) { kept.contains($0) }
            for lease in added + known { lease.end() }
        }
    }

    private var allBlobs: [SnapshotBlobs] {
        [SnapshotBlobs(prefix: "blobs/", store: blobs), SnapshotBlobs(prefix: "ecr-blobs/", store: layers)]
    }

    /// Has every part read the store anew.
    func reloadServices() throws {
        cloudWatch.forget()
        try sageMaker.reload()
        try identity.reload()
        ecr.reload()
        cognito.forget()
        logs.forget()
        scaling.forget()
        apiGateway.forget()
    }
}

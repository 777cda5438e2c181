import RegistryRules
import SimTime
import Store
import Timeline

extension ECRService {
    /// Copies an image with everything it needs into another repository; the blobs themselves are shared.
    /// Used by replication and by pull-through from another registry in this emulator.
    func copy(
        _ source: ImageRecord, to target: RepositoryRecord, in turn: Turn
    ) throws -> ImageRecord {
        let transaction = turn.transaction
        if let present = try ImageTable.find(source.digest, in: target, transaction) { return present }
        guard let origin = try RepositoryTable.find(id: source.repository, transaction) else {
            throw ECRBreakdown.unreadableRow(table: "ecr_image")
        }
        for child in try ImageTable.references(of: source, areManifests: true, transaction) {
            // An index never lists itself: its digest is made of its children's.
            guard let digest = ImageDigest(child), let image = try ImageTable.find(digest, in: origin, transaction) else { continue }
            _ = try copy(image, to: target, in: turn)
        }
        for layer in try ImageTable.references(of: source, areManifests: false, transaction) {
            guard let size = try LayerTable.size(layer, in: origin, transaction) else { continue }
            try LayerTable.put(layer, size: size, at: turn.now, in: target, transaction)
        }
        let prepared = try PreparedManifest(ImageTable.manifest(of: source, transaction), mediaType: source.mediaType)
        let image = try insert(prepared, into: target, turn)
        try startScanOfPush(image, in: target, turn)
        try noteChange(of: target, in: turn)
        return image
    }
}

package import Store
package import Vocabulary

/// What a container image's reference means in the emulated registries.
package enum ImageAnswer: Equatable, Sendable {
    /// No emulated repository, and none that must be here: a registry elsewhere, or one of AWS's own.
    case notEmulated
    /// `REPOSITORY@sha256:…`: the image is here.
    case resolved(String)
    /// The image must be here and is not. The reason is AWS's text, e.g. `Requested image … not found.`
    case missing(reason: String)
}

/// Turns an image reference into a digest: the port of whoever creates models, endpoints or image versions.
/// The ECR emulation answers it, joined in the composition root (`ImageBridge`).
package protocol ImageResolver: Sendable {
    /// Reads through `reader`, so that it may be asked within a turn (pass the turn's transaction).
    /// - Parameter realm: the caller's, which `localhost:PORT/NAME` references are about.
    func resolve(_ image: String, in realm: Realm, _ reader: StoreReader) throws -> ImageAnswer
}

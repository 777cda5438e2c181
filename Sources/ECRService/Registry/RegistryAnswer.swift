import AWSModel
import AWSProtocols
import HTTPServer
import RegistryRules
import Vocabulary

/// Answers of the registry in its own forms.
enum RegistryAnswer {
    static let versionHeader = ("Docker-Distribution-Api-Version", "registry/2.0")

    static func make(_ status: Int, _ headers: HTTPHeaders = [:], body: ResponseBody = .empty) -> HTTPResponse {
        var all: HTTPHeaders = [versionHeader.0: versionHeader.1]
        headers.forEach { all.add($0, $1) }
        return HTTPResponse(status: status, headers: all, body: body)
    }

    /// One line, no spaces, a newline at the end, no `detail`.
    // AWS: recorded — spec/ecr.md §E10, 125 bytes for a digest mismatch.
    static func error(_ status: Int, _ code: String, _ message: String, _ headers: HTTPHeaders = [:]) -> HTTPResponse {
        let document: AWSValue = ["errors": [["code": .string(code), "message": .string(message)]]]
        var all = headers
        all.set("Content-Type", "application/json; charset=utf-8")
        return make(status, all, body: .bytes(JSON.write(document) + [0x0a]))
    }

    /// A control-plane fault on this face.
    // AWS: spec/ecr.md §E10, with the mark of each row there.
    static func fault(_ fault: AWSFault, _ headers: HTTPHeaders = [:]) -> HTTPResponse {
        let message = fault.message ?? ""
        switch fault.code {
        case "RepositoryNotFoundException": return error(404, "NAME_UNKNOWN", message, headers)
        case "ImageNotFoundException": return error(404, "MANIFEST_UNKNOWN", "Requested image not found", headers)
        case "InvalidParameterException": return error(405, "UNSUPPORTED", message, headers)
        case "ImageTagAlreadyExistsException", "ImageAlreadyExistsException": return error(400, "TAG_INVALID", message, headers)
        case "ImageDigestDoesNotMatchException": return error(400, "MANIFEST_INVALID", message, headers)
        case "LayersNotFoundException", "ReferencedImagesNotFoundException":
            return error(400, "MANIFEST_BLOB_UNKNOWN", message, headers)
        case "InvalidLayerException", "LayerPartTooSmallException", "EmptyUploadException":
            return error(400, "BLOB_UPLOAD_INVALID", message, headers)
        case "InvalidLayerPartException": return error(416, "BLOB_UPLOAD_INVALID", message, headers)
        case "UploadNotFoundException": return error(404, "BLOB_UPLOAD_UNKNOWN", message, headers)
        case "AccessDeniedException": return error(403, "DENIED", message, headers)
        case "LimitExceededException": return error(429, "TOOMANYREQUESTS", message, headers)
        default: return error(400, "UNSUPPORTED", message, headers)
        }
    }

    static func failure(_ failure: ImageFailure) -> HTTPResponse {
        switch failure {
        case .notFound, .tagMismatch: error(404, "MANIFEST_UNKNOWN", failure.reason)
        case .archived: error(403, "DENIED", failure.reason)
        default: error(405, "UNSUPPORTED", failure.reason)
        }
    }

    // AWS: recorded — spec/ecr.md §E10.
    static func notAuthorized(host: String) -> HTTPResponse {
        make(401, [
            "Www-Authenticate": "Basic realm=\"https://\(host)/\",service=\"ecr.amazonaws.com\"",
            "Content-Type": "text/plain; charset=utf-8",
        ], body: .bytes(Array("Not Authorized\n".utf8)))
    }

    static let pageNotFound = make(
        404, ["Content-Type": "text/plain; charset=utf-8"], body: .bytes(Array("404 page not found\n".utf8)))
    static let methodNotAllowed = error(405, "UNSUPPORTED", "The operation is unsupported.")
}

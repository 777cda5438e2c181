import AWSProtocols
import BlobStore
import HTTPServer
package import Outbound
import RegistryRules

/// Where an upstream registry really is, and how to log in there.
package struct UpstreamAddress: Sendable, Equatable {
    package var url: HTTPURL
    /// Name and password for Basic authentication; nil goes without.
    package var login: Login?

    package struct Login: Sendable, Equatable {
        package var username: String
        package var password: String

        package init(username: String, password: String) {
            self.username = username
            self.password = password
        }
    }

    package init(url: HTTPURL, login: Login? = nil) {
        self.url = url
        self.login = login
    }
}

/// Another registry, as a docker client pulls from it: over plain HTTP, without login or with a Basic one.
struct RemoteRegistry: Sendable, CustomStringConvertible {
    /// Why nothing came from a registry, in sentences for the log.
    enum Problem: Error, Equatable, CustomStringConvertible {
        case refused(status: Int, target: String)
        case wrongDigest(String)
        case wrongSize(String)
        case tooManyRedirects(String)

        var description: String {
            switch self {
            case .refused(let status, let target): "\(target) was answered with status \(status)"
            case .wrongDigest(let digest): "what came for \(digest) has another digest"
            case .wrongSize(let digest): "what came for \(digest) has another size than its manifest says"
            case .tooManyRedirects(let target): "\(target) leads from one address to the next"
            }
        }
    }

    private static let redirectsMax = 5
    private static let checkLimits = ExchangeLimits(totalSeconds: 30)
    private static let manifestLimits = ExchangeLimits(totalSeconds: 60)
    /// For one layer. Whoever asks for the same image meanwhile waits too: a registry that stalls is given up soon.
    private static let layerLimits = ExchangeLimits(headSeconds: 60, stallSeconds: 60, totalSeconds: 3600)

    let address: UpstreamAddress
    let http: OutboundHTTP

    var description: String { address.url.description }

    /// Throws when the registry does not answer, or does not take the login.
    func check() async throws {
        let answer = try await open("/v2/", accept: [], Self.checkLimits)
        answer.cancel()
        guard answer.status == 200 else { throw Problem.refused(status: answer.status, target: "/v2/") }
    }

    /// A manifest and what it says it is; nil when there is none.
    func manifest(_ reference: String, of repository: String) async throws -> (bytes: [UInt8], mediaType: String?)? {
        let target = "/v2/\(repository)/manifests/\(reference)"
        let answer = try await open(target, accept: ManifestKind.allCases.map(\.rawValue), Self.manifestLimits)
        guard answer.status == 200 else {
            answer.cancel()
            if answer.status == 404 { return nil }
            throw Problem.refused(status: answer.status, target: target)
        }
        var bytes: [UInt8] = []
        while let run = try await answer.next() {
            bytes += run
            guard bytes.count <= PreparedManifest.bytesMax else {
                answer.cancel()
                throw Problem.wrongSize(reference)
            }
        }
        return (bytes, answer.headers["Content-Type"])
    }

    /// Brings a layer into the store, run by run; its digest is checked before it counts. The lease keeps it until its
    /// reference is written.
    func blob(_ layer: Descriptor, of repository: String, into blobs: BlobStore) async throws -> BlobLease {
        let digest = layer.digest.text
        if let known = BlobDigest(digest), let lease = try? blobs.lease(known) { return lease }
        let target = "/v2/\(repository)/blobs/\(digest)"
        let answer = try await open(target, accept: [], Self.layerLimits)
        do {
            guard answer.status == 200 else { throw Problem.refused(status: answer.status, target: target) }
            // Schema 1 says no sizes.
            let limit = layer.size > 0 ? layer.size : UploadSession.layerBytesMax
            let upload = try blobs.beginUpload()
            while let run = try await answer.next() {
                guard Int64(run.count) <= limit - Int64(upload.byteCount) else { throw Problem.wrongSize(digest) }
                try upload.append(run[...])
            }
            guard upload.digest.description == digest else { throw Problem.wrongDigest(digest) }
            return try await upload.commit()
        } catch {
            answer.cancel()
            throw error
        }
    }

    /// Sends a GET and follows where it leads; the login goes to the registry itself only.
    private func open(_ target: String, accept: [String], _ limits: ExchangeLimits) async throws -> OutboundAnswer {
        var url = address.url.appending(target)
        for _ in 0...Self.redirectsMax {
            var headers: HTTPHeaders = [:]
            if !accept.isEmpty { headers.add("Accept", accept.joined(separator: ", ")) }
            if let login = address.login, url.server == address.url.server {
                headers.add("Authorization", "Basic " + Base64.encode(Array("\(login.username):\(login.password)".utf8)))
            }
            let answer = try await http.open("GET", url, headers: headers, limits: limits)
            guard [301, 302, 303, 307, 308].contains(answer.status), let location = answer.headers["Location"] else { return answer }
            answer.cancel()
            let next = location.hasPrefix("/") ? HTTPURL(server: url.server, target: location) : HTTPURL(location)
            guard let next else { throw Problem.refused(status: answer.status, target: location) }
            url = next
        }
        throw Problem.tooManyRedirects(target)
    }
}

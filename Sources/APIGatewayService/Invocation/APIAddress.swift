import Gateway
import HTTPServer

/// Which API a request is for, by its host.
/// AWS: doc — spec/studio.md §C1.
struct APIAddress: Sendable, Equatable {
    enum Form: Sendable, Equatable {
        /// `{api}.execute-api.{region}.amazonaws.com`: private DNS inside the VPC, or a public API.
        case own
        /// `{api}-{vpce}.execute-api.{region}.amazonaws.com`: the Route 53 alias.
        case alias
        /// `{vpce}.execute-api.{region}.vpce.amazonaws.com`, the API named by a header.
        case endpoint
    }

    /// Nil when neither host nor header names one.
    let apiID: String?
    let form: Form

    /// `vpce-0.execute-api.x.y` is no longer than any host that is meant.
    private static let shortestBytes = 22

    /// Nil when the request is for no API at all.
    init?(_ request: HTTPRequest) {
        // Asked of every request: hosts that are too short are let go before anything is copied.
        guard let host = request.headers["Host"], host.utf8.count > Self.shortestBytes else { return nil }
        let name = LocalAccess.hostName(host)
        guard let dot = name.utf8.firstIndex(of: UInt8(ascii: ".")), name[dot...].hasPrefix(".execute-api.") else { return nil }
        let label = String(name[..<dot])
        if label.hasPrefix("vpce-") {
            apiID = request.headers["x-apigw-api-id"]?.lowercased()
            form = .endpoint
        } else if let vpce = label.firstRange(of: "-vpce-") {
            apiID = String(label[..<vpce.lowerBound])
            form = .alias
        } else {
            apiID = label
            form = .own
        }
    }
}

/// The resource that a path means.
struct PathMatch: Sendable {
    let resource: APIResource
    /// As sent, percent-encoding kept.
    let parameters: [(name: String, value: String)]

    /// The best match: literal parts before variables, variables before greedy ones.
    /// AWS: doc — API Gateway routes to the most specific resource that has a method.
    init?(_ path: Substring, among resources: [APIResource]) {
        let parts = path.split(separator: "/", omittingEmptySubsequences: true)
        var best: (rank: [Int], match: PathMatch)?
        for resource in resources where !resource.methods.isEmpty {
            guard let (rank, parameters) = Self.match(parts, resource.path) else { continue }
            if best.map({ rank.lexicographicallyPrecedes($0.rank) }) ?? true {
                best = (rank, PathMatch(resource: resource, parameters: parameters))
            }
        }
        guard let best else { return nil }
        self = best.match
    }

    private init(resource: APIResource, parameters: [(name: String, value: String)]) {
        self.resource = resource
        self.parameters = parameters
    }

    /// The rank of each part: 0 literal, 1 variable, 2 greedy.
    private static func match(
        _ parts: [Substring], _ template: String
    ) -> (rank: [Int], parameters: [(name: String, value: String)])? {
        let pattern = template.split(separator: "/")
        var rank: [Int] = [], parameters: [(name: String, value: String)] = []
        for (index, piece) in pattern.enumerated() {
            guard index < parts.count else { return nil }
            if piece.hasPrefix("{"), piece.hasSuffix("+}") {
                parameters.append((String(piece.dropFirst().dropLast(2)), parts[index...].joined(separator: "/")))
                return (rank + [2], parameters)
            }
            if piece.hasPrefix("{"), piece.hasSuffix("}") {
                parameters.append((String(piece.dropFirst().dropLast()), String(parts[index])))
                rank.append(1)
            } else {
                guard piece == parts[index] else { return nil }
                rank.append(0)
            }
        }
        return pattern.count == parts.count ? (rank, parameters) : nil
    }
}

/// One of the places an authorizer takes the caller's identity from.
struct IdentitySource: Sendable, Equatable {
    enum Place: Sendable, Equatable { case header, query, stageVariable, context }

    let place: Place
    let name: String

    /// `method.request.header.Authorization`, `method.request.querystring.q`, `stageVariables.v`, `context.identity.…`.
    init?(_ text: String) {
        for (prefix, place) in [
            ("method.request.header.", Place.header), ("method.request.querystring.", .query),
            ("stageVariables.", .stageVariable), ("context.", .context),
        ] where text.hasPrefix(prefix) && text.utf8.count > prefix.utf8.count {
            self.place = place
            name = String(text.dropFirst(prefix.count))
            return
        }
        return nil
    }

    static func parts(_ text: String) -> [String] {
        text.split(separator: ",").map { String($0).trimmingSpaces() }
    }
}

extension String {
    func trimmingSpaces() -> String {
        String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }
}

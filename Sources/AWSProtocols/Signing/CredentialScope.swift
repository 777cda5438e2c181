package import HTTPServer

/// What a signed request says of its signer. Nothing is verified: an unreadable part is nil,
/// an absent signature gives nil.
package struct CredentialScope: Sendable, Equatable {
    package var accessKeyID: String
    /// `yyyymmdd`; nil for Signature V2.
    package var date: String?
    package var region: String?
    /// The signing name, e.g. `monitoring`.
    package var service: String?
    /// Lower-case header names, in the order signed; empty for Signature V2.
    package var signedHeaders: [String]
    /// The session token sent along, for temporary keys.
    package var sessionToken: String?
    package var form: Form

    package enum Form: Sendable, Equatable {
        /// `Authorization: AWS4-HMAC-SHA256 …`
        case header
        /// `X-Amz-Credential=…` in the query: a presigned URL.
        case presigned
        /// `AWSAccessKeyId=…&Signature=…&Expires=…`, which boto3 still makes for S3 URLs.
        case presignedV2
        /// `Authorization: AWS key:signature`
        case headerV2
    }

    /// Reads whichever form of signature `request` carries, the header first.
    // AWS: sdk — spec/support-services.md §F1.
    package init?(_ request: HTTPRequest) {
        let query = request.rawQuery.flatMap { QueryItems(parsing: $0) } ?? QueryItems()
        self.init(authorization: request.headers["Authorization"], query: query)
        if sessionToken == nil { sessionToken = request.headers["X-Amz-Security-Token"] }
    }

    private init?(authorization: String?, query: QueryItems) {
        if let authorization, let scope = CredentialScope(authorization: authorization) {
            self = scope
        } else if let credential = query["X-Amz-Credential"] {
            self.init(credential: credential, form: .presigned)
            signedHeaders = CredentialScope.names(query["X-Amz-SignedHeaders"] ?? "")
            sessionToken = query["X-Amz-Security-Token"]
        } else if let key = query["AWSAccessKeyId"], !key.isEmpty {
            self.init(credential: key, form: .presignedV2)
            sessionToken = query["x-amz-security-token"]
        } else {
            return nil
        }
    }

    private init?(authorization: String) {
        let parts = authorization.split(separator: " ", maxSplits: 1)
        guard parts.count == 2 else { return nil }
        if equalIgnoringCase(String(parts[0]), "AWS") {
            guard let key = parts[1].split(separator: ":").first else { return nil }
            self.init(credential: String(key), form: .headerV2)
            return
        }
        // AWS4-HMAC-SHA256, and AWS4-ECDSA-P256-SHA256 of SigV4A.
        guard parts[0].hasPrefix("AWS4-") else { return nil }
        var fields: [Substring: Substring] = [:]
        for field in parts[1].split(separator: ",") {
            let pair = field.split(separator: "=", maxSplits: 1)
            guard pair.count == 2, let name = pair[0].split(separator: " ").last else { continue }
            fields[name] = pair[1]
        }
        guard let credential = fields["Credential"] else { return nil }
        self.init(credential: String(credential), form: .header)
        signedHeaders = CredentialScope.names(String(fields["SignedHeaders"] ?? ""))
    }

    /// `AKID/20260101/us-east-1/s3/aws4_request`; later parts may be missing. A key id may itself hold slashes.
    private init(credential: String, form: Form) {
        let parts = credential.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        let isScoped = parts.count >= 5
        accessKeyID = isScoped ? parts.dropLast(4).joined(separator: "/") : parts.first ?? ""
        let scope = isScoped ? Array(parts.suffix(4)) : []
        func part(_ index: Int) -> String? { scope.isEmpty || scope[index].isEmpty ? nil : scope[index] }
        date = part(0)
        region = part(1)
        service = part(2)
        signedHeaders = []
        sessionToken = nil
        self.form = form
    }

    private static func names(_ text: String) -> [String] { text.split(separator: ";").map { $0.lowercased() } }
}

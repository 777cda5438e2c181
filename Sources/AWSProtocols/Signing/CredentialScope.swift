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
    package var signedHeaders: [String] { signedHeaderText.split(separator: ";").map { $0.lowercased() } }
    /// The session token sent along, for temporary keys.
    package var sessionToken: String?
    package var form: Form
    private var signedHeaderText = ""

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
        if let authorization = request.headers["Authorization"], let scope = CredentialScope(authorization: authorization) {
            self = scope
        } else if let query = request.rawQuery.flatMap({ QueryItems(parsing: $0) }) {
            self.init(query: query)
        } else {
            return nil
        }
        if sessionToken == nil { sessionToken = request.headers["X-Amz-Security-Token"] }
    }

    private init?(query: QueryItems) {
        if let credential = query["X-Amz-Credential"] {
            self.init(
                credential: credential[...], form: .presigned, signedHeaderText: query["X-Amz-SignedHeaders"] ?? "")
            sessionToken = query["X-Amz-Security-Token"]
        } else if let key = query["AWSAccessKeyId"], !key.isEmpty {
            self.init(credential: key[...], form: .presignedV2)
            sessionToken = query["x-amz-security-token"]
        } else {
            return nil
        }
    }

    /// Reads the header by bytes: every signed request passes here, and nothing of it but the credential is needed at once.
    private init?(authorization: String) {
        let bytes = authorization.utf8
        guard let space = bytes.firstIndex(of: 0x20) else { return nil }
        let scheme = authorization[..<space]
        let rest = authorization[bytes.index(after: space)...]
        if equalIgnoringCase(String(scheme), "AWS") {
            guard let key = rest.utf8.split(separator: 0x3a).first.flatMap({ String($0) }) else { return nil }
            self.init(credential: key[...], form: .headerV2)
            return
        }
        // AWS4-HMAC-SHA256, and AWS4-ECDSA-P256-SHA256 of SigV4A.
        guard scheme.begins(with: "AWS4-") else { return nil }
        var credential: Substring?
        var signedHeaderText = ""
        for field in rest.utf8.split(separator: 0x2c) {
            var name = field.prefix { $0 != 0x3d }
            guard name.endIndex != field.endIndex else { continue }
            if let blank = name.lastIndex(of: 0x20) { name = name[name.index(after: blank)...] }
            let value = authorization[field.index(after: name.endIndex)..<field.endIndex]
            if name.elementsEqual("Credential".utf8) { credential = value }
            if name.elementsEqual("SignedHeaders".utf8) { signedHeaderText = String(value) }
        }
        guard let credential else { return nil }
        self.init(credential: credential, form: .header, signedHeaderText: signedHeaderText)
    }

    /// `AKID/20260101/us-east-1/s3/aws4_request`; later parts may be missing. A key id may itself hold slashes.
    private init(credential: Substring, form: Form, signedHeaderText: String = "") {
        self.form = form
        self.signedHeaderText = signedHeaderText
        let bytes = credential.utf8
        let slashes = bytes.indices.filter { bytes[$0] == 0x2f }
        guard slashes.count >= 4 else {
            accessKeyID = String(credential[..<(slashes.first ?? credential.endIndex)])
            return
        }
        let scope = slashes.suffix(4)
        func part(_ offset: Int) -> String? {
            let start = bytes.index(after: scope[scope.startIndex + offset])
            let end = scope[scope.startIndex + offset + 1]
            return start == end ? nil : String(credential[start..<end])
        }
        accessKeyID = String(credential[..<scope[scope.startIndex]])
        date = part(0)
        region = part(1)
        service = part(2)
    }
}

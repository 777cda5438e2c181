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
                credential: credential, form: .presigned, signedHeaderText: query["X-Amz-SignedHeaders"] ?? "")
            sessionToken = query["X-Amz-Security-Token"]
        } else if let key = query["AWSAccessKeyId"], !key.isEmpty {
            self.init(credential: key, form: .presignedV2)
            sessionToken = query["x-amz-security-token"]
        } else {
            return nil
        }
    }

    /// Reads the header by bytes: every signed request passes here, and nothing of it but the credential is needed at once.
    private init?(authorization: String) {
        var authorization = authorization
        let scope = authorization.withUTF8 { bytes -> CredentialScope? in
            guard let space = bytes.firstIndex(of: 0x20) else { return nil }
            // AWS4-HMAC-SHA256, and AWS4-ECDSA-P256-SHA256 of SigV4A.
            guard bytes.starts(with: "AWS4-".utf8) else {
                guard equalIgnoringCase(String(decoding: bytes[..<space], as: UTF8.self), "AWS") else { return nil }
                let key = bytes[(space + 1)...].drop { $0 == 0x3a }.prefix { $0 != 0x3a }
                return key.isEmpty ? nil : CredentialScope(credential: UnsafeBufferPointer(rebasing: key), form: .headerV2)
            }
            var credential: UnsafeBufferPointer<UInt8>?
            var signedHeaderText = ""
            Self.forEachField(of: bytes, from: space + 1) { name, value in
                if name.elementsEqual("Credential".utf8) { credential = value }
                if name.elementsEqual("SignedHeaders".utf8) { signedHeaderText = String(decoding: value, as: UTF8.self) }
            }
            return credential.map { CredentialScope(credential: $0, form: .header, signedHeaderText: signedHeaderText) }
        }
        guard let scope else { return nil }
        self = scope
    }

    /// Calls `body` with each `name=value` between commas; blanks before the name do not count.
    private static func forEachField(
        of bytes: UnsafeBufferPointer<UInt8>, from start: Int,
        _ body: (_ name: UnsafeBufferPointer<UInt8>, _ value: UnsafeBufferPointer<UInt8>) -> Void
    ) {
        var nameStart = start, equals: Int?
        for index in start...bytes.count {
            let byte = index == bytes.count ? 0x2c : bytes[index]
            switch byte {
            case 0x2c:
                if let equals {
                    body(
                        UnsafeBufferPointer(rebasing: bytes[nameStart..<equals]),
                        UnsafeBufferPointer(rebasing: bytes[(equals + 1)..<index]))
                }
                (nameStart, equals) = (index + 1, nil)
            case 0x3d where equals == nil: equals = index
            case 0x20 where equals == nil: nameStart = index + 1
            default: break
            }
        }
    }

    private init(credential: String, form: Form, signedHeaderText: String = "") {
        var credential = credential
        self = credential.withUTF8 { CredentialScope(credential: $0, form: form, signedHeaderText: signedHeaderText) }
    }

    /// `AKID/20260101/us-east-1/s3/aws4_request`; later parts may be missing. A key id may itself hold slashes.
    private init(credential: UnsafeBufferPointer<UInt8>, form: Form, signedHeaderText: String = "") {
        func text(_ range: Range<Int>) -> String {
            String(decoding: UnsafeBufferPointer(rebasing: credential[range]), as: UTF8.self)
        }
        self.form = form
        self.signedHeaderText = signedHeaderText
        // The last four slashes bound the scope.
        var slashes = (0, 0, 0, 0), count = 0
        for index in 0..<credential.count where credential[index] == 0x2f {
            slashes = (slashes.1, slashes.2, slashes.3, index)
            count += 1
        }
        guard count >= 4 else {
            accessKeyID = text(0..<(credential.firstIndex(of: 0x2f) ?? credential.count))
            return
        }
        func part(from slash: Int, to next: Int) -> String? { slash + 1 == next ? nil : text(slash + 1..<next) }
        accessKeyID = text(0..<slashes.0)
        date = part(from: slashes.0, to: slashes.1)
        region = part(from: slashes.1, to: slashes.2)
        service = part(from: slashes.2, to: slashes.3)
    }
}

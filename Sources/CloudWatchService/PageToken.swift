import AWSModel

/// An opaque NextToken: some text of ours in hexadecimal, so that nobody is tempted to read it.
enum PageToken {
    static func encode(_ text: String) -> String {
        text.utf8.map { byte in
            let digits = String(byte, radix: 16)
            return digits.count == 1 ? "0\(digits)" : digits
        }.joined()
    }

    /// Throws `InvalidNextToken` for a token that this server did not make.
    static func decode(_ token: String) throws -> String {
        let digits = Array(token.utf8)
        guard digits.count % 2 == 0, digits.count <= 8192 else { throw CloudWatchFault.invalidNextToken }
        var bytes: [UInt8] = []
        for index in stride(from: 0, to: digits.count, by: 2) {
            guard let byte = UInt8(String(decoding: digits[index..<index + 2], as: UTF8.self), radix: 16)
            else { throw CloudWatchFault.invalidNextToken }
            bytes.append(byte)
        }
        guard let text = String(validating: bytes, as: UTF8.self) else { throw CloudWatchFault.invalidNextToken }
        return text
    }
}

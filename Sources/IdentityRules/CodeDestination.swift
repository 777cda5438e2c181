/// Where a code was sent, as much of it as a caller may see.
// AWS: doc — spec/cognito.md §D12.
package enum CodeDestination {
    /// `jane@example.com` → `j***@e***.com`.
    package static func masked(email: String) -> String {
        guard let at = email.lastIndex(of: "@"), let first = email.first, first != "@" else { return "***" }
        let domain = email[email.index(after: at)...]
        guard let domainFirst = domain.first else { return "\(first)***@***" }
        let top = domain.lastIndex(of: ".").map { String(domain[$0...]) } ?? ""
        return "\(first)***@\(domainFirst)***\(top)"
    }

    /// `+14325551212` → `+*******1212`.
    package static func masked(phoneNumber: String) -> String {
        let digits = phoneNumber.drop { $0 == "+" }
        return "+" + String(repeating: "*", count: max(0, digits.count - 4)) + digits.suffix(4)
    }

    /// `+` and 1–15 digits.
    package static func isPhoneNumber(_ text: String) -> Bool {
        let digits = text.utf8.dropFirst()
        return text.utf8.first == UInt8(ascii: "+") && (1...15).contains(digits.count)
            && digits.allSatisfy { (0x30...0x39).contains($0) }
    }

    /// One `@` with something before it and a dotted or plain name after it, without white space.
    package static func isEmail(_ text: String) -> Bool {
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else { return false }
        let labels = parts[1].split(separator: ".", omittingEmptySubsequences: false)
        return labels.allSatisfy { !$0.isEmpty } && !text.unicodeScalars.contains { $0.properties.isWhitespace }
    }
}

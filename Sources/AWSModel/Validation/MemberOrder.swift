/// The order in which AWS's framework reports the members of one structure.
///
/// AWS: inferred from recorded messages. They follow neither the model nor the alphabet, but the iteration order of a
/// Java `HashMap` keyed by the lower-camel member names: SignUp reports password before username; CreateUserProfile
/// userProfileName before domainId; RequestCertificate subjectAlternativeNames before domainName; AddPermission
/// aWSAccountId, label, actionName; UpdateTable write before read capacity; Converse toolConfig before system. Of
/// sixteen records only two, from before Java 8, disagree.
enum MemberOrder {
    static func reported(_ members: [Member]) -> [Member] {
        let buckets = capacity(for: members.count)
        return members.enumerated()
            .map { (bucket: hash(of: $0.element.name) & (buckets - 1), index: $0.offset, member: $0.element) }
            .sorted { ($0.bucket, $0.index) < ($1.bucket, $1.index) }
            .map(\.member)
    }

    /// A table starts with 16 buckets and doubles when it is more than three quarters full.
    private static func capacity(for count: Int) -> UInt32 {
        var capacity = 16
        while count * 4 > capacity * 3 { capacity *= 2 }
        return UInt32(capacity)
    }

    /// `String.hashCode` of the name with its first letter in lower case, spread as `HashMap` does.
    private static func hash(of name: String) -> UInt32 {
        var hash: UInt32 = 0
        var isFirst = true
        for unit in name.utf16 {
            let isUpper = isFirst && (0x41...0x5a).contains(unit)
            hash = hash &* 31 &+ UInt32(isUpper ? unit + 0x20 : unit)
            isFirst = false
        }
        return hash ^ (hash >> 16)
    }
}

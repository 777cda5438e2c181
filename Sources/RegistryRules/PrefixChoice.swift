/// The choice of a creation template or a cache rule by a repository's name.
package enum PrefixChoice {
    /// The prefix that stands for every name no other prefix covers.
    package static let root = "ROOT"

    /// The longest of `prefixes` that covers `name`, on a `/` boundary; `ROOT` covers everything.
    // AWS: doc, longest prefix inferred — spec/ecr.md §E4.
    package static func best(for name: String, among prefixes: [String]) -> String? {
        let matching = prefixes.filter { prefix in
            prefix != root && name.hasPrefix(prefix.hasSuffix("/") ? prefix : prefix + "/")
        }
        return matching.max { $0.utf8.count < $1.utf8.count } ?? (prefixes.contains(root) ? root : nil)
    }

    /// What `name` is called upstream of `prefix`: without it, under the upstream's own prefix if there is one.
    package static func upstreamName(of name: String, under prefix: String, upstreamPrefix: String?) -> String {
        let bare = prefix == root ? name : String(name.dropFirst(prefix.hasSuffix("/") ? prefix.count : prefix.count + 1))
        guard let upstreamPrefix, upstreamPrefix != root else { return bare }
        return upstreamPrefix.hasSuffix("/") ? upstreamPrefix + bare : "\(upstreamPrefix)/\(bare)"
    }
}

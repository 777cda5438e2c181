package import Vocabulary

/// Which registry a host name stands for.
package enum RegistryHost: Hashable, Sendable {
    /// `ACCOUNT.dkr.ecr.REGION.amazonaws.com` (and `.com.cn`, `dkr.ecr-fips`), or the same with `.localhost`.
    case registry(Realm)
    /// `localhost`, an IP address, a container's name: the caller's own registry.
    case local

    /// Reads a Host header or the first part of an image reference. Nil for another site's name.
    package init?(_ host: some StringProtocol) {
        let lower = host.lowercased()
        if lower.hasPrefix("[") {
            self = .local
            return
        }
        let name = lower.prefix { $0 != ":" }
        let labels = name.split(separator: ".", omittingEmptySubsequences: false)
        guard !name.isEmpty, labels.allSatisfy({ !$0.isEmpty }) else { return nil }
        if labels.count >= 5, labels[1] == "dkr", labels[2] == "ecr" || labels[2] == "ecr-fips" {
            let suffix = labels[4...].joined(separator: ".")
            guard ["amazonaws.com", "amazonaws.com.cn", "localhost"].contains(suffix),
                  let account = AccountID(labels[0]), let region = RegionName(labels[3]) else { return nil }
            self = .registry(Realm(account: account, region: region))
            return
        }
        let isAddress = name.utf8.allSatisfy { (0x30...0x39).contains($0) || $0 == 0x2e }
        guard labels.count == 1 || isAddress || name.hasSuffix(".localhost") else { return nil }
        self = .local
    }
}

/// Whether a repository's tags may be moved to another image.
package struct TagMutability: Equatable, Sendable {
    package enum Mode: String, Sendable, CaseIterable {
        case mutable = "MUTABLE"
        case immutable = "IMMUTABLE"
        /// Immutable except for tags that match a filter.
        case immutableWithExclusion = "IMMUTABLE_WITH_EXCLUSION"
        /// Mutable except for tags that match a filter.
        case mutableWithExclusion = "MUTABLE_WITH_EXCLUSION"

        package var hasExclusion: Bool { self == .immutableWithExclusion || self == .mutableWithExclusion }
    }

    /// Why a setting is refused.
    package enum Flaw: Error, Equatable, Sendable {
        /// An `_EXCLUSION` mode comes with filters.
        case filtersMissing(Mode)
        /// The other modes come without.
        case filtersNotAllowed(Mode)
    }

    package let mode: Mode
    /// Wildcard patterns of tags; empty unless the mode has exclusions.
    package let filters: [WildcardPattern]

    package static let standard = TagMutability(unchecked: .mutable, [])

    private init(unchecked mode: Mode, _ filters: [WildcardPattern]) {
        self.mode = mode
        self.filters = filters
    }

    // AWS: doc/peer — spec/ecr.md §E3, §E4.
    package init(mode: Mode, filters: [String]) throws(Flaw) {
        if mode.hasExclusion, filters.isEmpty { throw .filtersMissing(mode) }
        if !mode.hasExclusion, !filters.isEmpty { throw .filtersNotAllowed(mode) }
        self.mode = mode
        self.filters = filters.map(WildcardPattern.init)
    }

    /// Whether a push to `tag` is refused when the tag exists, even with the same digest.
    // AWS: recorded/doc — spec/ecr.md §E4.
    package func isFixed(_ tag: String) -> Bool {
        switch mode {
        case .mutable: false
        case .immutable: true
        case .immutableWithExclusion: !filters.contains { $0.matches(tag) }
        case .mutableWithExclusion: filters.contains { $0.matches(tag) }
        }
    }
}

/// The versions of one image, as far as numbers and aliases go.
package struct ImageVersions: Equatable, Sendable {
    package struct Version: Equatable, Sendable {
        package var number: Int
        package var status: ImageVersionStatus
        /// In the order they were added.
        package var aliases: [String]

        package init(number: Int, status: ImageVersionStatus, aliases: [String] = []) {
            self.number = number
            self.status = status
            self.aliases = aliases
        }
    }

    /// Ordered by number.
    package private(set) var all: [Version]

    package init(_ versions: [Version]) { all = versions.sorted { $0.number < $1.number } }

    /// The latest version: the highest number that was created.
    // AWS: inferred — spec/studio.md §A7.
    package var latest: Version? { all.last { $0.status == .created } }

    /// The version of that number or alias; without either, the latest, else the newest of whatever status, so that the
    /// reason of a failure can be read.
    package func version(number: Int?, alias: String?) -> Version? {
        if let number { return all.first { $0.number == number } }
        if let alias { return all.first { $0.aliases.contains(alias) } }
        return latest ?? all.last
    }

    /// Gives a version aliases. An alias names one version: it leaves the one that had it.
    /// Answers the numbers of the versions that have changed.
    // AWS: inferred — spec/studio.md §A7.
    package mutating func add(_ aliases: [String], to number: Int) -> [Int] {
        var changed: Set<Int> = []
        for alias in aliases {
            for index in all.indices {
                let isHolder = all[index].aliases.contains(alias)
                if all[index].number == number, !isHolder {
                    all[index].aliases.append(alias)
                    changed.insert(number)
                } else if all[index].number != number, isHolder {
                    all[index].aliases.removeAll { $0 == alias }
                    changed.insert(all[index].number)
                }
            }
        }
        return changed.sorted()
    }
}

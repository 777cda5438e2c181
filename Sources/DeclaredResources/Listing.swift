package import AWSModel
package import SimTime
import Vocabulary

/// List's common part: filters, sort keys, order, pages. One value is one call's question.
package struct Listing: Sendable {
    /// One resource as a List operation sees it.
    package struct Item: Sendable {
        package var name: String
        package var creationTime: SimInstant
        package var lastModifiedTime: SimInstant?
        package var status: String?
        package var summary: AWSObject

        package init(
            name: String, creationTime: SimInstant, lastModifiedTime: SimInstant?, status: String?, summary: AWSObject
        ) {
            self.name = name
            self.creationTime = creationTime
            self.lastModifiedTime = lastModifiedTime
            self.status = status
            self.summary = summary
        }
    }

    package struct Page: Sendable {
        package var summaries: [AWSValue]
        package var nextToken: String?
    }

    private let input: AWSObject
    private let operation: String
    private let isDescending: Bool
    private let sortKey: String
    private let pageSize: Int
    private let after: Rank?

    /// Reads the question from a List input. Throws a ValidationException for a NextToken of another call.
    // AWS: doc — spec/hosting.md §0: MaxResults 10, SortBy CreationTime, SortOrder Descending.
    package init(_ input: AWSObject, operation: String) throws {
        self.input = input
        self.operation = operation
        let sortKey = input["SortBy"]?.string ?? "CreationTime"
        let isDescending = (input["SortOrder"]?.string ?? "Descending") == "Descending"
        self.sortKey = sortKey
        self.isDescending = isDescending
        pageSize = input["MaxResults"]?.int ?? 10
        after = try input["NextToken"]?.string.map { text in
            let call = Self.call(operation, sortKey, isDescending)
            guard let place = ListingToken.read(text, for: call), place.count == 2 else {
                throw AWSFault.validation("The pagination token is invalid.")
            }
            return Rank(key: place[0], name: place[1])
        }
    }

    /// The items that match, in order, one page of them.
    package func page(_ items: [Item]) -> Page {
        var found = items.filter(matches).map { (rank: rank($0), item: $0) }
        found.sort { isDescending ? $1.rank < $0.rank : $0.rank < $1.rank }
        if let after {
            found.removeAll { isDescending ? !($0.rank < after) : !(after < $0.rank) }
        }
        let shown = found.prefix(pageSize)
        let hasMore = found.count > shown.count
        return Page(
            summaries: shown.map { .object($0.item.summary) },
            nextToken: hasMore ? shown.last.map { token(after: $0.rank) } : nil)
    }

    private func token(after rank: Rank) -> String {
        ListingToken.write([rank.key, rank.name], for: Self.call(operation, sortKey, isDescending))
    }

    /// What a token is good for: the same question.
    private static func call(_ operation: String, _ sortKey: String, _ isDescending: Bool) -> String {
        "\(operation) \(sortKey) \(isDescending)"
    }

    /// The position of an item under the sort key; the name breaks ties, so that pages never overlap.
    private struct Rank: Comparable {
        var key: String
        var name: String
        static func < (a: Rank, b: Rank) -> Bool { (a.key, a.name) < (b.key, b.name) }
    }

    private func rank(_ item: Item) -> Rank {
        switch sortKey {
        case "Name": Rank(key: item.name, name: item.name)
        case "Status": Rank(key: item.status ?? "", name: item.name)
        case "LastModifiedTime": Rank(key: Self.sortable(item.lastModifiedTime ?? item.creationTime), name: item.name)
        default: Rank(key: Self.sortable(item.creationTime), name: item.name)
        }
    }

    private static func sortable(_ instant: SimInstant) -> String {
        padded(Int(instant.millisecondsSinceEpoch), 16)
    }

    private func matches(_ item: Item) -> Bool {
        if let part = input["NameContains"]?.string, !containsIgnoringCase(item.name, part) { return false }
        if let status = input["StatusEquals"]?.string, item.status != status { return false }
        let modified = item.lastModifiedTime ?? item.creationTime
        let bounds: [(String, SimInstant, Bool)] = [
            ("CreationTimeBefore", item.creationTime, true), ("CreationTimeAfter", item.creationTime, false),
            ("LastModifiedTimeBefore", modified, true), ("LastModifiedTimeAfter", modified, false),
        ]
        return bounds.allSatisfy { member, instant, isBefore in
            guard let bound = input[member]?.instant else { return true }
            return isBefore ? instant <= bound : instant >= bound
        }
    }
}

private func containsIgnoringCase(_ text: String, _ part: String) -> Bool {
    let (haystack, needle) = (Array(text.lowercased().utf8), Array(part.lowercased().utf8))
    guard needle.count <= haystack.count else { return false }
    return (0...(haystack.count - needle.count)).contains { start in
        haystack[start..<(start + needle.count)].elementsEqual(needle)
    }
}

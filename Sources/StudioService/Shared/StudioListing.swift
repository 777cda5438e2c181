import AWSModel
import DeclaredResources
import Gateway

/// List calls of this family ask the common questions in several spellings. This is the translation.
enum StudioListing {
    /// One page of `items`, under `listMember`.
    /// - Parameters:
    ///   - sortBy: used when the call names no key.
    ///   - isAscending: the order when the call names none.
    static func answer(
        _ request: OperationRequest, _ listMember: String, sortBy: String = "CreationTime", isAscending: Bool = false,
        _ items: [Listing.Item]
    ) throws -> OperationResponse {
        let page = try Listing(
            question(request.input, sortBy: sortBy, isAscending: isAscending), operation: request.context.operation
        ).page(items)
        return OperationResponse([
            listMember: .list(page.summaries), "NextToken": page.nextToken.map { .string($0) },
        ])
    }

    private static func question(_ input: AWSObject, sortBy: String, isAscending: Bool) -> AWSObject {
        var question: AWSObject = [
            "SortBy": .string(key(input["SortBy"]?.string) ?? sortBy),
            "SortOrder": .string(isDescending(input["SortOrder"]?.string) ?? !isAscending ? "Descending" : "Ascending"),
        ]
        for member in [
            "MaxResults", "NextToken", "NameContains", "StatusEquals", "CreationTimeBefore", "CreationTimeAfter",
            "LastModifiedTimeBefore", "LastModifiedTimeAfter",
        ] {
            question[member] = input[member]
        }
        return question
    }

    // AWS: sdk — images sort by upper snake words (spec/studio.md §A7).
    private static func key(_ text: String?) -> String? {
        switch text {
        case "CREATION_TIME": "CreationTime"
        case "LAST_MODIFIED_TIME": "LastModifiedTime"
        case "IMAGE_NAME", "VERSION": "Name"
        default: text
        }
    }

    private static func isDescending(_ text: String?) -> Bool? { text.map { $0.lowercased() == "descending" } }

    /// Whether `name` has `part` in it, in any case; true when there is no part.
    static func contains(_ name: String, _ part: AWSValue?) -> Bool {
        guard let part = part?.string?.lowercased(), !part.isEmpty else { return true }
        return name.lowercased().contains(part)
    }
}

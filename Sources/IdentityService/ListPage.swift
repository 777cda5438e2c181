import AWSModel
#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// One page of an IAM list. The marker names the last item shown, so that items which come and go between two pages
/// neither repeat nor hide others.
struct ListPage<Item> {
    let items: [Item]
    /// Nil on the last page.
    let marker: String?

    /// - Parameter all: every item with its sort key, in ascending order of the keys.
    /// Throws `ValidationError` for a marker that no list gave out.
    init(of all: [(key: String, item: Item)], _ input: IdentityInput) throws {
        // AWS: doc — spec/support-services.md §F3: MaxItems defaults to 100.
        let size = min(max(input.int("MaxItems") ?? 100, 1), 1000)
        var rest = all[...]
        if let text = input.optionalText("Marker") {
            guard let data = Data(base64Encoded: text), let last = String(data: data, encoding: .utf8) else {
                // AWS: inferred.
                throw AWSFault.validationError("Invalid Marker.")
            }
            rest = rest.drop { $0.key <= last }
        }
        let page = rest.prefix(size)
        items = page.map(\.item)
        marker = rest.count > size ? page.last.map { Data($0.key.utf8).base64EncodedString() } : nil
    }

    /// The list's answer: its member, `IsTruncated`, and `Marker` when there is more.
    func output(_ member: String, _ show: (Item) throws -> AWSValue) rethrows -> AWSObject {
        var output: AWSObject = [:]
        output.append(member, .list(try items.map(show)))
        output.append("IsTruncated", .boolean(marker != nil))
        if let marker { output.append("Marker", .string(marker)) }
        return output
    }
}

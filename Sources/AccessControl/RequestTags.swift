import AWSModel

/// The tags a request would give, in whichever of AWS's forms.
enum RequestTags {
    private static let members = ["Tags", "tags", "UserPoolTags", "IdentityPoolTags", "HubContentTags"]

    static func read(_ input: AWSObject) -> [(key: String, value: String)] {
        if let set = input["Tagging"]?["TagSet"] { return list(set) }
        for member in members {
            if let value = input[member] { return list(value) }
        }
        return []
    }

    private static func list(_ value: AWSValue) -> [(key: String, value: String)] {
        switch value {
        case .list(let items):
            items.compactMap { item in
                guard let key = (item["Key"] ?? item["key"])?.string else { return nil }
                return (key, (item["Value"] ?? item["value"])?.string ?? "")
            }
        case .object(let map): map.entries.compactMap { entry in entry.value.string.map { (entry.key, $0) } }
        default: []
        }
    }
}

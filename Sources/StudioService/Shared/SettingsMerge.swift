import AWSModel

/// How an update's settings join those that are there: supplied members replace, the others stay; structures are joined
/// member by member, lists and resource specifications are replaced as a whole.
// AWS: inferred, lists documented — spec/studio.md §A3.
enum SettingsMerge {
    private static let wholeMembers: Set<String> = ["DefaultResourceSpec", "ContainerEnvironmentVariables"]

    static func merged(_ update: AWSValue?, into present: AWSValue?) -> AWSValue? {
        guard let update else { return present }
        guard let new = update.object, let old = present?.object else { return update }
        var result = old
        for (member, value) in new.entries {
            result[member] = wholeMembers.contains(member) ? value : merged(value, into: old[member])
        }
        return .object(result)
    }
}

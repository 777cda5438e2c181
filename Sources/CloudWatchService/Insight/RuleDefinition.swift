import AWSModel
import Foundation
import MetricRules

/// Reading the definitions of Contributor Insights rules. AWS: doc of the syntax; texts inferred.
enum RuleDefinition {
    /// The rule, and its schema as `Name/Version`. Throws InvalidParameterValue for what AWS's syntax does not allow.
    static func read(_ text: String) throws -> (rule: ContributorRule, schema: String) {
        guard let document = (try? JSONSerialization.jsonObject(with: Data(text.utf8))) as? [String: Any] else {
            throw invalid("it is no JSON object")
        }
        guard let schema = document["Schema"] as? [String: Any], let name = schema["Name"] as? String else {
            throw invalid("Schema is missing")
        }
        guard name == "CloudWatchLogRule" else { throw invalid("the schema \(name) is unknown") }
        let version = (schema["Version"] as? NSNumber)?.stringValue ?? schema["Version"] as? String ?? "1"
        guard version == "1" else { throw invalid("the version \(version) of the schema is unknown") }
        let groups = try groups(document)
        guard let format = ContributorRule.Format(rawValue: document["LogFormat"] as? String ?? "JSON") else {
            throw invalid("LogFormat must be JSON or CLF")
        }
        guard let contribution = document["Contribution"] as? [String: Any] else { throw invalid("Contribution is missing") }
        guard let keys = contribution["Keys"] as? [String], (1...ContributorRule.keysMax).contains(keys.count) else {
            throw invalid("Contribution must have 1 to \(ContributorRule.keysMax) Keys")
        }
        let valueOf = contribution["ValueOf"] as? String
        switch document["AggregateOn"] as? String {
        case "Count": break
        case "Sum" where valueOf != nil: break
        case "Sum": throw invalid("ValueOf is missing, which AggregateOn Sum needs")
        default: throw invalid("AggregateOn must be Count or Sum")
        }
        let filters = contribution["Filters"] as? [Any] ?? []
        guard filters.count <= ContributorRule.filtersMax else {
            throw invalid("Contribution has more than \(ContributorRule.filtersMax) Filters")
        }
        var names: [Int: String] = [:]
        for (position, name) in document["Fields"] as? [String: Any] ?? [:] {
            guard let number = Int(position), let name = name as? String else { throw invalid("Fields must map positions to names") }
            names[number] = name
        }
        let rule = ContributorRule(
            groups: groups, format: format, fieldNames: names, keys: keys,
            valueOf: document["AggregateOn"] as? String == "Sum" ? valueOf : nil, filters: try filters.map(filter))
        return (rule, "\(name)/\(version)")
    }

    private static func invalid(_ reason: String) -> AWSFault {
        CloudWatchFault.invalidValue("The parameter RuleDefinition is invalid: \(reason).")
    }

    private static func groups(_ document: [String: Any]) throws -> [String] {
        let names = document["LogGroupNames"] as? [String], arns = document["LogGroupARNs"] as? [String]
        if names != nil, arns != nil { throw invalid("it has both LogGroupNames and LogGroupARNs") }
        if let names, !names.isEmpty { return names }
        guard let arns, !arns.isEmpty else { throw invalid("LogGroupNames is missing") }
        // What follows `log-group:` or `log-group/`, without the final `:*`.
        return arns.map { arn in
            let name = arn.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false).last.map(String.init) ?? ""
            let bare = name.hasSuffix(":*") ? String(name.dropLast(2)) : name
            return bare.hasPrefix("log-group:") || bare.hasPrefix("log-group/") ? String(bare.dropFirst("log-group:".count)) : bare
        }
    }

    private static func filter(_ item: Any) throws -> ContributorRule.Filter {
        guard let item = item as? [String: Any], let path = item["Match"] as? String else { throw invalid("a filter has no Match") }
        let tests = item.compactMap { test($0, $1) }
        guard tests.count == 1, item.count == 2 else { throw invalid("the filter on \(path) needs exactly one known test") }
        return ContributorRule.Filter(path: path, test: tests[0])
    }

    private static func test(_ name: String, _ value: Any) -> ContributorRule.Test? {
        let texts = (value as? [Any])?.map(text)
        let number = (value as? NSNumber)?.doubleValue ?? (value as? String).flatMap { Double($0) }
        switch name {
        case "In": return texts.map { .isIn($0) }
        case "NotIn": return texts.map { .isNotIn($0) }
        case "StartsWith": return texts.map { .startsWith($0) }
        case "GreaterThan": return number.map { .greaterThan($0) }
        case "LessThan": return number.map { .lessThan($0) }
        case "EqualTo": return number.map { .equalTo($0) }
        case "NotEqualTo": return number.map { .notEqualTo($0) }
        case "IsPresent": return (value as? Bool).map { .isPresent($0) }
        default: return nil
        }
    }

    /// Numbers in lists are compared as texts.
    private static func text(_ value: Any) -> String { value as? String ?? (value as? NSNumber)?.stringValue ?? "" }

    // MARK: Events

    /// A log event as the rule sees it; nil when it is not of the rule's format.
    static func event(_ message: String, of rule: ContributorRule) -> LogValue? {
        switch rule.format {
        case .commonLogFormat: return LogValue(commonLogFormat: message, names: rule.fieldNames)
        case .json:
            guard let document = try? JSONSerialization.jsonObject(with: Data(message.utf8)) else { return nil }
            return value(document, depth: 0)
        }
    }

    private static let depthMax = 32

    private static func value(_ any: Any, depth: Int) -> LogValue {
        guard depth < depthMax else { return .null }
        switch any {
        case let text as String: return .text(text)
        case let number as NSNumber:
            let isFlag = String(cString: number.objCType) == "c"
            return isFlag ? .flag(number.boolValue) : .number(number.doubleValue)
        case let list as [Any]: return .list(list.map { value($0, depth: depth + 1) })
        case let object as [String: Any]: return .object(object.mapValues { value($0, depth: depth + 1) })
        default: return .null
        }
    }
}

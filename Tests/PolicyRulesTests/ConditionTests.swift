import PolicyRules
import SimTime
import Testing
import Vocabulary

/// Operators × key absent, present, with several values: spec/studio.md §B3.
@Suite struct ConditionTests {
    static let user = RequestPrincipal.user(arn: "arn:aws:iam::123456789012:user/alice", account: .fallback)

    /// Whether a statement with this condition block applies.
    static func isMet(_ block: String, _ keys: [String: [String]], version: String = "2012-10-17") throws -> Bool {
        let document = try policy(
            #"{"Effect":"Allow","Action":"*","Resource":"*","Condition":\#(block)}"#, version: version)
        let request = AuthorizationRequest(
            principal: user, action: "s3:GetObject", resource: "*", context: context(keys))
        return ApplicablePolicies(identity: [document]).decision(on: request).isAllowed
    }

    struct PresenceRow: Sendable {
        var name: String
        var wanted: String
        var equal: String
        var other: String
        /// For a key absent, equal and different.
        var absent: Bool
        var onEqual: Bool
        var onOther: Bool
    }

    @Test(arguments: [
        PresenceRow(
            name: "StringEquals", wanted: "a", equal: "a", other: "A", absent: false, onEqual: true, onOther: false),
        PresenceRow(
            name: "StringNotEquals", wanted: "a", equal: "a", other: "A", absent: true, onEqual: false, onOther: true),
        PresenceRow(
            name: "StringEqualsIgnoreCase", wanted: "Ab", equal: "aB", other: "b", absent: false, onEqual: true,
            onOther: false),
        PresenceRow(
            name: "StringNotEqualsIgnoreCase", wanted: "Ab", equal: "aB", other: "b", absent: true, onEqual: false,
            onOther: true),
        PresenceRow(
            name: "StringLike", wanted: "a*c?", equal: "abbcd", other: "abc", absent: false, onEqual: true,
            onOther: false),
        PresenceRow(
            name: "StringNotLike", wanted: "a*c?", equal: "abbcd", other: "abc", absent: true, onEqual: false,
            onOther: true),
        PresenceRow(
            name: "NumericEquals", wanted: "10", equal: "10.0", other: "9", absent: false, onEqual: true,
            onOther: false),
        PresenceRow(
            name: "NumericNotEquals", wanted: "10", equal: "10.0", other: "9", absent: true, onEqual: false,
            onOther: true),
        PresenceRow(
            name: "NumericLessThan", wanted: "10", equal: "9.9", other: "10", absent: false, onEqual: true,
            onOther: false),
        PresenceRow(
            name: "NumericLessThanEquals", wanted: "10", equal: "10", other: "10.1", absent: false, onEqual: true,
            onOther: false),
        PresenceRow(
            name: "NumericGreaterThan", wanted: "10", equal: "11", other: "10", absent: false, onEqual: true,
            onOther: false),
        PresenceRow(
            name: "NumericGreaterThanEquals", wanted: "10", equal: "10", other: "-11", absent: false, onEqual: true,
            onOther: false),
        PresenceRow(
            name: "DateEquals", wanted: "2024-01-01T00:00:00Z", equal: "1704067200", other: "2024-01-02",
            absent: false, onEqual: true, onOther: false),
        PresenceRow(
            name: "DateNotEquals", wanted: "2024-01-01T00:00:00Z", equal: "2024", other: "2024-01-02", absent: true,
            onEqual: false, onOther: true),
        PresenceRow(
            name: "DateLessThan", wanted: "2024-01-01", equal: "2023-12-31T23:59:59Z", other: "2024-01-01",
            absent: false, onEqual: true, onOther: false),
        PresenceRow(
            name: "DateLessThanEquals", wanted: "2024-01-01", equal: "2024-01-01T01:00:00+01:00",
            other: "2024-01-01T00:00:01Z", absent: false, onEqual: true, onOther: false),
        PresenceRow(
            name: "DateGreaterThan", wanted: "2024-01-01", equal: "2024-01-01T00:00:00.001Z", other: "2024-01-01",
            absent: false, onEqual: true, onOther: false),
        PresenceRow(
            name: "DateGreaterThanEquals", wanted: "2024-01-01", equal: "2024-01-01", other: "2023", absent: false,
            onEqual: true, onOther: false),
        PresenceRow(
            name: "Bool", wanted: "true", equal: "True", other: "false", absent: false, onEqual: true, onOther: false),
        PresenceRow(
            name: "BinaryEquals", wanted: "QmluYXJ5", equal: "QmluYXJ5", other: "qmluyxj5", absent: false,
            onEqual: true, onOther: false),
        PresenceRow(
            name: "IpAddress", wanted: "10.16.0.0/16", equal: "10.16.255.1", other: "10.17.0.1", absent: false,
            onEqual: true, onOther: false),
        PresenceRow(
            name: "NotIpAddress", wanted: "10.16.0.0/16", equal: "10.16.255.1", other: "10.17.0.1", absent: true,
            onEqual: false, onOther: true),
        PresenceRow(
            name: "ArnEquals", wanted: "arn:aws:iam::*:role/a*", equal: "arn:aws:iam::1:role/ab/c",
            other: "arn:aws:iam::1:user/ab", absent: false, onEqual: true, onOther: false),
        PresenceRow(
            name: "ArnLike", wanted: "arn:aws:iam:*", equal: "*", other: "arn:aws:iam::1:role/r", absent: false,
            onEqual: false, onOther: false),
        PresenceRow(
            name: "ArnNotEquals", wanted: "arn:aws:iam::1:role/?", equal: "arn:aws:iam::1:role/r",
            other: "arn:aws:iam::1:role/rr", absent: true, onEqual: false, onOther: true),
        PresenceRow(
            name: "ArnNotLike", wanted: "arn:aws:iam::1:role/?", equal: "arn:aws:iam::1:role/r", other: "no arn",
            absent: true, onEqual: false, onOther: true),
    ])
    func presence(_ row: PresenceRow) throws {
        let block = #"{"\#(row.name)":{"test:key":"\#(row.wanted)"}}"#
        #expect(try Self.isMet(block, [:]) == row.absent)
        #expect(try Self.isMet(block, ["test:key": []]) == row.absent)
        #expect(try Self.isMet(block, ["Test:KEY": [row.equal]]) == row.onEqual)
        #expect(try Self.isMet(block, ["test:key": [row.other]]) == row.onOther)
        let optional = #"{"\#(row.name)IfExists":{"test:key":"\#(row.wanted)"}}"#
        #expect(try Self.isMet(optional, [:]))
        #expect(try Self.isMet(optional, ["test:key": [row.equal]]) == row.onEqual)
        #expect(try Self.isMet(optional, ["test:key": [row.other]]) == row.onOther)
        #expect(try Self.isMet(#"{"ForAllValues:\#(row.name)":{"test:key":"\#(row.wanted)"}}"#, [:]))
        #expect(try !Self.isMet(#"{"ForAnyValue:\#(row.name)":{"test:key":"\#(row.wanted)"}}"#, [:]))
    }

    struct SetRow: Sendable {
        var block: String
        var values: [String]
        var isMet: Bool
    }

    @Test(arguments: [
        SetRow(block: #"{"ForAllValues:StringEquals":{"k:k":["a","b"]}}"#, values: ["a", "b"], isMet: true),
        SetRow(block: #"{"ForAllValues:StringEquals":{"k:k":["a","b"]}}"#, values: ["a", "c"], isMet: false),
        SetRow(block: #"{"ForAnyValue:StringEquals":{"k:k":["a","b"]}}"#, values: ["a", "c"], isMet: true),
        SetRow(block: #"{"ForAnyValue:StringEquals":{"k:k":["a","b"]}}"#, values: ["c", "d"], isMet: false),
        SetRow(block: #"{"ForAllValues:StringNotEquals":{"k:k":["a","b"]}}"#, values: ["c", "d"], isMet: true),
        SetRow(block: #"{"ForAllValues:StringNotEquals":{"k:k":["a","b"]}}"#, values: ["c", "a"], isMet: false),
        SetRow(block: #"{"ForAnyValue:StringNotEquals":{"k:k":["a","b"]}}"#, values: ["c", "a"], isMet: true),
        SetRow(block: #"{"ForAnyValue:StringNotEquals":{"k:k":["a","b"]}}"#, values: ["b", "a"], isMet: false),
        SetRow(block: #"{"StringEquals":{"k:k":"a"}}"#, values: ["b", "a"], isMet: true),
        SetRow(block: #"{"StringNotEquals":{"k:k":"a"}}"#, values: ["b", "a"], isMet: false),
        SetRow(block: #"{"Null":{"k:k":"true"}}"#, values: [], isMet: true),
        SetRow(block: #"{"Null":{"k:k":true}}"#, values: ["x"], isMet: false),
        SetRow(block: #"{"Null":{"k:k":"false"}}"#, values: [], isMet: false),
        SetRow(block: #"{"Null":{"k:k":"false"}}"#, values: ["x"], isMet: true),
        // Operators and keys must all be met, values are alternatives.
        SetRow(
            block: #"{"StringLike":{"k:k":["x*","y*"]},"StringNotEquals":{"k:k":"xx"}}"#, values: ["yx"], isMet: true),
        SetRow(
            block: #"{"StringLike":{"k:k":["x*","y*"]},"StringNotEquals":{"k:k":"xx"}}"#, values: ["xx"], isMet: false),
        SetRow(block: #"{"StringEquals":{"k:k":"a","k:other":"b"}}"#, values: ["a"], isMet: false),
        // Numbers and booleans may be written without quotes.
        SetRow(block: #"{"NumericLessThanEquals":{"k:k":300}}"#, values: ["300"], isMet: true),
        SetRow(block: #"{"Bool":{"k:k":false}}"#, values: ["false"], isMet: true),
        // Nothing has "an empty list" as an alternative.
        SetRow(block: #"{"StringEquals":{"k:k":[]}}"#, values: ["a"], isMet: false),
        SetRow(block: #"{"StringNotEquals":{"k:k":[]}}"#, values: ["a"], isMet: true),
    ])
    func sets(_ row: SetRow) throws {
        #expect(try Self.isMet(row.block, ["k:k": row.values]) == row.isMet)
    }

    struct NetworkRow: Sendable {
        var network: String
        var inside: [String]
        var outside: [String]
    }

    @Test(arguments: [
        NetworkRow(
            network: "10.0.0.0/8", inside: ["10.255.255.255", "10.1.0.0/16"],
            outside: ["11.0.0.0", "0.0.0.0/0", "::a00:1"]),
        NetworkRow(network: "10.0.0.7/31", inside: ["10.0.0.6", "10.0.0.7"], outside: ["10.0.0.5", "10.0.0.8"]),
        NetworkRow(
            network: "192.168.10.1", inside: ["192.168.10.1"],
            outside: ["192.168.10.2", "192.168.010.1", "192.168.10.1.1"]),
        NetworkRow(network: "0.0.0.0/0", inside: ["1.2.3.4"], outside: ["::1", "", "1.2.3", "1.2.3.4/33", "+1.2.3.4"]),
        NetworkRow(
            network: "2001:db8:1200::/39", inside: ["2001:DB8:13ff::1", "2001:db8:1200:0:0:0:0:0"],
            outside: ["2001:db8:1400::", "2001:db8:1200:::1", "2001:db8:1200::1::", "12.0.0.1", "2001:db8:1200::1%eth0"]),
        NetworkRow(
            network: "::ffff:10.0.0.0/104", inside: ["::ffff:10.1.2.3", "::ffff:a01:203"],
            outside: ["10.1.2.3", "::fffe:10.1.2.3"]),
        NetworkRow(network: "::1", inside: ["0:0:0:0:0:0:0:1", "::0001"], outside: ["::", "::2", "1::", "::00001"]),
        NetworkRow(network: "nowhere", inside: [], outside: ["10.0.0.1", "nowhere"]),
    ])
    func networks(_ row: NetworkRow) throws {
        let block = #"{"IpAddress":{"aws:SourceIp":"\#(row.network)"}}"#
        for address in row.inside { #expect(try Self.isMet(block, ["aws:SourceIp": [address]]), "\(address)") }
        for address in row.outside { #expect(try !Self.isMet(block, ["aws:SourceIp": [address]]), "\(address)") }
    }

    struct VariableRow: Sendable {
        var block: String
        var version = "2012-10-17"
        var isMet: Bool
    }

    @Test(arguments: [
        VariableRow(block: #"{"StringEquals":{"k:k":"home/${aws:username}"}}"#, isMet: true),
        VariableRow(block: #"{"StringEquals":{"k:k":"home/${AWS:UserName}"}}"#, isMet: true),
        VariableRow(block: #"{"StringEquals":{"k:k":"home/${aws:username}"}}"#, version: "2008-10-17", isMet: false),
        VariableRow(block: #"{"StringLike":{"k:k":"home/${aws:missing, '*'}"}}"#, isMet: false),
        VariableRow(block: #"{"StringLike":{"k:k":"home/${aws:missing,'a*b'}"}}"#, isMet: true),
        VariableRow(block: #"{"StringLike":{"k:k":"${aws:missing}*"}}"#, isMet: false),
        VariableRow(block: #"{"StringNotLike":{"k:k":"${aws:missing}*"}}"#, isMet: true),
        VariableRow(block: #"{"StringEquals":{"k:k":"home/a${*}b"}}"#, isMet: true),
        VariableRow(block: #"{"StringLike":{"k:k":"home/a${?}b"}}"#, isMet: false),
        VariableRow(block: #"{"StringLike":{"k:k":"home/a?b"}}"#, isMet: true),
        // Several values cannot be a variable, nor can a broken one; numbers and networks take none.
        VariableRow(block: #"{"StringLike":{"k:k":"home/${aws:TagKeys}"}}"#, isMet: false),
        VariableRow(block: #"{"StringLike":{"k:k":"home/${aws:username*"}}"#, isMet: false),
        VariableRow(block: #"{"NumericEquals":{"k:number":"${k:number}"}}"#, isMet: false),
        VariableRow(block: #"{"ArnLike":{"k:arn":"arn:aws:s3:::${aws:username}"}}"#, isMet: true),
    ])
    func variables(_ row: VariableRow) throws {
        let keys = [
            "k:k": ["home/a*b"], "aws:username": ["a*b"], "aws:TagKeys": ["a*b", "c"], "k:number": ["1"],
            "k:arn": ["arn:aws:s3:::a*b"],
        ]
        #expect(try Self.isMet(row.block, keys, version: row.version) == row.isMet)
    }

    @Test func `a pattern full of stars answers at once`() throws {
        let stars = String(repeating: "a*", count: 1_000)
        let text = String(repeating: "a", count: 2_000)
        #expect(try Self.isMet(#"{"StringLike":{"k:k":"\#(stars)"}}"#, ["k:k": [text]]))
        #expect(try !Self.isMet(#"{"StringLike":{"k:k":"\#(stars)b"}}"#, ["k:k": [text]]))
    }

    @Test func `numbers and dates of any size are read or refused`() throws {
        for text in ["1e999", "-1e999", "99999999999999999999", "9999-99-99", "0000", "+", "1e", "٣"] {
            _ = try Self.isMet(#"{"NumericLessThan":{"k:k":"\#(text)"}}"#, ["k:k": [text]])
            _ = try Self.isMet(#"{"DateLessThan":{"k:k":"\#(text)"}}"#, ["k:k": [text]])
        }
        #expect(try !Self.isMet(#"{"NumericLessThan":{"k:k":"inf"}}"#, ["k:k": ["1"]]))
    }
}

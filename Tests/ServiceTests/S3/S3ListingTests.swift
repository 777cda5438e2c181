import AWSModel
import Gateway
import SimTime
import Testing

/// Pages of listings against the plainest model there is.
@Suite struct S3ListingTests {
    typealias Names = (keys: [String], prefixes: [String])

    /// All names greater than `after`, in byte order: the definition, without cleverness.
    static func model(_ keys: [String], prefix: String, delimiter: String, after: String) -> [(name: String, isPrefix: Bool)] {
        var names: [[UInt8]: Bool] = [:]
        for key in keys where key.utf8.starts(with: prefix.utf8) {
            let bytes = Array(key.utf8)
            var name = (bytes, false)
            let mark = Array(delimiter.utf8)
            if !mark.isEmpty, bytes.count >= mark.count {
                let starts = prefix.utf8.count...max(prefix.utf8.count, bytes.count - mark.count)
                for start in starts where start + mark.count <= bytes.count && Array(bytes[start..<start + mark.count]) == mark {
                    name = (Array(bytes[..<(start + mark.count)]), true)
                    break
                }
            }
            names[name.0] = name.1
        }
        return names.filter { Array(after.utf8).lexicographicallyPrecedes($0.key) }
            .sorted { $0.key.lexicographicallyPrecedes($1.key) }
            .map { (String(decoding: $0.key, as: UTF8.self), $0.value) }
    }

    static func names(_ output: AWSObject) -> [(name: String, isPrefix: Bool)] {
        let keys = (output["Contents"]?.list ?? []).map { ($0["Key"]?.string ?? "", false) }
        let prefixes = (output["CommonPrefixes"]?.list ?? []).map { ($0["Prefix"]?.string ?? "", true) }
        return (keys + prefixes).sorted { Array($0.0.utf8).lexicographicallyPrecedes(Array($1.0.utf8)) }
            .map { (name: $0.0, isPrefix: $0.1) }
    }

    @Test(arguments: [1, 2, 3, 4] as [UInt64])
    func pagesAddUpToWhatTheModelLists(_ seed: UInt64) async throws {
        var random = SeededRandom(seed: seed)
        let s3 = try await S3Fixture()
        let alphabet = ["a", "b", "/", "/", "-", "é", "e\u{301}", "😀", " "]
        var keys: Set<[UInt8]> = []
        for _ in 0..<60 {
            let length = Int.random(in: 1...6, using: &random)
            keys.insert(Array((0..<length).map { _ in alphabet.randomElement(using: &random) ?? "" }.joined().utf8))
        }
        let texts = keys.map { String(decoding: $0, as: UTF8.self) }
        for text in texts { try await s3.put(text, [1]) }
        for _ in 0..<12 {
            let prefix = ["", "", "a", "a/", "/", "é", "zz"].randomElement(using: &random) ?? ""
            let delimiter = ["", "/", "/", "-", "//", "a"].randomElement(using: &random) ?? ""
            let after = ["", "", "a/", "b", "a/b"].randomElement(using: &random) ?? ""
            let maximum = [1, 2, 7, 1000].randomElement(using: &random) ?? 1
            let expected = Self.model(texts, prefix: prefix, delimiter: delimiter, after: after)
            let note = Comment("seed \(seed) prefix '\(prefix)' delimiter '\(delimiter)' after '\(after)' maximum \(maximum)")
            let second = try await collect(s3, prefix, delimiter, after, maximum, version: 2)
            #expect(second.map(\.name.bytes) == expected.map(\.name.bytes), note)
            #expect(second.map(\.isPrefix) == expected.map(\.isPrefix), note)
            let first = try await collect(s3, prefix, delimiter, after, maximum, version: 1)
            #expect(first.map(\.name.bytes) == expected.map(\.name.bytes), note)
        }
    }

    /// All pages, as a client would turn them.
    private func collect(
        _ s3: S3Fixture, _ prefix: String, _ delimiter: String, _ after: String, _ maximum: Int, version: Int
    ) async throws -> [(name: String, isPrefix: Bool)] {
        var all: [(name: String, isPrefix: Bool)] = []
        var input: AWSObject = [
            "Bucket": "pots", "Prefix": .string(prefix), "Delimiter": .string(delimiter), "MaxKeys": .integer(Int64(maximum)),
        ]
        input[version == 2 ? "StartAfter" : "Marker"] = .string(after)
        for _ in 0..<100 {
            let output = try await s3.call(version == 2 ? "ListObjectsV2" : "ListObjects", input).output
            let page = Self.names(output)
            all += page
            #expect(page.count <= maximum)
            if version == 2 { #expect(output["KeyCount"] == .integer(Int64(page.count))) }
            guard output["IsTruncated"] == true else { return all }
            if version == 2 {
                input["ContinuationToken"] = output["NextContinuationToken"]
            } else {
                #expect((output["NextMarker"] != nil) == !delimiter.isEmpty)
                input["Marker"] = output["NextMarker"] ?? page.last.map { .string($0.name) }
            }
        }
        Issue.record("the pages never end")
        return all
    }

    @Test func anAnswerHasEveryMember() async throws {
        let s3 = try await S3Fixture()
        try await s3.put("a/b=c d+é", [1, 2])
        let output = try await s3.call("ListObjectsV2", [
            "Bucket": "pots", "EncodingType": "url", "StartAfter": "a b", "FetchOwner": true,
        ]).output
        #expect(output["Name"] == "pots")
        #expect(output["Prefix"] == "")
        #expect(output["MaxKeys"] == 1000)
        #expect(output["IsTruncated"] == false)
        #expect(output["StartAfter"] == "a+b")
        #expect(output["EncodingType"] == "url")
        #expect(output["NextContinuationToken"] == nil)
        let object = try #require(output["Contents"]?.list?.first)
        #expect(object["Key"] == "a/b%3Dc+d%2B%C3%A9")
        #expect(object["Size"] == 2)
        #expect(object["StorageClass"] == "STANDARD")
        #expect(object["ChecksumAlgorithm"] == ["CRC64NVME"])
        #expect(object["ChecksumType"] == "FULL_OBJECT")
        #expect(object["ETag"] == "\"0cb988d042a7f28dd5fe2b55b3f5ac7a\"")
        #expect(object["LastModified"]?.instant == S3Fixture.start.floored(to: .seconds(1)))
        #expect(object["Owner"]?["ID"]?.string?.count == 64)
    }

    @Test func oddRequestsAreRefusedOrEmpty() async throws {
        let s3 = try await S3Fixture()
        try await s3.put("a", [1])
        let none = try await s3.call("ListObjectsV2", ["Bucket": "pots", "MaxKeys": 0]).output
        #expect(none["KeyCount"] == 0)
        #expect(none["IsTruncated"] == false)
        let many = try await s3.call("ListObjectsV2", ["Bucket": "pots", "MaxKeys": 5000]).output
        #expect(many["MaxKeys"] == 1000)
        let negative = try await s3.fault("ListObjectsV2", ["Bucket": "pots", "MaxKeys": -1])
        #expect(negative.message == "Argument maxKeys must be an integer between 0 and 2147483647")
        let encoding = try await s3.fault("ListObjects", ["Bucket": "pots", "EncodingType": "base64"])
        #expect(encoding.message == "Invalid Encoding Method specified in Request")
        for token in ["x", "", "YQ=="] {
            let fault = try await s3.fault("ListObjectsV2", ["Bucket": "pots", "ContinuationToken": .string(token)])
            #expect(fault.code == "InvalidArgument")
            #expect(fault.message == "The continuation token provided is incorrect")
            #expect(fault.members["ArgumentName"] == "continuation-token")
        }
    }

    @Test func keysThatDifferOnlyInNormalizationAreTwoObjects() async throws {
        let s3 = try await S3Fixture()
        try await s3.put("\u{e9}", [1])
        try await s3.put("e\u{301}", [2])
        #expect(try await s3.get("\u{e9}").body == [1])
        #expect(try await s3.get("e\u{301}").body == [2])
        for key in ["a b", "a+b", "%2F", "a//b", "/lead", "dir/", "😀", String(repeating: "k", count: 1024)] {
            try await s3.put(key, key.bytes)
            #expect(try await s3.get(key).body == key.bytes)
        }
        let long = try await s3.fault("PutObject", ["Bucket": "pots", "Key": .string(String(repeating: "k", count: 1025))])
        #expect(long.code == "KeyTooLongError")
    }
}

import AWSModel
import AWSProtocols
import ECRService
import Foundation
import HTTPServer
import RegistryRules
import SimTime
import Testing
import Timeline

/// Uploads over time: their expiry, and what is left of them after the server's end.
@Suite struct ECRUploadTests {
    /// A folder of its own, removed at the end.
    final class Folder {
        let path = NSTemporaryDirectory() + "coldframe-ecr-" + UUID().uuidString

        deinit { try? FileManager.default.removeItem(atPath: path) }

        var stagedCount: Int {
            (try? FileManager.default.contentsOfDirectory(atPath: path + "/ecr-blobs/staging"))?.count ?? 0
        }
    }

    static let blob = Array("0123456789".utf8)

    @Test func aChunkedUploadIsResumedAfterARestart() async throws {
        let folder = Folder()
        let first = try await ECRFixture(folder: folder.path)
        let start = try await first.http("POST", "/v2/team/churn/blobs/uploads/")
        let location = try #require(start.headers["Location"])
        let untouched = try #require(try await first.http("POST", "/v2/team/churn/blobs/uploads/").headers["Location"])
        #expect(try await first.http("PATCH", location, ["Content-Range": "0-3"], body: Array(Self.blob[..<4])).status == 202)
        #expect(try await first.http("PATCH", location, ["Content-Range": "4-6"], body: Array(Self.blob[4..<7])).status == 202)
        let cancelled = try #require(try await first.http("POST", "/v2/team/churn/blobs/uploads/").headers["Location"])
        #expect(try await first.http("DELETE", cancelled).status == 204)
        first.end()

        let second = try await ECRFixture(repository: nil, folder: folder.path)
        #expect(folder.stagedCount == 2)
        let state = try await second.http("GET", location)
        #expect(state.status == 204)
        #expect(state.headers["Range"] == "0-6")
        #expect(try await second.http("GET", untouched).headers["Range"] == "0-0")
        #expect(try await second.http("GET", cancelled).code == "BLOB_UPLOAD_UNKNOWN")
        let wrong = try await second.http("PATCH", location, ["Content-Range": "0-3"], body: Array(Self.blob[..<4]))
        #expect(wrong.status == 416)
        #expect(wrong.headers["Range"] == "0-6")
        #expect(try await second.http("PATCH", location, ["Content-Range": "7-9"], body: Array(Self.blob[7...])).status == 202)
        let digest = ECRFixture.digest(Self.blob)
        #expect(try await second.http("PUT", "\(location)?digest=\(digest)").status == 201)
        second.end()

        let third = try await ECRFixture(repository: nil, folder: folder.path)
        #expect(try await third.http("HEAD", "/v2/team/churn/blobs/\(digest)").status == 200)
        #expect(try await third.http("GET", location).code == "BLOB_UPLOAD_UNKNOWN")
        #expect(folder.stagedCount == 1)
    }

    @Test func partsOfTheLayerAPICountWholeOrNotAtAll() async throws {
        let folder = Folder()
        let first = try await ECRFixture(folder: folder.path)
        let id = try #require(try await first.call("InitiateLayerUpload", repositoryInput)["uploadId"]?.string)
        let upload = repositoryInput.with("uploadId", .string(id))
        func part(_ first: Int, _ last: Int) -> AWSObject {
            upload.with("partFirstByte", .integer(Int64(first))).with("partLastByte", .integer(Int64(last)))
                .with("layerPartBlob", .blob(Array(Self.blob[first...last])))
        }
        try await first.call("UploadLayerPart", part(0, 4))
        first.end()
        // What a kill in the middle of a part leaves.
        let staged = try #require(try FileManager.default.contentsOfDirectory(atPath: folder.path + "/ecr-blobs/staging").first)
        let handle = try #require(FileHandle(forWritingAtPath: folder.path + "/ecr-blobs/staging/" + staged))
        try handle.seekToEnd()
        try handle.write(contentsOf: Data(Self.blob[5..<7]))
        try handle.close()

        let second = try await ECRFixture(repository: nil, folder: folder.path)
        let fault = try await second.fault("UploadLayerPart", part(7, 9))
        #expect(fault.code == "InvalidLayerPartException")
        #expect(fault.members["lastValidByteReceived"]?.int == 4)
        try await second.call("UploadLayerPart", part(5, 9))
        // The first part is no longer the last, and is too small: the count of parts survived too.
        let complete = upload.with("layerDigests", [.string(ECRFixture.digest(Self.blob))])
        #expect(try await second.fault("CompleteLayerUpload", complete).code == "LayerPartTooSmallException")
    }

    @Test func anUploadThatRestsADayIsGivenUp() async throws {
        let folder = Folder()
        let ecr = try await ECRFixture(folder: folder.path)
        let resting = try #require(try await ecr.http("POST", "/v2/team/churn/blobs/uploads/").headers["Location"])
        let used = try #require(try await ecr.http("POST", "/v2/team/churn/blobs/uploads/").headers["Location"])
        _ = try await ecr.timeline.advance(by: .hours(23))
        #expect(try await ecr.http("PATCH", used, body: Self.blob).status == 202)
        #expect(try await ecr.http("GET", resting).status == 204)
        _ = try await ecr.timeline.advance(by: .hours(2))
        #expect(try await ecr.http("GET", resting).code == "BLOB_UPLOAD_UNKNOWN")
        #expect(try await ecr.http("GET", used).headers["Range"] == "0-9")
        #expect(folder.stagedCount == 1)
        // An upload alone does not keep time from coming to rest.
        let now = ecr.timeline.now
        _ = try await ecr.timeline.advanceUntilIdle(limit: .days(3))
        #expect(ecr.timeline.now == now)
        _ = try await ecr.timeline.advance(by: .hours(25))
        #expect(folder.stagedCount == 0)
    }

    @Test func deletingARepositoryEndsItsUploads() async throws {
        let folder = Folder()
        let first = try await ECRFixture(folder: folder.path)
        _ = try await first.http("POST", "/v2/team/churn/blobs/uploads/")
        try await first.call("DeleteRepository", repositoryInput)
        #expect(folder.stagedCount == 0)
        first.end()
        let second = try await ECRFixture(folder: folder.path)
        #expect(folder.stagedCount == 0)
        second.end()
    }

    struct BadPart: Sendable, CustomTestStringConvertible {
        let first: Int64
        let last: Int64
        let byteCount: Int
        let message: String
        var testDescription: String { "\(first)-\(last), \(byteCount) bytes" }
    }

    /// Ten bytes are there before, or none.
    @Test(arguments: [
        (10, BadPart(first: 10, last: 14, byteCount: 4, message: "Layer part with bytes '10' to '14' has '4' bytes instead of '5'")),
        (10, BadPart(first: 10, last: 9, byteCount: 1, message: "Layer part with bytes '10' to '9' has '1' bytes instead of '0'")),
        (10, BadPart(
            first: 12, last: 14, byteCount: 3,
            message: "Layer part with first byte '12' is not valid. The next expected first byte is '10'")),
        (0, BadPart(
            first: 0, last: .max, byteCount: 1,
            message: "Layer part with bytes '0' to '9223372036854775807' has '1' bytes instead of '9223372036854775808'")),
        // Both are wrong: the place is told first.
        (10, BadPart(
            first: 0, last: 14, byteCount: 3,
            message: "Layer part with first byte '0' is not valid. The next expected first byte is '10'")),
        (0, BadPart(first: 0, last: 4, byteCount: 3, message: "Layer part with bytes '0' to '4' has '3' bytes instead of '5'")),
        (0, BadPart(
            first: 1, last: 4, byteCount: 4,
            message: "Layer part with first byte '1' is not valid. The next expected first byte is '0'")),
    ])
    func partsThatDoNotFit(_ received: Int, _ part: BadPart) async throws {
        let ecr = try await ECRFixture()
        let id = try #require(try await ecr.call("InitiateLayerUpload", repositoryInput)["uploadId"]?.string)
        let upload = repositoryInput.with("uploadId", .string(id))
        func send(_ first: Int64, _ last: Int64, _ count: Int) -> AWSObject {
            upload.with("partFirstByte", .integer(first)).with("partLastByte", .integer(last))
                .with("layerPartBlob", .blob([UInt8](repeating: 7, count: count)))
        }
        if received > 0 { try await ecr.call("UploadLayerPart", send(0, Int64(received) - 1, received)) }
        let fault = try await ecr.fault("UploadLayerPart", send(part.first, part.last, part.byteCount))
        #expect(fault.code == "InvalidLayerPartException" && fault.message == part.message)
        #expect(fault.members["uploadId"]?.string == id && fault.members["repositoryName"] == "team/churn")
        #expect(fault.members["registryId"]?.string == ECRFixture.account)
        // Byte 0 is a byte: before the first part the member is absent.
        #expect(fault.members["lastValidByteReceived"]?.int == (received > 0 ? received - 1 : nil))
    }
}

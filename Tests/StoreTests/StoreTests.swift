import Foundation
import Store
import Synchronization
import Testing
import Vocabulary

@Suite struct StoreTests {
    struct Note: Codable, Sendable, Equatable { var text: String }

    private let notes = DocumentCollection(.shared, service: "test", type: "note")

    private func withStore<T>(_ body: (Store) throws -> T) throws -> T {
        let store = try Store(location: .ephemeral)
        defer { store.close() }
        return try body(store)
    }

    @Test func aTransactionSeesItsOwnWritesAndOthersSeeThemAfterwards() throws {
        try withStore { store in
            #expect(try store.document(notes.key("a"), as: Note.self) == nil)
            try store.write { transaction in
                try transaction.put(notes.key("a"), Note(text: "one"))
                #expect(try transaction.document(notes.key("a"), as: Note.self) == Note(text: "one"))
                try transaction.delete(notes.key("a"))
                #expect(try transaction.document(notes.key("a"), as: Note.self) == nil)
                try transaction.put(notes.key("a"), Note(text: "two"))
            }
            #expect(try store.document(notes.key("a"), as: Note.self) == Note(text: "two"))
        }
    }

    @Test func aThrowUndoesEverythingAndTheCacheNeverSawIt() throws {
        struct Refused: Error {}
        try withStore { store in
            try store.write { try $0.put(notes.key("a"), Note(text: "kept")) }
            #expect(throws: Refused.self) {
                try store.write { transaction in
                    try transaction.put(notes.key("a"), Note(text: "lost"))
                    try transaction.put(notes.key("b"), Note(text: "lost"))
                    throw Refused()
                }
            }
            #expect(try store.document(notes.key("a"), as: Note.self) == Note(text: "kept"))
            #expect(try store.document(notes.key("b"), as: Note.self) == nil)
        }
    }

    @Test func documentsAreListedByNameWithinTheirRealmOnly() throws {
        let elsewhere = DocumentCollection(.global(.fallback), service: "test", type: "other")
        try withStore { store in
            try store.write { transaction in
                for name in ["c", "a", "b"] { try transaction.put(notes.key(name), Note(text: name)) }
                try transaction.put(elsewhere.key("z"), Note(text: "z"))
            }
            #expect(try store.documents(notes, as: Note.self).map(\.name) == ["a", "b", "c"])
        }
    }

    @Test func whatWasCommittedIsThereAfterReopening() throws {
        let folder = NSTemporaryDirectory() + "coldframe-test-\(UInt32.random(in: 0 ... .max))"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let first = try Store(location: .folder(folder))
        try first.write { try $0.put(notes.key("a"), Note(text: "durable")) }
        first.close()
        let second = try Store(location: .folder(folder))
        defer { second.close() }
        #expect(try second.document(notes.key("a"), as: Note.self) == Note(text: "durable"))
    }

    @Test func erasingLeavesNoDocument() throws {
        try withStore { store in
            try store.write { try $0.put(notes.key("a"), Note(text: "x")) }
            _ = try store.document(notes.key("a"), as: Note.self)
            try store.eraseEverything()
            #expect(try store.document(notes.key("a"), as: Note.self) == nil)
        }
    }

    @Test func aSnapshotBringsTheRowsBackAndAnythingElseIsRefused() throws {
        try withStore { store in
            try store.write { try $0.put(notes.key("a"), Note(text: "then")) }
            let path = store.folder + "/snapshot.sqlite"
            try store.copy(to: path)
            try store.write { try $0.put(notes.key("a"), Note(text: "now")) }
            try store.restore(from: path)
            #expect(try store.document(notes.key("a"), as: Note.self) == Note(text: "then"))

            let junk = store.folder + "/junk"
            try Data("not a database".utf8).write(to: URL(fileURLWithPath: junk))
            #expect(throws: StoreError.self) { try store.restore(from: junk) }
            #expect(try store.document(notes.key("a"), as: Note.self) == Note(text: "then"))
        }
    }

    @Test func anEphemeralFolderIsGoneAfterClosing() throws {
        let store = try Store(location: .ephemeral)
        #expect(FileManager.default.fileExists(atPath: store.folder))
        store.close()
        #expect(!FileManager.default.fileExists(atPath: store.folder))
    }

    /// GRDB hands a read that waits for one of its four readers a reader that was closed meanwhile.
    @Test func whoeverReadsWhileTheStoreClosesIsAnsweredOrRefused() throws {
        for _ in 0..<30 {
            let store = try Store(location: .ephemeral)
            let errors = Mutex<[String]>([])
            let (started, ended) = (DispatchGroup(), DispatchGroup())
            for _ in 0..<8 {
                started.enter()
                ended.enter()
                Thread.detachNewThread {
                    started.leave()
                    do { while true { _ = try store.documents(notes, as: Note.self) } } catch {
                        errors.withLock { $0.append("\(error)") }
                    }
                    ended.leave()
                }
            }
            started.wait()
            store.close()
            ended.wait()
            #expect(errors.withLock { $0 } == [String](repeating: "\(StoreError.closed)", count: 8))
        }
    }

    @Test func aClosedStoreRefusesEverythingAndCanBeClosedAgain() throws {
        let store = try Store(location: .ephemeral)
        store.close()
        store.close()
        #expect(throws: StoreError.closed) { try store.document(notes.key("a"), as: Note.self) }
        #expect(throws: StoreError.closed) { try store.documents(notes, as: Note.self) }
        #expect(throws: StoreError.closed) { try store.write { try $0.put(notes.key("a"), Note(text: "late")) } }
        #expect(throws: StoreError.closed) { try store.eraseEverything() }
        #expect(throws: StoreError.closed) { try store.copy(to: store.folder + "/copy") }
    }

    @Test func aFolderServesOneStoreAtATime() throws {
        let folder = NSTemporaryDirectory() + "coldframe-test-\(UInt32.random(in: 0 ... .max))"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let first = try Store(location: .folder(folder))
        #expect(throws: StoreError.folderInUse(folder)) { _ = try Store(location: .folder(folder)) }
        first.close()
        try Store(location: .folder(folder)).close()
    }

    @Test func aFolderThatCannotBeMadeIsNamed() {
        #expect {
            _ = try Store(location: .folder("/proc/none/such"))
        } throws: { error in
            "\(error)".contains("/proc/none/such")
        }
    }
}

@Suite struct AbandonedFolderTests {
    @Test func onlyEphemeralFoldersThatNobodyHoldsAreRemoved() throws {
        let root = NSTemporaryDirectory()
        let kept = root + "coldframe-kept-\(UInt32.random(in: 0 ... .max))"
        try Store(location: .folder(kept)).close()
        defer { try? FileManager.default.removeItem(atPath: kept) }
        // What a killed server leaves: a store's folder under an ephemeral name, and nobody who holds its lock.
        let abandoned = root + "coldframe-ephemeral-0-\(UInt32.random(in: 0 ... .max))"
        try Store(location: .folder(abandoned)).close()
        let living = try Store(location: .ephemeral)
        let next = try Store(location: .ephemeral)
        defer { next.close() }
        #expect(!FileManager.default.fileExists(atPath: abandoned))
        #expect(FileManager.default.fileExists(atPath: kept))
        #expect(FileManager.default.fileExists(atPath: living.folder))
        living.close()
    }
}

/// Which names of a bucket a list call asks for: objects, and common prefixes in the place of what lies under them.
struct ObjectListing: Equatable {
    var prefix: ObjectKey
    /// Empty for none.
    var delimiter: [UInt8]
    /// Only names greater than this are listed.
    var after: ObjectKey?
    /// Objects and prefixes together.
    var maximum: Int

    struct Page<Entry> {
        var contents: [Entry] = []
        var prefixes: [ObjectKey] = []
        var isTruncated = false
        /// The last name on the page: where the next page begins.
        var last: ObjectKey?

        var count: Int { contents.count + prefixes.count }
    }

    /// The end of the keys that start with the prefix; nil when there is none.
    var end: ObjectKey? { prefix.bytes.isEmpty ? nil : prefix.afterPrefix }

    /// Reads one page. `fetch` answers up to `limit` entries from the key `from` on, before `end`, in byte order.
    /// Behind a common prefix it is asked to go on after everything under it, so that a folder costs one look-up.
    func page<Entry>(
        key: (Entry) -> ObjectKey, fetch: (_ from: ObjectKey, _ limit: Int) throws -> [Entry]
    ) rethrows -> Page<Entry> {
        var page = Page<Entry>()
        guard maximum > 0, var from = start else { return page }
        var batch = delimiter.isEmpty ? maximum + 1 : 64
        while true {
            let limit = min(batch, maximum + 1 - page.count)
            let entries = try fetch(from, limit)
            var isFolderSkipped = false
            for entry in entries {
                if page.count == maximum {
                    page.isTruncated = true
                    return page
                }
                let key = key(entry)
                if let common = key.commonPrefix(behind: prefix, delimiter: delimiter) {
                    page.prefixes.append(common)
                    page.last = common
                    guard let next = common.afterPrefix else { return page }
                    from = next
                    isFolderSkipped = true
                    break
                }
                page.contents.append(entry)
                page.last = key
                from = key.successor
            }
            // Folders tend to follow folders: look one key ahead at first, then further and further.
            if isFolderSkipped { batch = 1; continue }
            if entries.count < limit { return page }
            batch = min(batch * 2, maximum + 1)
        }
    }

    /// Where the keys of the page begin; nil when nothing can follow.
    private var start: ObjectKey? {
        guard let after, !(after < prefix) else { return prefix }
        // A common prefix that is not greater than `after` is not listed, nor anything under it.
        if let common = after.commonPrefix(behind: prefix, delimiter: delimiter) { return common.afterPrefix }
        return after.successor
    }
}

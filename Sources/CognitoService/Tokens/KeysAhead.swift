/// Which new pools' keys are to be made before anybody asks for them: one pool at a time, the latest first, and of a crowd
/// of pools only the latest. The others' are made when they are needed.
struct KeysAhead {
    static let poolsMax = 16

    private var pools: [String] = []
    private var isRunning = false

    /// Adds a pool; true when nobody is making keys ahead, and the caller is to begin.
    mutating func add(_ poolID: String) -> Bool {
        pools.append(poolID)
        if pools.count > Self.poolsMax { pools.removeFirst() }
        defer { isRunning = true }
        return !isRunning
    }

    /// The next pool; nil ends the making.
    mutating func next() -> String? {
        isRunning = !pools.isEmpty
        return pools.popLast()
    }

    mutating func clear() { pools = [] }
}

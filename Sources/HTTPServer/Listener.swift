import CPlatform
import Logging

/// A listening socket: takes connections and deals them out to the loops in turn.
final class Listener: EventSource, @unchecked Sendable {
    private static let acceptsPerTurn = 64

    private let core: ServerCore
    private var turn = 0
    /// Given up to take and close a connection when descriptors have run out; otherwise the listener would stay
    /// readable and the loop would spin. Negative when another thread was quicker to take what was given up.
    private var spare: Int32
    /// The loop that watches this listener.
    weak var loop: EventLoop?
    private var isOpen = true

    init(descriptor: Int32, core: ServerCore) {
        self.core = core
        spare = cplatform_open_spare()
        super.init(descriptor: descriptor)
    }

    deinit { close() }

    func close() {
        guard isOpen else { return }
        isOpen = false
        cplatform_close(descriptor)
        if spare >= 0 { cplatform_close(spare) }
    }

    override func becameReady(_ flags: Int32) {
        for _ in 0..<Self.acceptsPerTurn where isOpen {
            var peer = cplatform_address()
            let accepted = cplatform_accept(descriptor, &peer)
            if accepted == CPLATFORM_WOULD_BLOCK { return }
            if accepted < 0 {
                shedOne(errorNumber: -accepted)
                return
            }
            welcome(accepted, remoteAddress: textOfHost(peer))
        }
    }

    private func welcome(_ descriptor: Int32, remoteAddress: String) {
        let open = core.connectionOpened()
        // Beyond the limit some get the polite refusal; a flood beyond that is only closed.
        if open > core.configuration.connectionsMax + Self.acceptsPerTurn {
            core.connectionClosed()
            cplatform_close(descriptor)
            return
        }
        let loop = core.loops[turn % core.loops.count]
        turn &+= 1
        let connection = Connection(
            descriptor: descriptor, loop: loop, core: core, remoteAddress: remoteAddress,
            refusal: open > core.configuration.connectionsMax ? .tooManyConnections : nil)
        Task(executorPreference: loop) { connection.start() }
    }

    private func shedOne(errorNumber: Int32) {
        core.configuration.logger?.error("cannot accept a connection", metadata: ["errno": "\(errorNumber)"])
        if spare < 0 { spare = cplatform_open_spare() }
        guard spare >= 0 else {
            loop?.restListener()
            return
        }
        cplatform_close(spare)
        var peer = cplatform_address()
        let accepted = cplatform_accept(descriptor, &peer)
        if accepted >= 0 { cplatform_close(accepted) }
        spare = cplatform_open_spare()
    }
}

/// The host of an address as a String.
func textOfHost(_ address: cplatform_address) -> String {
    withUnsafeBytes(of: address.host) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
}

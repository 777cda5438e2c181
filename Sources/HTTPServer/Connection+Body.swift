/// How far the body of the request in progress has been read.
struct BodyProgress {
    /// Which request of the connection this is: a body outliving its request must not read from the next one.
    var exchange: UInt64 = 0
    var hasEnded = true
    var failure: RequestBodyError?
    /// Whether the client still waits for `100 Continue`.
    var continueIsDue = false
    var responseHasBegun = false
    var isBeingPulled = false
    /// Body bytes handed out or dropped so far.
    var byteCount = 0
    /// The beginning of a chunked body that was there with the head.
    var prefix: [UInt8] = []
}

/// Why a request did not come to its handler.
enum BodyArrivalFailure: Error {
    case rejected(HTTPRejection)
    case over
}

extension Connection {
    private static let pullBytesMax = 64 << 10

    /// The body as the handler gets it: whole if it is short or there already, otherwise to be pulled. Nil when a short one
    /// has yet to arrive: `restOfBody` waits for it.
    func openBody(_ head: HTTPRequestHead) throws(BodyArrivalFailure) -> RequestBody? {
        body.exchange &+= 1
        body.hasEnded = false
        body.failure = nil
        body.responseHasBegun = false
        body.byteCount = 0
        body.continueIsDue = head.expectsContinue && input.isEmpty
        switch head.framing {
        case .length(0):
            endBody()
            return RequestBody(bytes: [])
        case .length(let length):
            if let limit = core.configuration.bodyBytesMax, length > limit { throw .rejected(.bodyTooLarge) }
            let isShort = length <= core.configuration.bufferedBodyBytesMax
            if isShort, input.count >= length { return wholeBody(length) }
            return isShort && !body.continueIsDue ? nil : pulledBody(contentLength: length)
        case .chunked:
            let bytes = try arrivedChunks()
            if body.hasEnded { return RequestBody(bytes: bytes, contentLength: nil) }
            body.prefix = bytes
            return pulledBody(contentLength: nil)
        }
    }

    /// The short body of which `openBody` has found a part.
    func restOfBody(_ head: HTTPRequestHead) async throws(BodyArrivalFailure) -> RequestBody {
        guard case .length(let length) = head.framing else { return pulledBody(contentLength: nil) }
        try await awaitInput(length)
        return wholeBody(length)
    }

    private func wholeBody(_ length: Int) -> RequestBody {
        let bytes = input.take(length)
        parser.consumeLength(length)
        endBody()
        return RequestBody(bytes: bytes)
    }

    private func pulledBody(contentLength: Int?) -> RequestBody {
        let exchange = body.exchange
        return RequestBody(contentLength: contentLength) { [self] in try await pull(exchange: exchange) }
    }

    private func awaitInput(_ count: Int) async throws(BodyArrivalFailure) {
        guard input.count < count else { return }
        input.reserve(count - input.count)
        while input.count < count {
            switch await receive(.body) {
            case .bytes: continue
            case .overdue: throw .rejected(.timedOut)
            case .end, .ending: throw .over
            }
        }
    }

    /// Unpacks the chunks that came with the head.
    private func arrivedChunks() throws(BodyArrivalFailure) -> [UInt8] {
        var bytes: [UInt8] = []
        do throws(HTTPRejection) {
            while true {
                let (event, consumed) = try parser.next(input.bytes)
                switch event {
                case .body(let count):
                    bytes.append(contentsOf: input.bytes[(consumed - count)..<consumed])
                    input.consume(consumed)
                case .end:
                    input.consume(consumed)
                    body.hasEnded = true
                    try checkTotal(bytes.count)
                    return bytes
                case .incomplete, .head:
                    input.consume(consumed)
                    try checkTotal(bytes.count)
                    return bytes
                }
            }
        } catch {
            throw .rejected(error)
        }
    }

    private func checkTotal(_ count: Int) throws(HTTPRejection) {
        if let limit = core.configuration.bodyBytesMax, count > limit { throw .bodyTooLarge }
    }

    /// Steps the parser over the end of the body.
    private func endBody() {
        _ = try? parser.next(UnsafeBufferPointer(start: nil, count: 0))
        body.hasEnded = true
        body.continueIsDue = false
    }

    /// From here on the body cannot be pulled any more.
    func closeBody() {
        body.exchange &+= 1
        body.prefix = []
        interruptRead()
    }

    // MARK: pulling

    /// The next run of body bytes for a handler, wherever it runs; nil at the end.
    private func pull(exchange: UInt64) async throws -> [UInt8]? {
        guard loop.isCurrent else {
            // Called from a task that does not prefer this loop, which alone may touch the connection.
            if loop.hasStopped { throw RequestBodyError.broken(reason: "the server has stopped") }
            return try await withTaskExecutorPreference(loop) { try await self.pull(exchange: exchange) }
        }
        guard exchange == body.exchange else { throw RequestBodyError.broken(reason: "the request is over") }
        if let failure = body.failure { throw failure }
        guard !body.isBeingPulled else { throw RequestBodyError.broken(reason: "the body is pulled twice at once") }
        if !body.prefix.isEmpty { return takePrefix() }
        if body.hasEnded { return nil }
        body.isBeingPulled = true
        defer { body.isBeingPulled = false }
        do throws(RequestBodyError) {
            try await sendContinueIfDue()
            let bytes = try await nextBytes()
            body.byteCount += bytes?.count ?? 0
            if let limit = core.configuration.bodyBytesMax, body.byteCount > limit {
                throw .tooLarge(limitBytes: limit)
            }
            if hasHadItsTurn() { await loop.yield() }
            return bytes
        } catch {
            body.failure = error
            throw error
        }
    }

    private func takePrefix() -> [UInt8] {
        let prefix = body.prefix
        body.prefix = []
        body.byteCount += prefix.count
        return prefix
    }

    private func sendContinueIfDue() async throws(RequestBodyError) {
        guard body.continueIsDue else { return }
        body.continueIsDue = false
        if case .bytes = receiveNow() { return }
        guard !body.responseHasBegun else { throw .broken(reason: "the response began before the body was asked for") }
        HTTPResponseEncoder.append("HTTP/1.1 100 Continue\r\n\r\n", to: &output)
        do { try await flush() } catch { throw .broken(reason: "the client is gone") }
    }

    private func nextBytes() async throws(RequestBodyError) -> [UInt8]? {
        while true {
            if input.isEmpty, let remaining = parser.lengthRemaining {
                let (bytes, received) = await receiveArray(min(remaining, Self.pullBytesMax))
                try check(received)
                parser.consumeLength(bytes.count)
                if parser.lengthRemaining == nil { endBody() }
                return bytes
            }
            let event: HTTPRequestParser.Event
            let consumed: Int
            do { (event, consumed) = try parser.next(input.bytes) } catch { throw .broken(reason: error.reason) }
            switch event {
            case .body(let count):
                let bytes = Array(input.bytes[(consumed - count)..<consumed])
                input.consume(consumed)
                if parser.isAtMessageEnd { endBody() }
                return bytes
            case .end:
                input.consume(consumed)
                body.hasEnded = true
                return nil
            case .incomplete, .head:
                input.consume(consumed)
                input.reserve(Self.pullBytesMax / 2)
                try check(await receive(.body))
            }
        }
    }

    private func check(_ received: Received) throws(RequestBodyError) {
        switch received {
        case .bytes: return
        case .end: throw .broken(reason: "the client closed the connection in mid-body")
        case .overdue: throw .broken(reason: "the client stalled in mid-body")
        case .ending: throw .broken(reason: "the server is stopping")
        }
    }

    // MARK: leftovers

    /// Whether another request can follow, as far as the body of this one is concerned.
    func bodyAllowsKeepAlive() -> Bool {
        if body.hasEnded { return true }
        // A client that was never told to continue may or may not send the body: where it ends cannot be known.
        guard body.failure == nil, !body.continueIsDue, !body.isBeingPulled else { return false }
        return (parser.lengthRemaining ?? 0) <= core.configuration.unreadBodyBytesMax
    }

    /// Reads and drops what the handler left. Answers whether that came to an end within the limit.
    func drainBody() async -> Bool {
        var dropped = 0
        while !body.hasEnded {
            guard let bytes = try? await nextBytes() else { return body.hasEnded }
            dropped += bytes.count
            if dropped > core.configuration.unreadBodyBytesMax { return false }
            if hasHadItsTurn() { await loop.yield() }
        }
        return true
    }
}

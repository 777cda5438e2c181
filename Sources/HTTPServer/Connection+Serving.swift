import CPlatform

extension Connection {
    /// What waiting for a request came to.
    private enum Arrival {
        case head(HTTPRequestHead)
        case rejected(HTTPRejection)
        /// The client closed or fell silent, or the server stops: there is nobody to answer.
        case over
    }

    /// Answers requests until one of the two sides has enough.
    func serve() async -> Ending {
        var awaited = ConnectionDeadlines.Awaited.firstRequest
        while true {
            switch await readHead(awaited) {
            case .over: return .close
            case .rejected(let rejection): return await reject(rejection)
            case .head(let head):
                if let ending = await answer(head) { return ending }
            }
            awaited = .nextRequest
            input.rest()
            if hasHadItsTurn() { await loop.yield() }
        }
    }

    private func readHead(_ between: ConnectionDeadlines.Awaited) async -> Arrival {
        while true {
            do throws(HTTPRejection) {
                if !input.isEmpty {
                    let (event, consumed) = try parser.next(input.bytes)
                    input.consume(consumed)
                    if case .head(let head) = event {
                        headArrived()
                        return .head(head)
                    }
                }
            } catch {
                return .rejected(error)
            }
            let hasBegun = parser.isInsideHead || !input.isEmpty
            if let received = receiveNow() {
                guard case .bytes = received else { return .over }
                continue
            }
            switch await waitToRead(hasBegun ? .head : between) {
            case .ready: continue
            case .overdue: return hasBegun ? .rejected(.timedOut) : .over
            case .ending: return .over
            }
        }
    }

    /// Lets the handler answer one request. Answers nil when the connection can go on.
    private func answer(_ head: HTTPRequestHead) async -> Ending? {
        let requestBody: RequestBody
        do throws(BodyArrivalFailure) {
            requestBody = if let opened = try openBody(head) { opened } else { try await restOfBody(head) }
        } catch {
            switch error {
            case .rejected(let rejection): return await reject(rejection)
            case .over: return .close
            }
        }
        let request = HTTPRequest(
            method: head.method, target: head.target, headers: head.headers, body: requestBody,
            remoteAddress: remoteAddress)
        let response = await core.handler.respond(to: request)
        let mayKeepAlive = head.keepAlive && !loop.isDraining && !Task.isCancelled && bodyAllowsKeepAlive()
            && response.status != 413 && response.status != 408
        let keepAlive: Bool
        do {
            keepAlive = try await send(
                response, isHead: head.method == "HEAD", minorVersion: head.minorVersion, mayKeepAlive: mayKeepAlive)
        } catch {
            closeBody()
            return .close
        }
        if keepAlive {
            let isAtEnd = if body.hasEnded { true } else { await drainBody() }
            closeBody()
            return isAtEnd ? nil : .linger
        }
        let clientMaySend = !body.hasEnded || head.keepAlive || !input.isEmpty
        closeBody()
        return clientMaySend ? .linger : .close
    }

    /// Writes a response. Answers whether the connection is kept, as the client was told.
    /// Throws `ConnectionLost` when the client is gone or the stream broke off.
    @discardableResult
    func send(
        _ response: HTTPResponse, isHead: Bool, minorVersion: Int, mayKeepAlive: Bool
    ) async throws(ConnectionLost) -> Bool {
        let plan = HTTPResponsePlan(
            response, isHead: isHead, minorVersion: minorVersion, mayKeepAlive: mayKeepAlive)
        HTTPResponseEncoder.appendHead(
            response, plan: plan, minorVersion: minorVersion, dateField: loop.currentDateField, to: &output)
        body.responseHasBegun = true
        guard plan.sendsBody else {
            try await flush()
            return plan.keepAlive
        }
        switch response.body {
        case .empty, .headOnly: try await flush()
        case .bytes(let bytes):
            if bytes.count <= 16 << 10 {
                output.append(contentsOf: bytes)
                var sent = 0
                if try !flushNow(from: &sent) { try await flush(from: sent) }
            } else {
                try await flush(bytes)
            }
        case .stream(let length, let next):
            isStreamingOpenEnded = length == nil
            cancelIfPointless()
            defer { isStreamingOpenEnded = false }
            try await sendStream(length: length, isChunked: plan.framing == .chunked, next)
        case .file(let run):
            try await flush()
            try await sendFile(run)
        }
        return plan.keepAlive
    }

    /// Reads and sends by turns, through one small buffer: what a full socket does not take is read again later.
    private func sendFile(_ run: FileRun) async throws(ConnectionLost) {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.sendBytesMax, alignment: 16)
        defer { buffer.deallocate() }
        var offset = run.range.lowerBound
        while offset < run.range.upperBound {
            let count = min(run.range.upperBound - offset, buffer.count)
            let read = cplatform_read_at(run.descriptor, buffer.baseAddress, count, off_t(offset))
            // The file is shorter than the head has promised, or unreadable.
            guard read > 0 else { throw ConnectionLost() }
            let sent = cplatform_send(descriptor, buffer.baseAddress, read)
            if sent >= 0 {
                offset += sent
                if hasHadItsTurn() { await loop.yield() }
            } else if sent == Int(CPLATFORM_WOULD_BLOCK) {
                try await waitToWrite()
            } else {
                throw ConnectionLost()
            }
        }
    }

    /// Pulls and writes by turns: no more than one run of bytes is in memory, and a slow client slows the source down.
    private func sendStream(
        length: Int?, isChunked: Bool, _ next: @Sendable () async throws -> [UInt8]?
    ) async throws(ConnectionLost) {
        // The head goes out at once: an open-ended stream may have its first bytes much later.
        if length == nil { try await flush() }
        var remaining = length
        while remaining != 0 {
            let run: [UInt8]?
            do { run = try await next() } catch { throw ConnectionLost() }
            guard var bytes = run else { break }
            // An empty chunk would say that the body is over.
            if bytes.isEmpty { continue }
            if let left = remaining {
                guard bytes.count <= left else { throw ConnectionLost() }
                remaining = left - bytes.count
            }
            if isChunked {
                HTTPResponseEncoder.appendChunkLine(bytes.count, to: &output)
                // With its chunk: a client that waits for it would see each chunk when the next one is made.
                HTTPResponseEncoder.append("\r\n", to: &bytes)
            }
            try await flush(bytes)
            if hasHadItsTurn() { await loop.yield() }
        }
        if let remaining, remaining > 0 { throw ConnectionLost() }
        if isChunked { HTTPResponseEncoder.append("0\r\n\r\n", to: &output) }
        try await flush()
    }
}

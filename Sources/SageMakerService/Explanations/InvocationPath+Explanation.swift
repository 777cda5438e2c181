import AWSModel
import AWSProtocols
import Foundation
import HostingRules
import SimTime
import Timeline

extension InvocationPath {
    /// The answer of an endpoint with an explainer: the container's predictions, and for each record that is to be
    /// explained what its features add to them.
    // AWS: doc — the guide's page on invoking an endpoint with an explainer.
    func explained(_ answered: Answered, _ request: InvocationRequest, _ plan: ExplainerPlan) async throws -> Answered {
        var run = ExplanationRun(path: self, answered: answered, request: request, plan: plan)
        let condition = try request.enableExplanations.map {
            try ExplainerPlan.condition($0, of: "InvokeEndpoint")
        } ?? plan.condition
        let records = try run.records(request.body, request.contentType, of: "request")
        let predictions = try run.records(answered.answer.body.bytes, answered.answer.contentType, of: "model's answer")
        guard records.count == predictions.count else {
            throw RuntimeFaults.explanation("The model answered \(predictions.count) records to \(records.count).")
        }
        let wanted: [Bool]
        do {
            wanted = try predictions.map { prediction in
                try condition?.holds(for: prediction.map { .init(field: CSVRecords.value($0)) }) ?? true
            }
        } catch is ExplanationCondition.NotBoolean {
            throw RuntimeFaults.explanation("The EnableExplanations expression is neither true nor false.")
        }
        try run.check(zip(records, wanted).compactMap { $1 ? $0 : nil })
        var explanations: [AWSValue] = []
        for (index, isWanted) in wanted.enumerated() {
            explanations.append(
                isWanted ? .list(try await run.attributions(of: records[index], predictions[index])) : .null)
        }
        let explainedCount = wanted.count { $0 }
        let fleet = answered.target.fleet
        if explainedCount > 0 {
            // AWS: doc — spec/hosting.md §D.1.
            fleet.meter.book(
                .explanationsPerInstance, Double(explainedCount) / Double(max(1, fleet.route.active.count)), at: timeline.now)
        }
        var body: AWSObject = [
            "version": "1.0",
            "predictions": [
                "content_type": .string(answered.answer.contentType),
                "data": .string(String(decoding: answered.answer.body.bytes, as: UTF8.self)),
            ],
        ]
        if let headers = plan.labelHeaders { body.append("label_headers", .list(headers.map { .string($0) })) }
        body.append("explanations", explainedCount == 0 ? [:] : ["kernel_shap": .list(explanations)])
        var explained = answered
        explained.answer.body = .whole(JSON.write(.object(body)))
        explained.answer.contentType = "application/json"
        return explained
    }
}

/// The work on the records of one request: the same machine answers the synthetic records, one batch after the other.
private struct ExplanationRun {
    let path: InvocationPath
    let answered: InvocationPath.Answered
    let request: InvocationRequest
    let plan: ExplainerPlan
    private var random: SeededRandom
    /// The scores of the baseline, averaged, once they are known.
    private var baselineScores: [Double]?
    /// The same for all records, made for the first of them.
    private var shap: KernelShap?

    /// The synthetic records of one request. AWS's bound is the time that a request may take.
    private static let syntheticMax = 100_000

    init(
        path: InvocationPath, answered: InvocationPath.Answered, request: InvocationRequest, plan: ExplainerPlan
    ) {
        self.path = path
        self.answered = answered
        self.request = request
        self.plan = plan
        random = answered.target.random
    }

    /// The records of a body, which must be CSV.
    func records(_ body: [UInt8], _ contentType: String?, of name: String) throws -> [[String]] {
        guard contentType?.prefix(while: { $0 != ";" }).lowercased() == "text/csv",
              let text = String(validating: body, as: UTF8.self)
        else { throw RuntimeFaults.explanation("The \(name) is not text/csv, which the explainer needs.") }
        return CSVRecords.split(text)
    }

    /// Throws what forbids to explain these records, before anything is made for it.
    func check(_ records: [[String]]) throws {
        let count = plan.baseline.first?.count ?? 0
        if let other = records.first(where: { $0.count != count }) {
            throw RuntimeFaults.explanation("The record has \(other.count) features, and the ShapBaseline \(count).")
        }
        if records.isEmpty { return }
        guard (1...KernelShap.featuresMax).contains(count), plan.featureHeaders.map({ $0.count == count }) ?? true else {
            throw RuntimeFaults.explanation(
                "The record has \(count) features; there may be \(KernelShap.featuresMax), as many as FeatureHeaders.")
        }
        let coalitions = KernelShap.coalitionCount(featureCount: count, sampleCount: plan.sampleCount)
        guard (records.count * coalitions + 1) * plan.baseline.count <= Self.syntheticMax else {
            throw RuntimeFaults.explanation(
                "The synthetic dataset has more than \(Self.syntheticMax) records; lower NumberOfSamples or ShapBaseline.")
        }
    }

    /// What each feature of a record adds. The record was checked.
    mutating func attributions(of record: [String], _ prediction: [String]) async throws -> [AWSValue] {
        let count = record.count
        let shap = shap ?? KernelShap(featureCount: count, sampleCount: plan.sampleCount, seed: plan.seed)
        self.shap = shap
        let baseline = try await baseline()
        // Lazily: a batch of rows is there at a time.
        let rows = shap.coalitions.lazy.flatMap { [plan] coalition in
            plan.baseline.lazy.map { base in
                zip(coalition, zip(record, base)).map { isOwn, fields in isOwn ? fields.0 : fields.1 }
            }
        }
        let values = try await averages(rows)
        let own = try scores(prediction).map(linked)
        guard own.count == baseline.count, values.allSatisfy({ $0.count == own.count }) else {
            throw RuntimeFaults.explanation("The model answers with different numbers of scores.")
        }
        let byClass = own.indices.map { index in
            shap.attributions(baseline: baseline[index], record: own[index], values: values.map { $0[index] })
        }
        return (0..<count).map { feature in
            [
                "feature_header": plan.featureHeaders.map { .string($0[feature]) },
                "attributions": [["attribution": .list(byClass.map { .double($0[feature]) })]],
            ]
        }
    }

    private mutating func baseline() async throws -> [Double] {
        if let baselineScores { return baselineScores }
        let scores = try await averages(plan.baseline)[0]
        baselineScores = scores
        return scores
    }

    /// The scores of synthetic records, averaged over as many as the baseline has, and linked. The model answers them
    /// batch by batch.
    private mutating func averages(_ rows: some Sequence<[String]>) async throws -> [[Double]] {
        var averages: [[Double]] = []
        var sums: [Double] = []
        var summed = 0
        var body: [UInt8] = []
        var count = 0
        func add(_ predictions: [[String]]) throws {
            for prediction in predictions {
                let own = try scores(prediction)
                sums = summed == 0 ? own : zip(sums, own).map { $0 + $1 }
                summed += 1
                guard summed == plan.baseline.count else { continue }
                averages.append(sums.map { linked($0 / Double(summed)) })
                summed = 0
            }
        }
        for row in rows {
            let line = Array(row.joined(separator: ",").utf8)
            if count > 0, count == plan.recordsMax ?? .max || body.count + line.count + 1 > plan.payloadBytesMax {
                try add(try await answer(to: body, count))
                (body, count) = ([], 0)
            }
            if count > 0 { body.append(0x0a) }
            body += line
            count += 1
        }
        if count > 0 { try add(try await answer(to: body, count)) }
        return averages
    }

    private mutating func answer(to body: [UInt8], _ count: Int) async throws -> [[String]] {
        var synthetic = request
        synthetic.body = body
        synthetic.sessionID = nil
        let call = ContainerCall(
            request: synthetic, instance: answered.target.instance, timeLimitSeconds: InvocationPath.timeLimitSeconds,
            now: path.timeline.now)
        var answer: ContainerAnswer
        if let atOnce = answered.runner.answerAtOnce(call, random: &random) {
            answer = atOnce
        } else {
            answer = await answered.runner.answer(call, random: random.split())
        }
        do throws(StreamBreak) {
            answer.body = .whole(try await answer.body.collected(limitBytes: InvocationPath.answerBytesMax))
        } catch {
            answer = .none(error.message, latencyMicroseconds: answer.latencyMicroseconds, hostname: answer.hostname)
        }
        guard answer.isSuccess else { throw RuntimeFaults.model(answer, request) }
        let predictions = try records(answer.body.bytes, answer.contentType, of: "model's answer")
        guard predictions.count == count else {
            throw RuntimeFaults.explanation("The model answered \(predictions.count) records to \(count).")
        }
        return predictions
    }

    /// The score of each class.
    // AWS: doc — API reference of ClarifyInferenceConfig, ProbabilityIndex.
    private func scores(_ prediction: [String]) throws -> [Double] {
        var fields = prediction
        if let index = plan.probabilityIndex { fields = prediction.indices.contains(index) ? [prediction[index]] : [] }
        if fields.count == 1 {
            let value = CSVRecords.value(fields[0])
            if value.hasPrefix("["), value.hasSuffix("]") {
                fields = CSVRecords.split(String(value.dropFirst().dropLast())).first ?? []
            }
        }
        let scores = fields.compactMap { Double(CSVRecords.value($0)) }
        guard !scores.isEmpty, scores.count == fields.count else {
            throw RuntimeFaults.explanation("The model's answer \(prediction.joined(separator: ",").prefix(80)) holds no scores.")
        }
        return scores
    }

    /// A probability as log-odds, when the configuration wants them.
    private func linked(_ score: Double) -> Double {
        guard plan.usesLogit else { return score }
        let probability = min(max(score, 1e-12), 1 - 1e-12)
        return log(probability / (1 - probability))
    }
}

extension RuntimeFaults {
    /// A request that cannot be explained. AWS's texts are not known.
    fileprivate static func explanation(_ message: String) -> AWSFault { validation(nil, message) }
}

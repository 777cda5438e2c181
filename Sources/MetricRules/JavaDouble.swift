/// A number as Java prints a double, the form of CloudWatch's texts: `1.0`, `99.83333333333333`, `1.0E7`, `1.0E-4`.
/// AWS: recorded (exponents inferred) — spec/cloudwatch.md §8.3.
package func javaDouble(_ value: Double) -> String {
    if value.isNaN { return "NaN" }
    if value.isInfinite { return value < 0 ? "-Infinity" : "Infinity" }
    if value == 0 { return value.sign == .minus ? "-0.0" : "0.0" }
    // Swift prints the shortest digits that read back the same; only their arrangement differs from Java's.
    let (digits, exponent) = decimalDigits(value.magnitude)
    let sign = value < 0 ? "-" : ""
    switch exponent {
    case 0..<7:
        let whole = digits.prefix(exponent + 1)
        let fraction = digits.dropFirst(exponent + 1)
        let padding = String(repeating: "0", count: max(0, exponent + 1 - digits.count))
        return "\(sign)\(whole)\(padding).\(fraction.isEmpty ? "0" : fraction)"
    case -3..<0:
        return "\(sign)0.\(String(repeating: "0", count: -exponent - 1))\(digits)"
    default:
        let fraction = digits.dropFirst()
        return "\(sign)\(digits.prefix(1)).\(fraction.isEmpty ? "0" : fraction)E\(exponent)"
    }
}

/// The significant digits of a positive number without leading or trailing zeros, and the power of ten of the first.
private func decimalDigits(_ value: Double) -> (digits: Substring, exponent: Int) {
    let parts = "\(value)".split(separator: "e", maxSplits: 1)
    let mantissa = parts[0].split(separator: ".", maxSplits: 1)
    var exponent = (parts.count == 2 ? Int(parts[1]) ?? 0 : 0) + mantissa[0].count - 1
    var digits = Substring(mantissa[0] + (mantissa.count == 2 ? mantissa[1] : ""))
    while digits.first == "0" {
        digits.removeFirst()
        exponent -= 1
    }
    while digits.last == "0" { digits.removeLast() }
    return (digits, exponent)
}

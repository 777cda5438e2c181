import MetricRules
import Testing

/// Expected texts are those of `Double.toString` in Java.
@Suite struct JavaDoubleTests {
    @Test(arguments: [
        (0.0, "0.0"), (-0.0, "-0.0"), (1.0, "1.0"), (-1.5, "-1.5"), (21.5, "21.5"), (99.83333333333333, "99.83333333333333"),
        (400_000, "400000.0"), (9_999_999, "9999999.0"), (1e7, "1.0E7"), (12_345_678.5, "1.23456785E7"), (1e21, "1.0E21"),
        (0.001, "0.001"), (0.0484, "0.0484"), (0.00099, "9.9E-4"), (1.5e-10, "1.5E-10"), (123456.789, "123456.789"),
        (100, "100.0"), (1_200_000, "1200000.0"), (1.7976931348623157e308, "1.7976931348623157E308"),
        (.infinity, "Infinity"), (-.infinity, "-Infinity"), (.nan, "NaN"), (1e16, "1.0E16"), (123e14, "1.23E16"),
    ] as [(Double, String)])
    func prints(value: Double, text: String) { #expect(javaDouble(value) == text) }

    @Test func whatIsPrintedReadsBack() {
        for exponent in -320...308 {
            let value = 1.2345678912345 * Double("1e\(exponent)")!
            if value.isFinite { #expect(Double(javaDouble(value)) == value) }
        }
    }
}

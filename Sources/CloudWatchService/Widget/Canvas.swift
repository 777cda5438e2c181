/// A colour of eight bits a channel.
struct PixelColor: Hashable, Sendable {
    var red: UInt8
    var green: UInt8
    var blue: UInt8

    init(_ hex: UInt32) {
        red = UInt8(hex >> 16 & 0xff)
        green = UInt8(hex >> 8 & 0xff)
        blue = UInt8(hex & 0xff)
    }

    /// Reads `#rrggbb` or `#rgb`.
    init?(_ text: String) {
        guard text.first == "#", let value = UInt32(text.dropFirst(), radix: 16) else { return nil }
        switch text.utf8.count {
        case 7: self.init(value)
        case 4: self.init((value & 0xf00) * 0x1100 + (value & 0xf0) * 0x110 + (value & 0xf) * 0x11)
        default: return nil
        }
    }

    static let white = PixelColor(0xffffff), black = PixelColor(0x16191f), grid = PixelColor(0xe4e7ea)
    static let axis = PixelColor(0x879596), red = PixelColor(0xd13212)
}

/// A raster to draw on. Whatever lies outside is cut off.
struct Canvas: Sendable {
    let width: Int
    let height: Int
    /// Red, green and blue, row by row.
    private(set) var pixels: [UInt8]

    init(width: Int, height: Int) {
        self.width = width
        self.height = height
        pixels = [UInt8](repeating: 0xff, count: width * height * 3)
    }

    subscript(x: Int, y: Int) -> PixelColor {
        let offset = (y * width + x) * 3
        return PixelColor(UInt32(pixels[offset]) << 16 | UInt32(pixels[offset + 1]) << 8 | UInt32(pixels[offset + 2]))
    }

    mutating func blend(_ x: Int, _ y: Int, _ color: PixelColor, opacity: Double = 1) {
        guard x >= 0, y >= 0, x < width, y < height, opacity > 0 else { return }
        let offset = (y * width + x) * 3, share = min(1, opacity)
        for (channel, value) in [color.red, color.green, color.blue].enumerated() {
            let old = Double(pixels[offset + channel])
            pixels[offset + channel] = UInt8((old + (Double(value) - old) * share).rounded())
        }
    }

    mutating func fill(x: Int, y: Int, width: Int, height: Int, _ color: PixelColor, opacity: Double = 1) {
        guard width > 0, height > 0 else { return }
        for row in max(0, y)..<max(0, y, min(self.height, y + height)) {
            for column in max(0, x)..<max(0, x, min(self.width, x + width)) { blend(column, row, color, opacity: opacity) }
        }
    }

    /// A straight line with soft edges; coordinates are pixel centres.
    mutating func line(
        _ from: (x: Double, y: Double), _ to: (x: Double, y: Double), _ color: PixelColor, thickness: Double = 1.5
    ) {
        let reach = thickness / 2 + 1
        let left = Int(max(0, min(from.x, to.x) - reach)), right = Int(min(Double(width - 1), max(from.x, to.x) + reach))
        let dx = to.x - from.x, dy = to.y - from.y, squared = dx * dx + dy * dy
        guard left <= right else { return }
        for x in left...right {
            // Only the rows near the line in this column.
            let span = dx == 0 ? (from.y, to.y) : (y(at: Double(x) - reach, from, to), y(at: Double(x) + reach, from, to))
            let top = Int(max(0, min(span.0, span.1) - reach)), bottom = Int(min(Double(height - 1), max(span.0, span.1) + reach))
            guard top <= bottom else { continue }
            for y in top...bottom {
                let px = Double(x) - from.x, py = Double(y) - from.y
                let along = squared == 0 ? 0 : max(0, min(1, (px * dx + py * dy) / squared))
                let distance = ((px - along * dx) * (px - along * dx) + (py - along * dy) * (py - along * dy)).squareRoot()
                blend(x, y, color, opacity: thickness / 2 + 0.5 - distance)
            }
        }
    }

    /// The line's height at a column, held within its ends.
    private func y(at x: Double, _ from: (x: Double, y: Double), _ to: (x: Double, y: Double)) -> Double {
        let share = (x - from.x) / (to.x - from.x)
        return from.y + max(0, min(1, share)) * (to.y - from.y)
    }

    /// Text with its top left corner at a point. `scale` multiplies the font's pixels.
    mutating func text(_ text: String, x: Int, y: Int, _ color: PixelColor = .black, scale: Int = 1) {
        var left = x
        for scalar in text.unicodeScalars {
            for (row, bits) in PixelFont.rows(of: scalar).enumerated() {
                for column in 0..<PixelFont.width where bits >> (PixelFont.width - 1 - column) & 1 == 1 {
                    fill(x: left + column * scale, y: y + row * scale, width: scale, height: scale, color)
                }
            }
            left += PixelFont.advance * scale
        }
    }

    static func width(of text: String, scale: Int = 1) -> Int { text.unicodeScalars.count * PixelFont.advance * scale }
}

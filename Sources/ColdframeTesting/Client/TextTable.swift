/// A table for people: columns as wide as they need to be, two spaces between them, no trailing blanks.
package struct TextTable: Sendable {
    package enum Alignment: Sendable { case left, right }

    private let columns: [(title: String, alignment: Alignment)]
    private var rows: [[String]] = []

    package init(_ columns: [(title: String, alignment: Alignment)]) { self.columns = columns }

    package init(_ titles: String...) { columns = titles.map { ($0, .left) } }

    /// Adds a row; cells beyond the columns are dropped, missing ones are empty, line breaks become blanks.
    package mutating func add(_ cells: [String]) {
        rows.append(columns.indices.map { index in
            index < cells.count ? String(cells[index].map { $0.isNewline ? " " : $0 }) : ""
        })
    }

    package var lines: [String] {
        let all = [columns.map(\.title)] + rows
        let widths = columns.indices.map { index in all.map { $0[index].count }.max() ?? 0 }
        return all.map { row in
            var line = ""
            for (index, cell) in row.enumerated() {
                let blanks = String(repeating: " ", count: widths[index] - cell.count)
                if index > 0 { line += "  " }
                line += columns[index].alignment == .right ? blanks + cell : cell + blanks
            }
            while line.last == " " { line.removeLast() }
            return line
        }
    }

    package var text: String { lines.map { $0 + "\n" }.joined() }
}

/// Letters of five by seven pixels, drawn for this server.
enum PixelFont {
    static let width = 5
    static let height = 7
    /// From one letter's left edge to the next.
    static let advance = 6

    /// Printable ASCII from the space on, seven rows a letter; a row is one base-32 digit whose bits are its pixels.
    private static let glyphs = """
        0000000 4444004 aaa0000 aavavaa 4fke5u4 op248j3 cik8lid 4480000 2488842 8422248 04lel40 044v440 0000c48 000v000
        00000cc 01248g0 ehjlphe 4c4444e eh1248v v2421he 26aiv22 vgu11he 68guhhe v124888 ehhehhe ehhf12c 0cc0cc0 0cc0c48
        248g842 00v0v00 8421248 eh12404 eh1dlle ehhvhhh uhhuhhu ehggghe sihhhis vgguggv vgguggg ehgnhhf hhhvhhh e44444e
        72222ic hikokih ggggggv hrllhhh hhpljhh ehhhhhe uhhuggg ehhhlid uhhukih fgge11u v444444 hhhhhhe hhhhha4 hhhllla
        hha4ahh hhha444 v1248gv e88888e 0g84210 e22222e 4ah0000 000000v 8420000 00e1fhf ggmphhu 00eghge 11djhhf 00ehvge
        698s888 00fhf1e ggmphhh 40c444e 20622ic ggikoki c44444e 00qllhh 00mphhh 00ehhhe 00uhugg 00djf11 00mpggg 00ege1u
        88s8896 00hhhjd 00hhha4 00hhlla 00ha4ah 00hhf1e 00v248v 2448442 4444444 8442448 008l200
        """.split(whereSeparator: \.isWhitespace).map { glyph in glyph.map { UInt8($0.base32Value) } }

    /// The rows of a letter, top first; a box for those that are not known.
    static func rows(of scalar: Unicode.Scalar) -> [UInt8] {
        guard scalar.value >= 0x20, Int(scalar.value) - 0x20 < glyphs.count else { return [31, 17, 17, 17, 17, 17, 31] }
        return glyphs[Int(scalar.value) - 0x20]
    }
}

extension Character {
    fileprivate var base32Value: Int { Int(String(self), radix: 32) ?? 0 }
}

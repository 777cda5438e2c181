import HTTPServer
import Outbound
import Testing

@Suite struct HTTPURLTests {
    @Test(arguments: [
        ("http://localhost:9000", "http://localhost:9000/"), ("http://h/a/b?x=1", "http://h:80/a/b?x=1"),
        ("HTTP://[::1]:8080/x", "http://[::1]:8080/x"), ("http://h?x=1", "http://h:80/?x=1"),
    ])
    func whatIsAnAddress(_ text: String, _ shown: String) { #expect(HTTPURL(text)?.description == shown) }

    @Test(arguments: [
        "", "localhost:9000", "https://h/", "http://", "http://u:p@h/", "http://h/a b", "http://h/\r\nX: y", "http://h/#x",
        "http://h/ü",
    ])
    func whatIsNone(_ text: String) { #expect(HTTPURL(text) == nil) }

    @Test(arguments: [
        ("http://h:1", "ping", "http://h:1/ping"), ("http://h:1/base/", "/ping", "http://h:1/base/ping"),
        ("http://h:1/base?x=1", "ping", "http://h:1/base/ping"),
    ])
    func pathsAreAppended(_ base: String, _ path: String, _ whole: String) throws {
        #expect(try #require(HTTPURL(base)).appending(path).description == whole)
    }
}

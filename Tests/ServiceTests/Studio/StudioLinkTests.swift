import AWSModel
import ColdframeServer
import ColdframeTesting
import HTTPServer
import Outbound
import SimTime
import StudioService
import Testing

@Suite struct StudioLinkTests {
    @Test func aLinkOpensOnceAndStartsTheDefaultApp() async throws {
        try await StudioHarness.with { studio in
            let id = try await studio.domain()
            try await studio.profile("alice", of: id)
            let link = try await studio.link(id, "alice", ["SessionExpirationDurationInSeconds": 1800])
            #expect(link.hasPrefix("https://\(id).studio.us-east-1.sagemaker.aws/auth?token="))
            #expect(link.count > 250)
            let opened = try await studio.open(link)
            #expect(opened.answer.status == 302)
            #expect(opened.answer.headers["Location"] == "/jupyter/default/lab")
            let cookie = try #require(opened.answer.headers["Set-Cookie"])
            #expect(cookie.hasSuffix("; Path=/; Max-Age=1800; HttpOnly; SameSite=Lax"))
            #expect(opened.answer.headers["Cache-Control"] == "no-store")

            let page = try await studio.browse(opened.host, "/jupyter/default/lab", cookie: opened.cookie)
            #expect(page.status == 200)
            #expect(page.cell("profile") == "alice")
            #expect(page.cell("app-type") == "JupyterServer")
            #expect(page.cell("app-status") == "Pending")
            #expect(page.cell("principal") == "arn:aws:iam::123456789012:root")
            #expect(page.headers["Content-Security-Policy"]?.contains("default-src 'none'") == true)
            #expect(!page.text.contains("<script"))
            try await studio.settle()
            let ready = try await studio.browse(opened.host, "/", cookie: opened.cookie)
            #expect(ready.cell("app-status") == "InService")
            let app: AWSValue = ["DomainId": .string(id), "UserProfileName": "alice", "AppType": "JupyterServer", "AppName": "default"]
            #expect(try await studio.status("DescribeApp", app) == "InService")

            let reused = try await studio.open(link)
            #expect(reused.answer.status == 403)
            #expect(reused.answer.text.contains("has been used"))
            #expect(reused.cookie == nil)
            let tampered = try await studio.open(link + "A")
            #expect(tampered.answer.status == 403)
            #expect(try await studio.browse(opened.host, "/").status == 403)
            #expect(try await studio.browse(opened.host, "/", cookie: "coldframe-studio=x").status == 403)
            #expect(try await studio.browse("d-other.studio.us-east-1.sagemaker.aws", "/", cookie: opened.cookie).status == 403)
            #expect(try await studio.browse(opened.host, "/", cookie: opened.cookie, method: "POST").status == 405)

            try await studio.coldframe.advance(by: .minutes(30))
            let over = try await studio.browse(opened.host, "/", cookie: opened.cookie)
            #expect(over.status == 403)
            #expect(over.text.contains("session has expired"))
        }
    }

    @Test func anExpiredLinkIsRefusedOrLeadsToTheSignInPage() async throws {
        for signIn in [nil, "https://console.example/sign-in"] as [String?] {
            var settings = StudioSettings()
            settings.signInURL = signIn
            try await StudioHarness.with(settings) { studio in
                let id = try await studio.domain()
                try await studio.profile("alice", of: id)
                let link = try await studio.link(id, "alice", ["ExpiresInSeconds": 5])
                try await studio.coldframe.advance(by: .seconds(5))
                let late = try await studio.open(link)
                #expect(late.answer.status == (signIn == nil ? 403 : 302))
                #expect(late.answer.headers["Location"] == signIn)
                #expect(late.cookie == nil)
            }
        }
    }

    @Test(arguments: [("ExpiresInSeconds", 4), ("ExpiresInSeconds", 301), ("SessionExpirationDurationInSeconds", 1799), ("SessionExpirationDurationInSeconds", 43201)] as [(String, Int64)])
    func boundsAreTheModels(_ member: String, _ seconds: Int64) async throws {
        try await StudioHarness.with { studio in
            let id = try await studio.domain()
            try await studio.profile("alice", of: id)
            do {
                _ = try await studio.link(id, "alice", [member: .integer(seconds)])
                Issue.record("accepted")
            } catch let fault as CallFault {
                #expect(fault.code == "ValidationException")
                #expect(fault.message.hasPrefix("1 validation error detected: Value '\(seconds)' at '\(member.prefix(1).lowercased() + member.dropFirst())' failed to satisfy constraint: Member must have value"))
            }
        }
    }

    @Test func linksAreForProfilesThatAreThere() async throws {
        try await StudioHarness.with { studio in
            let id = try await studio.domain()
            func refused(_ domain: String, _ profile: String, _ more: AWSObject = [:]) async throws -> CallFault {
                do { _ = try await studio.link(domain, profile, more) } catch let fault as CallFault { return fault }
                throw StudioHarness.Unexpected.success("CreatePresignedDomainUrl")
            }
            #expect(try await refused("d-none", "x").message == "Domain [d-none] does not exist.")
            #expect(try await refused(id, "x").message == "UserProfile [x] does not exist.")
            #expect(try await refused(id, "x").code == "ResourceNotFound")
            try await studio.call("CreateUserProfile", ["DomainId": .string(id), "UserProfileName": "alice"])
            #expect(try await refused(id, "alice").message == "UserProfile [alice] is not InService; its status is Pending.")
            try await studio.settle()
            #expect(try await refused(id, "alice", ["LandingUri": "app:Elsewhere:"]).message == "LandingUri [app:Elsewhere:] is not supported.")
            #expect(try await refused(id, "alice", ["SpaceName": "none"]).code == "ResourceNotFound")
        }
    }

    @Test func rStudioIsReachedByTheRedirectAndRevivedWhenDeleted() async throws {
        try await StudioHarness.with { studio in
            let id = try await studio.rStudioDomain()
            try await studio.profile("alice", of: id)
            let server: AWSValue = [
                "DomainId": .string(id), "UserProfileName": "domain-shared", "AppType": "RStudioServerPro", "AppName": "default",
            ]
            try await studio.call("DeleteApp", server)
            try await studio.settle()
            let opened = try await studio.open(try await studio.link(id, "alice"), appending: "&redirect=RStudioServerPro")
            #expect(opened.answer.headers["Location"] == "/rstudio/default")
            try await studio.settle()
            #expect(try await studio.status("DescribeApp", server) == "InService")
            let page = try await studio.browse(opened.host, "/rstudio/default", cookie: opened.cookie)
            #expect(page.cell("app-type") == "RSessionGateway")
            #expect(page.cell("instance") == "ml.t3.medium")
            let profile = try await studio.fault("DeleteUserProfile", ["DomainId": .string(id), "UserProfileName": "alice"])
            #expect(profile.message.hasSuffix("because App(s) are associated with it."))
        }
    }

    @Test func aProfileWithoutAccessSeesWhy() async throws {
        try await StudioHarness.with { studio in
            let id = try await studio.rStudioDomain()
            try await studio.profile("<bob>".filter(\.isLetter), of: id, settings: ["RStudioServerProAppSettings": ["AccessStatus": "DISABLED"]])
            let opened = try await studio.open(try await studio.link(id, "bob", ["LandingUri": "app:RStudioServerPro:"]))
            let page = try await studio.browse(opened.host, "/rstudio/default", cookie: opened.cookie)
            #expect(page.text.contains("The user profile bob has no access to RStudio."))
            #expect(page.cell("app-type") == nil)
        }
    }

    @Test func aLocalPathOpensTheSameLink() async throws {
        var settings = StudioSettings()
        settings.links = .local
        try await StudioHarness.with(settings) { studio in
            studio.coldframe.server.studio.listens(at: "http://127.0.0.1:4566")
            let id = try await studio.domain([:], named: "a<b>&\"'".filter(\.isLetter))
            try await studio.profile("alice", of: id)
            let link = try await studio.link(id, "alice", ["LandingUri": "studio::jobs"])
            #expect(link.hasPrefix("http://127.0.0.1:4566/studio/\(id)/auth?token="))
            let opened = try await studio.open(link)
            #expect(opened.answer.headers["Location"] == "/studio/\(id)/studio/jobs")
            #expect(opened.answer.headers["Set-Cookie"]?.contains("; Path=/studio/\(id); ") == true)
            let page = try await studio.browse("localhost:4566", "/studio/\(id)/studio/jobs", cookie: opened.cookie)
            #expect(page.status == 200)
            #expect(page.text.contains("SageMaker Studio"))
            // A signed request for a bucket called studio is S3's.
            var signed = HTTPRequest(method: "GET", target: "/studio/\(id)/x", headers: ["Host": "localhost"])
            signed.headers.add("Authorization", "AWS4-HMAC-SHA256 Credential=AKIA/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0")
            #expect(try await studio.coldframe.send(signed).text.contains("NoSuchBucket"))
        }
    }

    @Test func theHostMayEndInLocalhost() async throws {
        try await StudioHarness.with { studio in
            let id = try await studio.domain()
            try await studio.profile("alice", of: id)
            let link = try await studio.link(id, "alice")
            let local = link.replacing("sagemaker.aws", with: "localhost:4566")
            let opened = try await studio.open(local)
            #expect(opened.answer.status == 302)
            #expect(opened.host == "\(id).studio.us-east-1.localhost:4566")
            #expect(try await studio.browse(opened.host, "/", cookie: opened.cookie).cell("profile") == "alice")
        }
    }

    @Test func notebookLinksLeadToJupyter() async throws {
        try await StudioHarness.with { studio in
            try await studio.call("CreateNotebookInstance", [
                "NotebookInstanceName": "nb", "InstanceType": "ml.t3.medium", "RoleArn": StudioHarness.role,
            ])
            let early = try await studio.fault("CreatePresignedNotebookInstanceUrl", ["NotebookInstanceName": "nb"])
            #expect(early.code == "ValidationException")
            try await studio.settle()
            let made = try await studio.call("CreatePresignedNotebookInstanceUrl", ["NotebookInstanceName": "nb"])
            let link = try #require(made["AuthorizedUrl"]?.string)
            #expect(link.hasPrefix("https://nb.notebook.us-east-1.sagemaker.aws?authToken="))
            let opened = try await studio.open(link)
            #expect(opened.answer.status == 302)
            let page = try await studio.browse(opened.host, "/lab", cookie: opened.cookie)
            #expect(page.cell("notebook") == "nb")
            let second = try #require(try await studio.call("CreatePresignedNotebookInstanceUrl", ["NotebookInstanceName": "nb"])["AuthorizedUrl"]?.string)
            try await studio.coldframe.advance(by: .minutes(5))
            #expect(try await studio.open(second).answer.status == 403)
        }
    }

    @Test func usedLinksAndSessionsAreForgotten() async throws {
        try await StudioHarness.with { studio in
            let id = try await studio.domain()
            try await studio.profile("alice", of: id)
            let link = try await studio.link(id, "alice")
            _ = try await studio.open(link)
            #expect(try await studio.open(link).answer.text.contains("has been used"))
            try await studio.coldframe.advance(by: .hours(25))
            #expect(try await studio.open(link).answer.text.contains("not valid"))
        }
    }
}

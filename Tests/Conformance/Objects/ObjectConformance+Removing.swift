import LarderModel
import NIOCore
import Objects
import Testing

extension ObjectConformance {
    static let removing = [
        ObjectRule("A removed object is gone, also after a restart, and no other") { test in
            let backend = try await test.open()
            let gone = try await backend.place([1], as: digest(7, 1)).locator
            let otherForm = try await backend.place([2], as: digest(7, 1), .gzip).locator
            let other = try await backend.place([3], as: digest(7, 2)).locator
            try await backend.remove(gone)
            for backend in [backend, try await test.open()] {
                #expect(try await backend.open(gone) == nil)
                #expect(try await backend.stat(gone) == nil)
                #expect(try await backend.list(shard: 7).objects == [otherForm, other])
                #expect(try await backend.read(otherForm) == [2])
                #expect(try await backend.read(other) == [3])
            }
        },
        ObjectRule("Who has it open goes on reading") { test in
            let backend = try await test.open()
            let locator = try await backend.place(content(900_000), as: digest(7)).locator
            let reader = try #require(try await backend.open(locator))
            try await backend.remove(locator)
            #expect(try await reader.readAll() == content(900_000))
        },
        ObjectRule("Removing what is not there is no error") { test in
            let backend = try await test.open()
            try await backend.remove(ObjectLocator(digest(7), .identity))
            let locator = try await backend.place([1], as: digest(7)).locator
            try await backend.remove(locator)
            try await backend.remove(locator)
        },
        ObjectRule("A removed object may be placed again") { test in
            let backend = try await test.open()
            try await backend.remove(backend.place([1], as: digest(7)).locator)
            let locator = try await backend.place([1], as: digest(7)).locator
            #expect(try await backend.read(locator) == [1])
            #expect(try await backend.list(shard: 7).objects == [locator])
        },
    ]
}

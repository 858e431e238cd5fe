import Disk
import Glibc
import LarderModel
import LarderTestSupport
import ObjectConformance
import Objects
import ObjectsOnDisk
import Testing

@Suite("What lies in the place of an object and is no file")
struct OddFileTests {
    @Test("is no object, keeps nobody waiting, and gives way to one", arguments: OddFile.allCases)
    func odd(_ odd: OddFile) async throws {
        try await withObjectsOnDisk { objects, disk async throws in
            let plain = noise(100_000)
            let object = try await objects.write(plain, .never)
            let path = disk.path(object), locator = ObjectLocator(object.digest, object.encoding)
            try FileSystem.remove(path)
            #expect(odd.make(path))
            #expect(try await disk.backend.stat(locator) == nil)
            let error = await #expect(throws: LarderError.self) { try await objects.read(object) }
            #expect(error?.code == .corruptEntry)
            #expect(try await objects.read(objects.write(plain, .never)) == plain)
            #expect(try FileSystem.status(path)?.size == 100_000)
        }
    }

    @Test("is taken out of the way where the object is to be removed", arguments: OddFile.allCases)
    func removed(_ odd: OddFile) async throws {
        try await withObjectsOnDisk { objects, disk async throws in
            let object = try await objects.write(noise(100_000), .never)
            object.releaseClaim()
            let path = disk.path(object)
            try FileSystem.remove(path)
            #expect(odd.make(path))
            #expect(try await objects.remove(ObjectLocator(object.digest, object.encoding)) { false })
            #expect(try await disk.files().isEmpty)
        }
    }

    @Test("A file that goes on behind its content is found at its end, however far it goes on")
    func sparse() async throws {
        try await withObjectsOnDisk { objects, disk async throws in
            let object = try await objects.write(noise(100_000), .never)
            #expect(truncate(disk.path(object), 1 << 40) == 0)
            let check = try await objects.check(ObjectLocator(object.digest, object.encoding), size: object.size)
            await #expect(throws: LarderError.self) { while try await !check.step() {} }
            #expect(check.bytesRead <= 2 << 20)
        }
    }
}

import LarderModel
import Testing

@Suite("The budget of what is held whole")
struct BufferBudgetTests {
    @Test("is shared by leases, and given back with each")
    func leases() throws {
        let budget = BufferBudget(ByteCount(1_000_000))
        var leases: [BufferLease] = []
        for _ in 0..<3 {
            let lease = BufferLease(budget)
            try lease.cover(300_000)
            leases.append(lease)
        }
        #expect(budget.held == 900_000)
        let late = BufferLease(budget)
        for _ in 0..<3 {
            let error = #expect(throws: LarderError.self) { try late.cover(100_001) }
            #expect(error?.code == .unavailable)
            #expect(error?.limit == .buffered)
        }
        #expect(budget.held == 900_000, "what was refused holds nothing")
        try late.cover(100_000)
        leases.removeLast()
        #expect(budget.held == 700_000)
        try late.cover(400_000)
        #expect(budget.held == 1_000_000)
        try leases[0].cover(200_000)
        #expect(budget.held == 1_000_000, "a lease never shrinks, and does not count twice")
        leases.removeAll()
        #expect(budget.held == 400_000)
    }

    @Test("lets what is small go by, and knows what never fits")
    func bounds() throws {
        let budget = BufferBudget(ByteCount(100_000))
        let full = BufferLease(budget), small = BufferLease(budget)
        try full.cover(100_000)
        try small.cover(BufferBudget.free)
        #expect(budget.held == 100_000)
        try budget.checkEverFits(100_000)
        #expect(#expect(throws: LarderError.self) { try budget.checkEverFits(100_001) }?.code == .entryTooLarge)
        #expect(#expect(throws: LarderError.self) { try small.cover(.max) }?.code == .unavailable)
        #expect(budget.held == 100_000)
    }

    @Test("counts what can't be refused any more, and refuses others for it")
    func anyway() throws {
        let budget = BufferBudget(ByteCount(100_000))
        do {
            let lease = BufferLease(budget)
            lease.coverAnyway(150_000)
            #expect(budget.held == 150_000)
            #expect(throws: LarderError.self) { try BufferLease(budget).cover(50_000) }
        }
        #expect(budget.held == 0)
    }

    @Test("is whole again when many have come and gone at once")
    func concurrent() async {
        let budget = BufferBudget(ByteCount(1_000_000))
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<1_000 {
                group.addTask {
                    let lease = BufferLease(budget)
                    try? lease.cover(40_000 + number)
                    await Task.yield()
                    try? lease.cover(80_000 + number)
                }
            }
        }
        #expect(budget.held == 0)
    }
}

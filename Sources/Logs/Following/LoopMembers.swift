import NIOCore

/// The members of a hub on one event loop. Its tables are touched on that loop only.
package final class LoopMembers: Sendable {
    private struct Tables {
        var members: [FollowerHub.Subject: [Int: any HubMember]] = [:]
        var next = 0
        var isTicking = false
    }
    private let loop: any EventLoop
    private let tables: NIOLoopBoundBox<Tables>

    /// A right that has ended on another node is known here two seconds later at the latest, and its streams are to end
    /// within five.
    private static let tickInterval = TimeAmount.milliseconds(2_500)

    init(_ loop: any EventLoop) {
        self.loop = loop
        tables = NIOLoopBoundBox(Tables(), eventLoop: loop)
    }

    func add(_ member: any HubMember, _ subject: FollowerHub.Subject) -> Int {
        tables.value.next += 1
        let number = tables.value.next
        tables.value.members[subject, default: [:]][number] = member
        if !tables.value.isTicking {
            tables.value.isTicking = true
            scheduleTick()
        }
        return number
    }

    func remove(_ number: Int, _ subject: FollowerHub.Subject) -> Bool {
        guard tables.value.members[subject]?.removeValue(forKey: number) != nil else { return false }
        if tables.value.members[subject]?.isEmpty == true { tables.value.members[subject] = nil }
        return true
    }

    func deliver(_ news: [(FollowerHub.Subject, HubNews)]) {
        loop.execute { [self] in
            for (subject, news) in news {
                guard let members = tables.value.members[subject] else { continue }
                for member in members.values { member.deliver(news) }
            }
        }
    }

    func dismissAll() {
        loop.execute { [self] in
            for member in tables.value.members.values.flatMap(\.values) { member.dismiss() }
        }
    }

    private func scheduleTick() {
        loop.scheduleTask(in: Self.tickInterval) { [self] in
            guard !tables.value.members.isEmpty else {
                tables.value.isTicking = false
                return
            }
            for members in tables.value.members.values { for member in members.values { member.tick() } }
            scheduleTick()
        }
    }
}

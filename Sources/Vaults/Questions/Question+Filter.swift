import LarderModel

extension Question.Filter {
    /// Whether it keeps anything out.
    var chooses: Bool { roles != nil || since != nil || until != nil || !metadata.isEmpty }

    /// Whether an item's metadata has all the fields with their values. Not looked at where none are asked for.
    /// - Parameter object: a JSON object.
    func fits(metadata object: [UInt8]) -> Bool {
        guard !metadata.isEmpty else { return true }
        guard let value = try? JSONText.check(object, maxDepth: .max),
            let members = try? JSONText.members(of: value, in: object).lastOfEachName
        else { return false }
        return metadata.allSatisfy { wanted in
            members.contains { member in
                member.name.elementsEqual(wanted.name)
                    && (try? CanonicalJSON.text(of: member.value, in: object)) == wanted.value
            }
        }
    }
}

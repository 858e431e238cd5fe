import Access
import LarderModel
import Logging
import ServiceLifecycle

/// Writes down once a minute which tokens were used, so that an admin sees which ones nobody needs.
struct TokenUseService: Service {
    let tokens: Tokens
    let logger: Logger

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                try? await Task.sleep(for: .seconds(60))
                await save()
            }
        }
    }

    private func save() async {
        do { try await tokens.saveUses() } catch {
            logger.warning("token uses were not saved", metadata: ["cause": "\(error)"])
        }
    }
}

import Foundation
import Synchronization

/// A PostgreSQL of this machine's packages in a folder of its own: a socket there and a free port. It is stopped, and
/// its folder removed, when this process ends, however that happens. PostgreSQL refuses root, so root starts it as the
/// user `postgres`.
package final class PostgresServer: Sendable {
    package struct Failure: Error, CustomStringConvertible {
        package let description: String
    }

    /// One for all tests that want a place in a database only. It does not sync, so what uses it has to accept that.
    package static let shared = Result {
        try PostgresServer(["fsync=off", "full_page_writes=off", "synchronous_commit=off", "max_connections=1000"])
    }

    package let port: Int
    package let folder: String
    /// The password of the user `larder`, over TCP.
    package static let password = "open-sesame"

    private let keeper: Process
    private let commands: FileHandle
    private let answers: FileHandle
    /// One command at a time.
    private let turn = Mutex(())

    /// Starts a server with a database and a user `larder`. Blocks.
    /// - Parameter settings: of its own, such as `fsync=off`.
    package init(_ settings: [String] = []) throws {
        folder = FileManager.default.temporaryDirectory.path + "/larder-pg.\(getpid()).\(UUID().uuidString.prefix(8))"
        port = try Self.freePort()
        let commands = Pipe(), answers = Pipe()
        keeper = Process()
        keeper.executableURL = URL(fileURLWithPath: "/bin/bash")
        keeper.arguments = ["-c", Self.script, "postgres", folder, "\(port)", Self.password] + settings
        keeper.standardInput = commands
        keeper.standardOutput = answers
        self.commands = commands.fileHandleForWriting
        self.answers = answers.fileHandleForReading
        try keeper.run()
        _ = try answer()
    }

    /// `postgres://…`, for the user `larder` over TCP.
    /// - Parameter password: nil: none is in it.
    package func url(
        _ database: String = "larder", schema: String? = nil, port: Int? = nil, password: String? = password
    ) -> String {
        let user = password.map { "larder:\($0)" } ?? "larder"
        let options = schema.map { "?options=-csearch_path%3D\($0)" } ?? ""
        return "postgres://\(user)@127.0.0.1:\(port ?? self.port)/\(database)\(options)"
    }

    /// Runs SQL as the server's owner. Blocks.
    @discardableResult
    package func sql(_ sql: String, in database: String = "larder") throws -> String {
        try command("sql \(database) \(sql.replacing("\n", with: " "))")
    }

    /// Stops it as a crash would: nothing is finished, and what was confirmed must be found again. Blocks.
    package func crash() throws { _ = try command("stop immediate") }
    package func start() throws { _ = try command("start") }

    /// Starts a connection pooler (pgbouncer) before the server, and ends the one that there was. Blocks.
    /// - Parameter mode: `session`, `transaction` or `statement`: for how long a client has a connection to itself.
    /// - Returns: its port.
    package func startPooler(_ mode: String) throws -> Int {
        let port = try Self.freePort()
        _ = try command("pooler \(mode) \(port)")
        return port
    }

    /// Makes a schema that no other test uses, in the database `larder`. Blocks.
    package func makeSchema() throws -> String {
        let name = "t" + UUID().uuidString.lowercased().replacing("-", with: "")
        try sql("CREATE SCHEMA \(name) AUTHORIZATION larder")
        return name
    }

    package func dropSchema(_ name: String) throws { try sql("DROP SCHEMA IF EXISTS \(name) CASCADE") }

    private func command(_ text: String) throws -> String {
        try turn.withLock { _ in
            try commands.write(contentsOf: Data((text + "\n").utf8))
            return try answer()
        }
    }

    /// What was said up to `done`.
    private func answer() throws -> String {
        var lines: [String] = []
        while let line = try line() {
            if line == "done" { return lines.joined(separator: "\n") }
            if line == "failed" { throw Failure(description: lines.joined(separator: "\n")) }
            lines.append(line)
        }
        throw Failure(description: "PostgreSQL could not be used: \(lines.joined(separator: "\n"))")
    }

    private func line() throws -> String? {
        var bytes: [UInt8] = []
        while let byte = try answers.read(upToCount: 1)?.first {
            if byte == UInt8(ascii: "\n") { return String(decoding: bytes, as: UTF8.self) }
            bytes.append(byte)
        }
        return bytes.isEmpty ? nil : String(decoding: bytes, as: UTF8.self)
    }

    /// A free port that no client's connection and no server with port 0 is given: one below the system's own range.
    package static func freePort() throws -> Int {
        for _ in 0..<100 {
            let port = Int.random(in: 20_000..<32_000)
            if isFree(port) { return port }
        }
        throw Failure(description: "no free port")
    }

    private static func isFree(_ port: Int) -> Bool {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        address.sin_port = UInt16(port).bigEndian
        return withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                bind(descriptor, generic, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }

    /// Lives as long as its standard input is open: that ends with this process, whatever becomes of it.
    private static let script = """
        folder=$1 port=$2 password=$3 pooler=; shift 3
        trap '' INT TERM HUP
        bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1)
        if [ -z "$bin" ]; then echo 'there is no PostgreSQL: apt-get install postgresql-15'; exit 1; fi
        as() { if [ "$(id -u)" = 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi; }
        start() { as "$bin/pg_ctl" -D "$folder/data" -l "$folder/log" -t 120 -w -s start >&2; }
        query() { as "$bin/psql" -X -q -A -t -v ON_ERROR_STOP=1 -h "$folder" -p "$port" -U postgres -d "$1" -c "$2" 2>&1; }
        end_pooler() {
            [ -n "$pooler" ] || return 0
            kill -KILL "$(cat "$folder/pooler.pid")"
            wait "$pooler" 2>/dev/null
            rm -f "$folder/pooler.pid"
            pooler=
        }
        pooler() {
            end_pooler
            printf '"larder" "%s"\n' "$password" | as tee "$folder/pooler.users" >/dev/null
            printf '%s\n' "[databases]" "larder = host=$folder port=$port user=larder password=$password" "[pgbouncer]" \
                "listen_addr = 127.0.0.1" "listen_port = $2" "unix_socket_dir =" "pool_mode = $1" "auth_type = plain" \
                "auth_file = $folder/pooler.users" "ignore_startup_parameters = extra_float_digits,options" \
                "logfile = $folder/pooler.log" "pidfile = $folder/pooler.pid" | as tee "$folder/pooler.ini" >/dev/null
            as pgbouncer -q "$folder/pooler.ini" >&2 &
            pooler=$!
            until [ -s "$folder/pooler.pid" ] && (: <"/dev/tcp/127.0.0.1/$2") 2>/dev/null; do
                kill -0 "$pooler" || return 1
                sleep 0.05
            done
        }
        settle() { if [ "$1" = 0 ]; then echo done; else echo failed; fi; }
        # Folders that killed tests left.
        for old in "${folder%/*}"/larder-pg.*; do
            pid=${old##*/larder-pg.}; pid=${pid%%.*}
            [ -e "/proc/$pid" ] || rm -rf "$old"
        done
        mkdir -m 755 "$folder"
        [ "$(id -u)" = 0 ] && chown postgres: "$folder"
        cd "$folder"
        as "$bin/initdb" -D "$folder/data" -U postgres --auth-local=trust --auth-host=scram-sha-256 --no-locale -E UTF8 \\
            --no-sync >"$folder/initdb.log" 2>&1 || { cat "$folder/initdb.log"; rm -rf "$folder"; exit 1; }
        {
            printf '%s\\n' "port = $port" "unix_socket_directories = '$folder'" "listen_addresses = '127.0.0.1'"
            printf '%s\\n' "shared_buffers = 32MB" "autovacuum_naptime = 10min" "$@"
        } | as tee -a "$folder/data/postgresql.conf" >/dev/null
        start || { cat "$folder/log"; rm -rf "$folder"; exit 1; }
        query postgres "CREATE ROLE larder LOGIN PASSWORD '$password'" \\
            && query postgres "CREATE DATABASE larder OWNER larder" && echo done
        while read -r word rest; do
            case $word in
                sql) query "${rest%% *}" "${rest#* }"; settle $? ;;
                stop) as "$bin/pg_ctl" -D "$folder/data" -m "$rest" -t 120 -w -s stop >&2; settle $? ;;
                start) start; settle $? ;;
                pooler) pooler "${rest% *}" "${rest#* }"; settle $? ;;
            esac
        done
        end_pooler
        as "$bin/pg_ctl" -D "$folder/data" -m immediate -w -s stop >/dev/null 2>&1
        rm -rf "$folder"
        """
}

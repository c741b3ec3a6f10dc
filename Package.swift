// swift-tools-version: 6.2
import PackageDescription

enum Program: String { case shared = "Shared", daemon = "fluxd" }

let house: [SwiftSetting] =
    ["ExistentialAny", "InternalImportsByDefault", "MemberImportVisibility"].map { .enableUpcomingFeature($0) }
    + [.enableExperimentalFeature("Lifetimes")]  // for our own types over Span; the toolchain is pinned

/// The dependency list is the architecture. An arrow from a lower layer to a higher one is a design change.
func module(_ program: Program, _ path: String, _ name: String, _ needs: Target.Dependency...) -> Target {
    .target(name: name, dependencies: needs, path: "Sources/\(program.rawValue)/\(path)", swiftSettings: house)
}

/// What faces a peer's bytes has nothing unsafe in it, and the compiler says so.
func codec(_ path: String, _ name: String, _ needs: Target.Dependency...) -> Target {
    .target(
        name: name,
        dependencies: needs,
        path: "Sources/Shared/\(path)",
        swiftSettings: house + [.strictMemorySafety()]
    )
}

func module(_ path: String, _ name: String, _ needs: Target.Dependency...) -> Target {
    .target(name: name, dependencies: needs, path: path, swiftSettings: house)
}

func program(_ path: String, _ name: String, _ needs: [Target.Dependency]) -> Target {
    .executableTarget(name: name, dependencies: needs, path: path, swiftSettings: house)
}

func tests(_ name: String, _ needs: Target.Dependency...) -> Target {
    .testTarget(name: name, dependencies: needs, path: "Tests/\(name)", swiftSettings: house)
}

/// They have no main of their own: libFuzzer brings it. `make fuzz` sets the variable.
let fuzzers: [Target] =
    Context.environment["FLUXMQ_FUZZ"] == nil
    ? []
    : [
        "FuzzLogFormat", "FuzzMQTTWire", "FuzzHTTP1", "FuzzHTTP2", "FuzzProtobuf", "FuzzProtobufJSON", "FuzzWebSocket",
        "FuzzYAML", "FuzzProxy",
    ].map { name in
        .executableTarget(
            name: name,
            dependencies: ["FuzzChecks"],
            path: "Fuzz/\(name)",
            swiftSettings: house + [.unsafeFlags(["-parse-as-library"])]
        )
    }

let package = Package(
    name: "FluxMQ",
    products: [
        .executable(name: "fluxd", targets: ["fluxd"]),
        .executable(name: "fluxctl", targets: ["fluxctl"]),
        .executable(name: "fluxtop", targets: ["fluxtop"]),
        .executable(name: "fluxd-sim", targets: ["fluxd-sim"]),
        .library(name: "MQTTClient", targets: ["MQTTClient"]),
    ],
    targets: fuzzers + [
        // C libraries: each is met by one Swift module. They are linked statically, so pkgConfig stays out.
        .systemLibrary(
            name: "CUV",
            path: "Sources/Shared/CLibraries/CUV",
            providers: [.apt(["libuv1-dev"]), .brew(["libuv"])]
        ),
        .systemLibrary(
            name: "CYAML",
            path: "Sources/Shared/CLibraries/CYAML",
            providers: [.apt(["libyaml-dev"]), .brew(["libyaml"])]
        ),
        .systemLibrary(
            name: "CNGHTTP2",
            path: "Sources/Shared/CLibraries/CNGHTTP2",
            providers: [.apt(["libnghttp2-dev"]), .brew(["nghttp2"])]
        ),
        .systemLibrary(
            name: "COpenSSL",
            path: "Sources/Shared/CLibraries/COpenSSL",
            providers: [.apt(["libssl-dev"]), .brew(["openssl@3"])]
        ),
        .systemLibrary(
            name: "CArgon2",
            path: "Sources/Shared/CLibraries/CArgon2",
            providers: [.apt(["libargon2-dev"]), .brew(["argon2"])]
        ),
        .systemLibrary(
            name: "CCrypt",
            path: "Sources/Shared/CLibraries/CCrypt",
            providers: [.apt(["libcrypt-dev"])]
        ),
        .systemLibrary(
            name: "CNcursesw",
            path: "Sources/fluxtop/CNcursesw",
            providers: [.apt(["libncurses-dev"]), .brew(["ncurses"])]
        ),
        .systemLibrary(
            name: "CRocksDB",
            path: "Sources/Shared/CLibraries/CRocksDB",
            providers: [.apt(["librocksdb-dev"]), .brew(["rocksdb"])]
        ),
        .systemLibrary(
            name: "CZstd",
            path: "Sources/Shared/CLibraries/CZstd",
            providers: [.apt(["libzstd-dev"]), .brew(["zstd"])]
        ),
        .target(name: "CChecksum", path: "Sources/Shared/CLibraries/CChecksum"),
        .target(name: "CLinux", path: "Sources/Shared/CLibraries/CLinux"),

        // Wire: bytes <-> values. Standard library only.
        module(.shared, "Wire/Bytes", "Bytes"),
        codec("Wire/Topics", "Topics", "Bytes"),
        codec("Wire/MQTTWire", "MQTTWire", "Bytes", "Topics"),
        codec("Wire/HTTP1Wire", "HTTP1Wire", "Bytes"),
        codec("Wire/WebSocketWire", "WebSocketWire", "Bytes", "HTTP1Wire"),
        codec("Wire/ProxyWire", "ProxyWire", "Bytes"),

        // Transport: what a loop drives, the loop that drives it, and the loop's simulated twin.
        module(.shared, "Transport/Machine", "Machine", "Bytes"),
        module(.shared, "Transport/EventLoop", "EventLoop", "Blocking", "Bytes", "Machine", "CUV", "CLinux"),
        module(.shared, "Transport/Simulation", "Simulation", "Bytes", "Machine"),

        // Layers between a socket and what reads it.
        module(.shared, "Transport/ProxyLayer", "ProxyLayer", "Bytes", "Machine", "ProxyWire"),
        module(.shared, "Transport/TLS", "TLS", "Bytes", "Machine", "COpenSSL"),
        module(.shared, "Transport/WebSocketLayer", "WebSocketLayer", "Bytes", "HTTP1Wire", "Machine", "WebSocketWire"),

        // Who is who, and who may do what: files that an operator keeps, and what they say.
        module(.shared, "Security/Credentials", "Credentials", "CArgon2", "CCrypt", "COpenSSL"),
        module(.shared, "Security/AccessRules", "AccessRules", "Bytes", "Topics"),

        // Support: what every program needs to be a good program.
        module(.shared, "Support/Blocking", "Blocking"),
        module(.shared, "Support/JSON", "JSON"),
        module(.shared, "Support/Terminal", "Terminal"),
        module(.shared, "Support/CommandLine", "CommandSpec", "JSON", "Terminal"),
        module(.shared, "Support/Configuration", "Configuration", "CYAML"),
        module(.shared, "Support/Logging", "Logging"),
        module(.shared, "Support/Metrics", "Metrics"),

        module(
            .shared,
            "Client/MQTTClient",
            "MQTTClient",
            "Blocking",
            "Bytes",
            "MQTTWire",
            "Machine",
            "TLS",
            "WebSocketLayer"
        ),

        // Web: HTTP/2 on nghttp2, gRPC and Connect on HTTP, Protobuf for what they carry.
        module(.shared, "Web/Protobuf", "Protobuf", "JSON"),
        program("Sources/Shared/Web/ProtocPlugin", "protoc-gen-fluxmq", ["Protobuf"]),
        module(.shared, "Web/HTTP", "HTTP", "Machine"),
        module(.shared, "Web/HTTP2", "HTTP2", "Bytes", "Machine", "HTTP", "CNGHTTP2"),
        module(.shared, "Web/WebServer", "WebServer", "Bytes", "Machine", "HTTP", "HTTP1Wire", "HTTP2"),
        module(.shared, "Web/RPC", "RPC", "HTTP", "Protobuf"),
        module(.shared, "Web/RPCServer", "RPCServer", "Machine", "HTTP", "Protobuf", "RPC", "JSON"),
        module(.shared, "Web/RPCClient", "RPCClient", "Bytes", "Machine", "HTTP", "HTTP2", "Protobuf", "RPC"),

        // Admin: the protocol, what serves it, and what asks.
        .target(
            name: "AdminAPI",
            dependencies: ["Protobuf"],
            path: "Sources/Shared/Admin/AdminAPI",
            exclude: ["Protos"],
            swiftSettings: house
        ),
        module(.shared, "Admin/Query", "Query", "AdminAPI", "Protobuf"),
        module(.shared, "Admin/AdminService", "AdminService", "AdminAPI", "HTTP", "Protobuf", "Query", "RPC"),
        module(
            .shared,
            "Admin/AdminServer",
            "AdminServer",
            "AdminAPI",
            "AdminService",
            "HTTP",
            "Machine",
            "Protobuf",
            "RPC",
            "RPCServer",
            "WebServer"
        ),
        module(
            .shared,
            "Admin/AdminClient",
            "AdminClient",
            "AdminAPI",
            "Blocking",
            "Bytes",
            "CLinux",
            "HTTP",
            "HTTP2",
            "Machine",
            "Protobuf",
            "RPC",
            "RPCClient"
        ),
        program(
            "Sources/fluxd-sim",
            "fluxd-sim",
            [
                "AdminAPI", "AdminServer", "AdminService", "Blocking", "CommandSpec", "Configuration", "EventLoop",
                "HTTP",
                "Machine", "Protobuf", "Query", "RPC", "WebServer",
            ]
        ),
        module("Sources/fluxtop/Model", "TopModel", "AdminAPI", "Protobuf", "Terminal"),
        module("Sources/fluxtop/Views", "TopViews", "AdminAPI", "Protobuf", "Terminal", "TopModel"),
        program(
            "Sources/fluxtop/Main",
            "fluxtop",
            [
                "AdminAPI", "AdminClient", "CNcursesw", "CommandSpec", "JSON", "Protobuf", "RPC", "RPCClient",
                "Terminal",
                "TopModel", "TopViews",
            ]
        ),

        // The daemon's storage: files, logs of records in them, values by key, and the threads that do the work.
        module(.daemon, "Storage/Files", "Files", "CLinux"),
        module(.daemon, "Storage/LogFormat", "LogFormat", "Bytes", "CChecksum", "CZstd", "Machine"),
        module(.daemon, "Storage/LogStorage", "LogStorage", "Bytes", "Files", "LogFormat", "Machine"),
        module(.daemon, "Storage/SessionJournal", "SessionJournal", "Bytes", "LogFormat", "Machine"),
        .target(
            name: "StateRecords",
            dependencies: ["Machine", "Protobuf"],
            path: "Sources/fluxd/Storage/StateRecords",
            exclude: ["Protos"],
            swiftSettings: house
        ),
        module(.daemon, "Storage/StateStore", "StateStore", "CRocksDB", "Machine", "StateRecords"),
        module(
            .daemon,
            "Storage/Volume",
            "Volume",
            "Blocking",
            "Bytes",
            "CLinux",
            "Files",
            "LogFormat",
            "LogStorage",
            "Machine",
            "Metrics",
            "StateStore"
        ),

        // The daemon.
        module(.daemon, "QueueEngine", "QueueEngine", "Bytes", "LogFormat", "Machine", "Topics"),
        module(
            .daemon,
            "Core",
            "Core",
            "Bytes",
            "LogFormat",
            "Topics",
            "Machine",
            "Protobuf",
            "QueueEngine",
            "StateRecords"
        ),
        module(
            .daemon,
            "Protocols/MQTTServer",
            "MQTTServer",
            "Bytes",
            "Topics",
            "MQTTWire",
            "Machine",
            "Core",
            "Protobuf",
            "QueueEngine",
            "SessionJournal",
            "StateRecords"
        ),
        module(.daemon, "Edge/DaemonConfig", "DaemonConfig", "Configuration", "Machine"),
        module(.daemon, "Edge/Admission", "Admission", "Bytes", "Machine"),
        module(.daemon, "Edge/Security", "Security", "AccessRules", "Core", "Credentials", "Machine", "Topics"),
        module(.daemon, "Edge/SysTopics", "SysTopics", "Bytes", "Core", "Machine", "Topics"),
        module(
            .daemon,
            "Edge/Observability",
            "Observability",
            "Core",
            "HTTP",
            "JSON",
            "Machine",
            "Metrics",
            "QueueEngine",
            "StateStore",
            "Volume"
        ),
        module(
            .daemon,
            "Edge/BrokerAdmin",
            "BrokerAdmin",
            "AdminAPI",
            "AdminService",
            "Admission",
            "Bytes",
            "Configuration",
            "Core",
            "DaemonConfig",
            "EventLoop",
            "HTTP",
            "Machine",
            "MQTTServer",
            "MQTTWire",
            "Metrics",
            "Protobuf",
            "Query",
            "QueueEngine",
            "RPC",
            "StateStore",
            "Volume"
        ),
        program(
            "Sources/fluxd/Main",
            "fluxd",
            [
                "AccessRules", "AdminAPI", "AdminServer", "AdminService", "Admission", "Blocking", "BrokerAdmin",
                "Bytes",
                "CLinux",
                "CommandSpec", "Configuration", "Core", "Credentials", "ProxyLayer", "Security", "SysTopics", "TLS",
                "WebSocketLayer", "WebSocketWire",
                "DaemonConfig", "EventLoop", "HTTP", "Logging", "Machine", "MQTTServer", "MQTTWire", "Observability",
                "Protobuf", "RPC",
                "WebServer", "Files", "LogStorage", "QueueEngine", "StateRecords", "StateStore", "Volume",
            ]
        ),
        program("Benchmarks/LogReader", "bench-log", ["Bytes", "Files", "LogFormat", "LogStorage", "Machine"]),
        program(
            "Benchmarks/Volume",
            "bench-volume",
            ["Bytes", "Files", "LogFormat", "Machine", "Metrics", "StateStore", "Volume"]
        ),
        program("Benchmarks/Routes", "bench-routes", ["Bytes", "Core", "Machine", "Topics"]),

        // Tests. What a fuzzer checks is a library, so that unit tests replay its corpus.
        module(
            "Fuzz/FuzzChecks",
            "FuzzChecks",
            "Configuration",
            "LogFormat",
            "ProxyWire",
            "WebSocketWire",
            "Topics",
            "MQTTWire",
            "HTTP1Wire",
            "Bytes",
            "HTTP",
            "HTTP2",
            "Machine",
            "Protobuf",
            "TestMessages"
        ),
        tests("TopicsTests", "Topics"),
        tests("MQTTWireTests", "MQTTWire", "Bytes", "FuzzChecks"),
        tests("HTTP1WireTests", "HTTP1Wire", "FuzzChecks"),
        tests("ConfigurationTests", "Configuration", "FuzzChecks"),
        tests("WebSocketTests", "WebSocketWire", "WebSocketLayer", "HTTP1Wire", "Bytes", "Machine", "FuzzChecks"),
        tests("ProxyTests", "ProxyWire", "ProxyLayer", "Bytes", "Machine", "FuzzChecks"),
        // OpenSSL's memory, counted for the test that says what an idle connection costs.
        .target(name: "CCountedMemory", dependencies: ["COpenSSL"], path: "Tests/CCountedMemory"),
        tests("TLSTests", "TLS", "Bytes", "CCountedMemory", "COpenSSL", "Machine"),
        tests("CredentialsTests", "Credentials"),
        tests("AccessRulesTests", "AccessRules", "Topics"),
        tests("SecurityTests", "Security", "AccessRules", "Core", "Credentials", "Machine"),
        tests("AdmissionTests", "Admission", "Bytes", "Machine"),
        tests(
            "ObservabilityTests",
            "Observability",
            "Core",
            "Files",
            "HTTP",
            "JSON",
            "Machine",
            "Metrics",
            "QueueEngine",
            "StateStore",
            "Volume"
        ),
        tests("SysTopicsTests", "SysTopics", "Core", "Machine", "Bytes"),
        tests(
            "ConformanceTests",
            "MQTTServer",
            "MQTTWire",
            "Core",
            "Machine",
            "Bytes",
            "Simulation",
            "Topics"
        ),
        tests("FilesTests", "Files"),
        tests("LogFormatTests", "LogFormat", "Bytes", "FuzzChecks", "Machine", "Simulation"),
        // The simulator's files behind the daemon's interface: what storage is crashed on.
        module("Tests/SimulatedFiles", "SimulatedFiles", "Files", "Simulation"),
        tests(
            "LogStorageTests",
            "LogStorage",
            "LogFormat",
            "Files",
            "Bytes",
            "Machine",
            "SimulatedFiles",
            "Simulation"
        ),
        tests("StateStoreTests", "StateStore", "StateRecords", "Machine", "Protobuf", "Simulation"),
        tests(
            "VolumeTests",
            "Volume",
            "LogStorage",
            "LogFormat",
            "StateStore",
            "Files",
            "Bytes",
            "Machine",
            "SimulatedFiles",
            "Simulation"
        ),
        tests("SessionJournalTests", "SessionJournal", "LogFormat", "Bytes", "Machine", "Simulation"),
        tests("QueueEngineTests", "QueueEngine", "LogFormat", "Bytes", "Machine", "Simulation"),
        tests("DaemonConfigTests", "DaemonConfig", "Configuration", "Machine"),
        tests("LoggingTests", "Logging"),
        tests("MetricsTests", "Metrics"),
        tests("BytesTests", "Bytes", "Simulation"),
        .target(name: "CMutexForSanitizer", path: "Tests/CMutexForSanitizer"),
        tests("CoreTests", "Core", "Bytes", "QueueEngine", "Topics", "Machine", "Simulation", "CMutexForSanitizer"),
        tests("MQTTServerTests", "MQTTServer", "MQTTWire", "Core", "Machine", "Bytes", "Simulation"),
        tests(
            "SimulationTests",
            "Simulation",
            "SimulatedFiles",
            "Volume",
            "LogStorage",
            "Files",
            "Core",
            "MQTTServer",
            "LogFormat",
            "MQTTWire",
            "Topics",
            "Bytes",
            "Machine",
            "Protobuf",
            "SessionJournal",
            "QueueEngine",
            "StateRecords",
            "StateStore"
        ),
        tests("EventLoopTests", "EventLoop", "Simulation", "Machine", "Bytes", "CMutexForSanitizer"),

        program(
            "Sources/fluxctl",
            "fluxctl",
            [
                "AccessRules", "AdminAPI", "Blocking", "AdminClient", "Bytes", "CLinux", "CommandSpec", "Configuration",
                "Credentials", "JSON", "Machine", "Metrics", "TLS",
                "MQTTClient", "MQTTWire", "Protobuf", "Query", "RPC", "Terminal",
            ]
        ),
        tests("JSONTests", "JSON"),
        tests("TerminalTests", "Terminal"),
        // Messages with all that proto3 has, and a program that turns them from one form into another.
        .target(
            name: "TestMessages",
            dependencies: ["Protobuf"],
            path: "Tests/TestMessages",
            exclude: ["Protos"],
            swiftSettings: house
        ),
        program("Tests/ProtobufEcho", "protobuf-echo", ["Protobuf", "TestMessages"]),
        tests("ProtobufTests", "Protobuf", "TestMessages", "FuzzChecks"),
        tests("HTTPTests", "HTTP"),
        tests("HTTP2Tests", "HTTP2", "HTTP", "WebServer", "Simulation", "Machine", "FuzzChecks"),
        tests(
            "RPCTests",
            "RPC",
            "RPCServer",
            "RPCClient",
            "HTTP",
            "HTTP2",
            "WebServer",
            "Protobuf",
            "Simulation",
            "Machine",
            "Bytes",
            "AdminAPI",
            "JSON"
        ),
        tests("QueryTests", "Query", "Protobuf", "AdminAPI"),
        tests(
            "AdminServiceTests",
            "AdminServer",
            "AdminService",
            "AdminAPI",
            "HTTP",
            "Machine",
            "Protobuf",
            "Query",
            "RPC"
        ),
        tests("FluxdSimTests", "fluxd-sim", "AdminAPI", "CommandSpec", "Configuration", "Protobuf", "Query", "RPC"),
        tests(
            "AdminClientTests",
            "AdminClient",
            "AdminAPI",
            "EventLoop",
            "HTTP",
            "Machine",
            "Protobuf",
            "RPC",
            "RPCClient",
            "RPCServer",
            "WebServer",
            "CMutexForSanitizer"
        ),
        .testTarget(
            name: "TopTests",
            dependencies: ["TopModel", "TopViews", "Terminal", "AdminAPI", "Protobuf"],
            path: "Tests/TopTests",
            exclude: ["Golden"],
            swiftSettings: house
        ),
        tests("CommandSpecTests", "CommandSpec", "JSON"),
        tests("MQTTClientTests", "MQTTClient", "MQTTWire", "Blocking", "Bytes", "Machine", "WebSocketLayer"),
        tests(
            "BrokerAdminTests",
            "BrokerAdmin",
            "AdminAPI",
            "Configuration",
            "Core",
            "DaemonConfig",
            "QueueEngine"
        ),
        tests("FluxdTests", "fluxd", "CommandSpec"),
        tests("FluxtopTests", "fluxtop", "AdminAPI", "CommandSpec", "Protobuf", "Terminal", "TopModel"),
        tests(
            "FluxctlTests",
            "fluxctl",
            "AdminAPI",
            "AdminClient",
            "Bytes",
            "CommandSpec",
            "JSON",
            "MQTTClient",
            "MQTTWire",
            "Protobuf",
            "Query",
            "RPC",
            "Terminal"
        ),
    ],
    swiftLanguageModes: [.v6]
)

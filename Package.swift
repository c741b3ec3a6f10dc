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
    : ["FuzzMQTTWire", "FuzzHTTP1"].map { name in
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
        .target(name: "CLinux", path: "Sources/Shared/CLibraries/CLinux"),

        // Wire: bytes <-> values. Standard library only.
        module(.shared, "Wire/Bytes", "Bytes"),
        codec("Wire/Topics", "Topics", "Bytes"),
        codec("Wire/MQTTWire", "MQTTWire", "Bytes", "Topics"),
        codec("Wire/HTTP1Wire", "HTTP1Wire", "Bytes"),

        // Transport: what a loop drives, the loop that drives it, and the loop's simulated twin.
        module(.shared, "Transport/Machine", "Machine", "Bytes"),
        module(.shared, "Transport/EventLoop", "EventLoop", "Bytes", "Machine", "CUV", "CLinux"),
        module(.shared, "Transport/Simulation", "Simulation", "Bytes", "Machine"),

        // Support: what every program needs to be a good program.
        module(.shared, "Support/CommandLine", "CommandSpec"),
        module(.shared, "Support/Configuration", "Configuration", "CYAML"),
        module(.shared, "Support/Logging", "Logging"),
        module(.shared, "Support/Metrics", "Metrics"),

        module(.shared, "Client/MQTTClient", "MQTTClient", "Bytes", "MQTTWire"),

        // The daemon.
        module(.daemon, "Core", "Core", "Bytes", "Topics", "Machine"),
        module(.daemon, "Protocols/MQTTServer", "MQTTServer", "Bytes", "Topics", "MQTTWire", "Machine", "Core"),
        module(.daemon, "Edge/DaemonConfig", "DaemonConfig", "Configuration"),
        module(.daemon, "Edge/Observability", "Observability", "Bytes", "HTTP1Wire", "Machine", "Metrics", "Core"),
        program(
            "Sources/fluxd/Main",
            "fluxd",
            [
                "CLinux", "CommandSpec", "Configuration", "Core", "DaemonConfig", "EventLoop", "Logging", "Machine",
                "MQTTServer", "MQTTWire",
                "Observability",
            ]
        ),
        // Tests. What a fuzzer checks is a library, so that unit tests replay its corpus.
        module("Fuzz/FuzzChecks", "FuzzChecks", "Topics", "MQTTWire", "HTTP1Wire"),
        tests("TopicsTests", "Topics"),
        tests("MQTTWireTests", "MQTTWire", "Bytes", "FuzzChecks"),
        tests("HTTP1WireTests", "HTTP1Wire", "FuzzChecks"),
        tests("ConfigurationTests", "Configuration"),
        tests("DaemonConfigTests", "DaemonConfig", "Configuration"),
        tests("LoggingTests", "Logging"),
        tests("MetricsTests", "Metrics"),
        tests("BytesTests", "Bytes", "Simulation"),
        .target(name: "CMutexForSanitizer", path: "Tests/CMutexForSanitizer"),
        tests("CoreTests", "Core", "Bytes", "Topics", "Machine", "Simulation", "CMutexForSanitizer"),
        tests("MQTTServerTests", "MQTTServer", "Core", "Machine", "Bytes", "Simulation"),
        tests("SimulationTests", "Simulation", "Core", "MQTTServer", "MQTTWire", "Topics", "Bytes", "Machine"),
        tests("EventLoopTests", "EventLoop", "Machine", "Bytes", "CMutexForSanitizer"),

        program("Sources/fluxctl", "fluxctl", ["CommandSpec", "MQTTClient"]),
        tests("CommandSpecTests", "CommandSpec"),
        tests("MQTTClientTests", "MQTTClient", "MQTTWire", "Bytes"),
        tests("FluxdTests", "fluxd", "CommandSpec"),
        tests("FluxctlTests", "fluxctl", "CommandSpec", "MQTTClient"),
    ],
    swiftLanguageModes: [.v6]
)

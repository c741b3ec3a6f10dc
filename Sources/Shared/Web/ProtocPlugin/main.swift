// protoc-gen-fluxmq: protoc runs it with a CodeGeneratorRequest on standard input, and takes a CodeGeneratorResponse from its
// standard output. scripts/generate-protobuf calls protoc.
@preconcurrency import Glibc
import Protobuf

do {
    let request = try CodeGeneratorRequest(decoding: readStandardInput())
    writeStandardOutput(respond(to: request).serialized())
} catch {
    // What is not a request does not come from protoc: nobody would read a response.
    fputs("protoc-gen-fluxmq: this is run by protoc, with --fluxmq_out: \(error)\n", stderr)
    exit(1)
}

func respond(to request: CodeGeneratorRequest) -> CodeGeneratorResponse {
    do {
        let files = try Generator(request).generatedFiles()
        return CodeGeneratorResponse(error: nil, files: files)
    } catch {
        return CodeGeneratorResponse(error: error.message, files: [])
    }
}

func readStandardInput() -> [UInt8] {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
        let count = read(STDIN_FILENO, &buffer, buffer.count)
        if count <= 0 { return bytes }
        bytes += buffer[..<count]
    }
}

func writeStandardOutput(_ bytes: [UInt8]) {
    var rest = bytes[...]
    while !rest.isEmpty {
        let count = rest.withUnsafeBytes { write(STDOUT_FILENO, $0.baseAddress, $0.count) }
        if count <= 0 { exit(1) }
        rest = rest.dropFirst(count)
    }
}

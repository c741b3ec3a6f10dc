import Glibc

// Everything else lives in files of its own.
exit(runTop(Array(CommandLine.arguments.dropFirst())))

import Glibc

// Everything else lives in files whose code is not on the main actor.
exit(await runSimulator(Array(CommandLine.arguments.dropFirst())))

import Glibc

// Everything else lives in files whose code is not on the main actor.
Interruption.watch()
exit(await runControl(Array(CommandLine.arguments.dropFirst())))

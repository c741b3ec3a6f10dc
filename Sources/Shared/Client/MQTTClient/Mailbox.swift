import Blocking
import Synchronization

/// What an application's tasks ask the client's thread to do.
enum ClientCommand: Sendable {
    typealias Completion<Value> = @Sendable (Result<Value, MQTTClientError>) -> Void

    case connect(Completion<MQTTConnectionInfo>)
    case publish(MQTTMessage, Completion<MQTTPublishReceipt>)
    case publishMany([MQTTMessage], firstIndex: Int, MQTTPublisher)
    case subscribe([MQTTFilter], MQTTSubscribeProperties, Completion<[MQTTSubscribeOutcome]>)
    case unsubscribe([String], Completion<[MQTTReason]>)
    /// The application has dealt with deliveries, or has made room: acknowledge them, and read on if reading was paused.
    case taken([ClientMachine.IncomingReceipt])
    case resolved(Result<[NetworkAddress], MQTTClientError>, attempt: Int)
    case disconnect(withWill: Bool, Completion<Void>)
    /// Nobody holds the client any more.
    case abandon
}

/// Commands on their way to the client's thread, in order. One signal wakes it, however many there are.
final class Mailbox: Sendable {
    private let commands = Mutex<[ClientCommand]>([])
    let wakeUp = WakeUp()

    func post(_ command: ClientCommand) {
        let wasEmpty = self.commands.withLock { commands in
            commands.append(command)
            return commands.count == 1
        }
        if wasEmpty { self.wakeUp.signal() }
    }

    func take() -> [ClientCommand] {
        self.commands.withLock { commands in
            let taken = commands
            commands = []
            return taken
        }
    }
}

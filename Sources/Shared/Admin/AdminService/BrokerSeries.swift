extension SeriesStore {
    /// What every broker keeps of itself, in the order in which it is shown; named like the fields of `Broker` that it is of.
    package static let broker = [
        Definition("messages_in_per_s", unit: "1/s", "Messages from publishers.", fold: .average),
        Definition("messages_out_per_s", unit: "1/s", "Messages to subscribers.", fold: .average),
        Definition("bytes_in_per_s", unit: "B/s", "Payload bytes from publishers.", fold: .average),
        Definition("bytes_out_per_s", unit: "B/s", "Payload bytes to subscribers.", fold: .average),
        Definition("dropped_per_s", unit: "1/s", "Messages that were not delivered.", fold: .average),
        Definition("connections", unit: "1", "Open connections.", fold: .last),
        Definition("connections_opened_per_s", unit: "1/s", "Connections accepted.", fold: .average),
        Definition("sessions", unit: "1", "Sessions, those of absent clients included.", fold: .last),
        Definition("subscriptions", unit: "1", "Subscriptions.", fold: .last),
        Definition("retained", unit: "1", "Retained messages.", fold: .last),
        Definition("cpu_percent", unit: "%", "CPU time of the process; 100 is one core.", fold: .average),
        Definition("memory_bytes", unit: "B", "Resident memory of the process.", fold: .last),
        Definition("message_memory_bytes", unit: "B", "Memory that messages take.", fold: .last),
    ]
}

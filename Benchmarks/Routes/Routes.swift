@main struct Routes { static func main() {} }

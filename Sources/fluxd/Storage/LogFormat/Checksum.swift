import CChecksum

/// CRC-32C of the bytes, going on from the checksum of those before them.
package func crc32c(_ bytes: UnsafeRawBufferPointer, from checksum: UInt32 = 0) -> UInt32 {
    cchecksum_crc32c(checksum, bytes.baseAddress, bytes.count)
}

/// The same without instructions for whole vectors, for comparison.
package func crc32cByWord(_ bytes: UnsafeRawBufferPointer, from checksum: UInt32 = 0) -> UInt32 {
    cchecksum_crc32c_by_word(checksum, bytes.baseAddress, bytes.count)
}

/// The same without any instruction of the processor's for it, for comparison.
package func crc32cPortable(_ bytes: UnsafeRawBufferPointer, from checksum: UInt32 = 0) -> UInt32 {
    cchecksum_crc32c_portable(checksum, bytes.baseAddress, bytes.count)
}

package pkcs11

import "syscall"

// adviseDontDump is MADV_DONTDUMP (madvise(2)), which package syscall does not name.
const adviseDontDump = 16

func dontDump(page []byte) { _ = syscall.Madvise(page, adviseDontDump) }

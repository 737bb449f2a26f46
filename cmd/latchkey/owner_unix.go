//go:build unix

package main

import (
	"io/fs"
	"os"
	"syscall"
)

// readByGroup reports whether this process can read a file only because of its
// group, such as a secret that a container platform mounts and that belongs to
// another user. Root can read every file.
func readByGroup(info fs.FileInfo) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && os.Geteuid() != 0 && int(stat.Uid) != os.Geteuid()
}

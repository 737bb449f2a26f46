//go:build unix

package main

import (
	"io/fs"
	"os"
	"syscall"
)

// readByGroup reports whether the server can read a file only because of its group,
// such as a secret that a container platform mounts and that belongs to another user.
// Root can read every file: one of its own with another group is for the server of
// another user.
func readByGroup(info fs.FileInfo) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	if ok && os.Geteuid() == 0 {
		return stat.Uid == 0 && stat.Gid != 0
	}
	return ok && int(stat.Uid) != os.Geteuid()
}

// ownedByRoot reports whether a file belongs to root.
func ownedByRoot(info fs.FileInfo) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && stat.Uid == 0
}

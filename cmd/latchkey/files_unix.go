//go:build linux || darwin

package main

import "syscall"

// mostFiles is how many files this process may have open; Go has raised it as
// far as it may.
func mostFiles() (n uint64, known bool) {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return 0, false
	}
	return limit.Cur, true
}

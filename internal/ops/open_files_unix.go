//go:build linux || darwin

package ops

import "syscall"

// maxOpenFiles returns how many files this process can open. The Go runtime has
// already raised the soft limit to the hard limit.
func maxOpenFiles() (n uint64, known bool) {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return 0, false
	}
	return limit.Cur, true
}

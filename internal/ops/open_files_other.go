//go:build !linux && !darwin

package ops

// maxOpenFiles is not known on this system.
func maxOpenFiles() (n uint64, known bool) { return 0, false }

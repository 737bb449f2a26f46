//go:build !linux

package hasher

// lowerPriority does nothing. The process has the priority of the server.
func lowerPriority() {}

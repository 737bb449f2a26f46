package main

import (
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// keepTo restricts the threads of this process to the last n processors, so that
// a server never waits for the load generator while another processor is idle.
// The servers can use all processors. undo removes the restriction; call it
// before another process is started.
func keepTo(n int) (undo func()) {
	var all, some unix.CPUSet
	if err := unix.SchedGetaffinity(0, &all); err != nil || all.Count() <= n {
		return func() {}
	}
	for cpu := len(all)*64 - 1; cpu >= 0 && some.Count() < n; cpu-- {
		if all.IsSet(cpu) {
			some.Set(cpu)
		}
	}
	place(&some)
	return func() { place(&all) }
}

// place restricts every thread to these processors. It ignores threads that have
// just exited.
func place(set *unix.CPUSet) {
	threads, err := os.ReadDir("/proc/self/task")
	if err != nil {
		return
	}
	for _, thread := range threads {
		if id, err := strconv.Atoi(thread.Name()); err == nil {
			_ = unix.SchedSetaffinity(id, set)
		}
	}
}

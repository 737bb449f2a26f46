package main

import (
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// keepTo keeps the threads of this process to the last n of its processors, so
// that the load generator is always in the same place and the servers are never
// woken up behind it while another processor has nothing to do. The servers may
// use all. undo lets them go again, before another process is started.
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

// place puts every thread on these processors; a thread that has just ended is
// none.
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

package hasher

import (
	"os"
	"strconv"
	"syscall"
)

// niceness lets a request of the server interrupt a computation at once. A computation still has a tenth
// of a processor if everything else needs all of it.
const niceness = 10

// lowerPriority lowers the priority of all threads. New threads have that of the thread that starts them.
func lowerPriority() {
	threads, err := os.ReadDir("/proc/self/task")
	if err != nil {
		return // without /proc, it has the priority of the server
	}
	for _, thread := range threads {
		if id, err := strconv.Atoi(thread.Name()); err == nil {
			_ = syscall.Setpriority(syscall.PRIO_PROCESS, id, niceness) // the thread may have ended
		}
	}
}

package latchkeytest

import (
	"bytes"
	"io"
	"slices"
	"sync"
	"testing"
)

// A testLog writes to the output of a test until the test ends. The output of a test
// that has ended must not be used.
type testLog struct {
	mu  sync.Mutex
	out io.Writer // nil after the end
}

func newTestLog(t testing.TB) *testLog {
	l := &testLog{out: t.Output()}
	t.Cleanup(func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.out = nil
	})
	return l
}

// omitted are messages about settings that New chooses for a test. New does not call Server.Run,
// because a test needs Run only for tasks in the background, and the clock of a test jumps.
var omitted = [][]byte{[]byte("Server.Run is not running"), []byte("InsecurePasswordHashes is for tests")}

// Write implements io.Writer. It omits the lines with omitted messages.
func (l *testLog) Write(line []byte) (int, error) {
	if slices.ContainsFunc(omitted, func(message []byte) bool { return bytes.Contains(line, message) }) {
		return len(line), nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.out == nil {
		return len(line), nil
	}
	return l.out.Write(line)
}

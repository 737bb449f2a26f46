package latchkeytest

import (
	"bytes"
	"io"
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

// notRunning is the message about a Server whose Run is not called. A test needs Run only for
// what it does in the background, and the clock of a test jumps.
var notRunning = []byte("Server.Run is not running")

// Write implements io.Writer. It omits notRunning.
func (l *testLog) Write(line []byte) (int, error) {
	if bytes.Contains(line, notRunning) {
		return len(line), nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.out == nil {
		return len(line), nil
	}
	return l.out.Write(line)
}

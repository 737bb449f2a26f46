package latchkeytest

import (
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

// Write implements io.Writer.
func (l *testLog) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.out == nil {
		return len(line), nil
	}
	return l.out.Write(line)
}

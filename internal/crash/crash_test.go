package crash_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"github.com/seed-e6a88a41/latchkey/internal/crash"
)

// TestPanicOfAGoroutineIsLoggedAsOneRecord and ends the process. The test starts
// itself as another process.
func TestPanicOfAGoroutineIsLoggedAsOneRecord(t *testing.T) {
	logger := slog.New(slog.NewJSONHandler(os.Stderr, nil))
	loggers := map[string]*slog.Logger{"its own": logger, "none": nil, "one that discards": slog.New(slog.NewTextHandler(io.Discard, &slog.HandlerOptions{Level: slog.LevelError + 1}))}
	if name, child := os.LookupEnv("LATCHKEY_TEST_LOGGER"); child {
		slog.SetDefault(logger)
		var background sync.WaitGroup
		background.Go(func() {
			defer crash.Log(loggers[name])
			panic("a fault\nin two lines")
		})
		background.Wait()
		os.Exit(0)
	}
	for name := range loggers {
		cmd := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$")
		cmd.Env = append(os.Environ(), "LATCHKEY_TEST_LOGGER="+name)
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		err := cmd.Run()
		if exited, ok := errors.AsType[*exec.ExitError](err); !ok || exited.ExitCode() != 2 {
			t.Errorf("logger %s: the process ends with %v", name, err)
		}
		var record struct{ Level, Error string }
		if err := json.Unmarshal(stderr.Bytes(), &record); err != nil || record.Level != "ERROR" || !strings.Contains(record.Error, "a fault") || !strings.Contains(record.Error, "crash_test.go") {
			t.Errorf("logger %s: the log is not one record: %v\n%s", name, err, stderr.String())
		}
	}
}

// TestGoroutineThatReturnsDoesNotEndTheProcess: there is nothing to log.
func TestGoroutineThatReturnsDoesNotEndTheProcess(t *testing.T) {
	var background sync.WaitGroup
	background.Go(func() { defer crash.Log(nil) })
	background.Wait()
}

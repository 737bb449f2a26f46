//go:build linux || darwin

package loadtest_test

import (
	"errors"
	"os"
	"os/exec"
	"syscall"
	"testing"

	"github.com/seed-e6a88a41/latchkey/internal/loadtest"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
)

// TestTooFewOpenFilesAreReported in another process, which can open only a few.
func TestTooFewOpenFilesAreReported(t *testing.T) {
	if address := os.Getenv("LATCHKEY_TEST_ISSUER"); address != "" {
		if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &syscall.Rlimit{Cur: 64, Max: 64}); err != nil {
			t.Fatal(err)
		}
		issuer, err := loadtest.ParseIssuer(address)
		if err != nil {
			t.Fatal(err)
		}
		o := loadtest.Options{Connections: 500, Requests: loadtest.MaxRequests, Time: loadtest.MaxTime}
		if results, err := loadtest.Run(t.Context(), issuer, o); !errors.Is(err, loadtest.ErrFiles) {
			t.Errorf("got %+v %v", results, err)
		}
		return
	}
	p := latchkeytest.New(t)
	cmd := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$", "-test.count=1")
	cmd.Env = append(os.Environ(), "LATCHKEY_TEST_ISSUER="+p.Issuer)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

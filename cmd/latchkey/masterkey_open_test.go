package main

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestServerWarnsOfAMasterKeyThatOthersCanRead, and of no other file.
func TestServerWarnsOfAMasterKeyThatOthersCanRead(t *testing.T) {
	t.Setenv("LATCHKEY_MASTER_KEY_FILE", "")
	data := t.TempDir()
	path := filepath.Join(data, "master.key")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, mode := range []os.FileMode{0o600, 0o644} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		var log bytes.Buffer
		c := &command{config: new(config)}
		c.config.Data = data
		c.warnOfOpenKey(t.Context(), slog.New(slog.NewTextHandler(&log, nil)))
		if warned := strings.Contains(log.String(), "level=WARN") && strings.Contains(log.String(), "mode=600"); warned != (mode == 0o644) {
			t.Errorf("mode %o: %q", mode, &log)
		}
	}
}

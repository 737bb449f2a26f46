package main

import (
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"
)

// TestWatchLoadsAChangedCertificate within a second, and keeps it if the next one
// cannot be loaded.
func TestWatchLoadsAChangedCertificate(t *testing.T) {
	folder := t.TempDir()
	cert, key := filepath.Join(folder, "cert.pem"), filepath.Join(folder, "key.pem")
	changed := time.Unix(1_700_000_000, 0)
	write := func() (serial string) {
		t.Helper()
		serial = writeCertificate(t, cert, key)
		changed = changed.Add(time.Minute) // of the file system, whose clock may be coarse
		for _, path := range []string{cert, key} {
			if err := os.Chtimes(path, changed, changed); err != nil {
				t.Fatal(err)
			}
		}
		return serial
	}
	write()
	synctest.Test(t, func(t *testing.T) {
		f, err := loadCertificate(cert, key, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		go f.watch(t.Context())
		check := func(want string) {
			t.Helper()
			time.Sleep(watchInterval + time.Millisecond)
			synctest.Wait()
			if got := f.current.Load().Leaf.SerialNumber.String(); got != want {
				t.Errorf("got %s, want %s", got, want)
			}
		}
		second := write()
		check(second)
		if err := os.WriteFile(key, []byte("half a fi"), 0o600); err != nil {
			t.Fatal(err)
		}
		check(second)
		check(write())
	})
}

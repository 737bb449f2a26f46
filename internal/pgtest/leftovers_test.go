package pgtest

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestFoldersOfKilledProcessesAreRemoved, and those of others are not. The test starts
// itself as another process.
func TestFoldersOfKilledProcessesAreRemoved(t *testing.T) {
	if folder, child := os.LookupEnv("LATCHKEY_TEST_FOLDER"); child {
		if _, err := own(folder); err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stdout.WriteString("ready"); err != nil {
			t.Fatal(err)
		}
		select {} // until it is killed
	}
	parent := t.TempDir()
	folder := func(name string) string {
		path := filepath.Join(parent, "latchkey-postgres-"+name)
		if err := os.MkdirAll(filepath.Join(path, "data"), 0o700); err != nil {
			t.Fatal(err)
		}
		return path
	}
	exists := func(path string) bool { _, err := os.Stat(path); return err == nil }
	used, mine, created := folder("used"), folder("mine"), folder("created")
	owner, err := own(mine)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = owner.Close() }()
	cmd := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$")
	cmd.Env = append(os.Environ(), "LATCHKEY_TEST_FOLDER="+used)
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err == nil {
		_, err = out.Read(make([]byte, 5))
	}
	if err != nil {
		t.Fatal(err)
	}
	removeLeftovers(parent)
	if !exists(used) || !exists(mine) || !exists(created) {
		t.Error("a folder that is used was removed")
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	removeLeftovers(parent)
	if exists(used) || !exists(mine) || !exists(created) {
		t.Errorf("the folder of the killed process exists: %t; of this process: %t; without an owner: %t", exists(used), exists(mine), exists(created))
	}
}

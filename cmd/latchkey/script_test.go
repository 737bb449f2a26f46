package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestScripts runs short sessions with the real binary.
func TestScripts(t *testing.T) {
	path := program(t)
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(e *testscript.Env) error {
			e.Setenv("LATCHKEY_DATA", e.WorkDir+"/data")
			e.Setenv("HOME", e.WorkDir)
			e.Setenv("PATH", filepath.Dir(path)+string(os.PathListSeparator)+e.Getenv("PATH"))
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"latchkey": func(script *testscript.TestScript, mustFail bool, args []string) {
				if err := script.Exec(path, args...); (err != nil) != mustFail {
					script.Fatalf("latchkey %v: %v", args, err)
				}
			},
		},
	})
}

package main

import (
	"runtime/debug"
	"testing"
)

func TestTheVersionIsTheTagThatTheBinaryWasBuiltFrom(t *testing.T) {
	vcs := []debug.BuildSetting{{Key: "vcs", Value: "git"}, {Key: "vcs.revision", Value: "1a2b3c4d5e6f7a8b9c0d"}, {Key: "vcs.time", Value: "2026-12-01T10:00:00Z"}}
	for _, test := range []struct {
		name, want string
		info       *debug.BuildInfo
	}{
		{"a tag", "latchkey v0.1.0 (commit 1a2b3c4d5e6f, go1.26.0)", &debug.BuildInfo{GoVersion: "go1.26.0", Main: debug.Module{Version: "v0.1.0"}, Settings: vcs}},
		{"installed as a module", "latchkey v0.1.0 (go1.26.0)", &debug.BuildInfo{GoVersion: "go1.26.0", Main: debug.Module{Version: "v0.1.0"}}},
		{"without version control", "latchkey (devel) (go1.26.0)", &debug.BuildInfo{GoVersion: "go1.26.0"}},
		{"without build information", "latchkey (devel)", nil},
	} {
		if got := describeBuild(test.info).String(); got != test.want {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
}

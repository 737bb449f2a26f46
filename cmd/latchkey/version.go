package main

import (
	"fmt"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"
)

func version(s streams) *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use: "version", Short: "Print the version", Args: flagsOnly,
		RunE: func(*cobra.Command, []string) error {
			info, _ := debug.ReadBuildInfo()
			b := describeBuild(info)
			if asJSON {
				return writeJSON(s.out, b)
			}
			_, err := fmt.Fprintln(s.out, b)
			return err
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

// build describes the binary, as the Go command recorded it. The version is the tag
// of the commit, like v0.1.0, or a pseudo-version if the commit has no tag. It
// ends in +dirty if files differed from the commit.
type build struct {
	Version string `json:"version"`
	Commit  string `json:"commit,omitempty"` // empty if built outside a checkout
	Time    string `json:"commit_time,omitempty"`
	Go      string `json:"go,omitempty"`
}

func describeBuild(info *debug.BuildInfo) build {
	b := build{Version: "(devel)"}
	if info == nil {
		return b
	}
	b.Go = info.GoVersion
	if info.Main.Version != "" {
		b.Version = info.Main.Version
	}
	for _, setting := range info.Settings {
		switch setting.Key {
		case "vcs.revision":
			b.Commit = setting.Value
		case "vcs.time":
			b.Time = setting.Value
		}
	}
	return b
}

// String returns the version as one line: "latchkey v0.1.0 (commit 1a2b3c4, go1.26.0)".
func (b build) String() string {
	var more []string
	if b.Commit != "" {
		more = append(more, "commit "+b.Commit[:min(len(b.Commit), 12)])
	}
	if b.Go != "" {
		more = append(more, b.Go)
	}
	if len(more) == 0 {
		return "latchkey " + b.Version
	}
	return fmt.Sprintf("latchkey %s (%s)", b.Version, strings.Join(more, ", "))
}

// buildVersion returns the version of the running program.
func buildVersion() string {
	info, _ := debug.ReadBuildInfo()
	return describeBuild(info).Version
}

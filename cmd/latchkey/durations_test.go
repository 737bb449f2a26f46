package main

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/seed-e6a88a41/latchkey/internal/clientfields"
	"github.com/seed-e6a88a41/latchkey/internal/settings"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// spelled are durations as people write them. A zero is not a duration.
var spelled = map[string]time.Duration{
	"90s": 90 * time.Second, "15m": 15 * time.Minute, "1h30m": 90 * time.Minute, "12h": 12 * time.Hour, "30d": 720 * time.Hour,
	"30 days": 720 * time.Hour, "1 hour": time.Hour, "90 Minutes": 90 * time.Minute, "2w": 336 * time.Hour,
	"1": 0, "90": 0, "1.5": 0, "h": 0, "30 days ago": 0, "one day": 0, "99999999999999999999 days": 0,
}

// TestDurationsHaveOneSpelling: each setting, each flag of a command, each lifetime of an
// application and each request to latchkey mock reads the same durations, and none a number
// without a unit.
func TestDurationsHaveOneSpelling(t *testing.T) {
	check := func(name string, parse func(text string) (time.Duration, error)) {
		t.Helper()
		for text, want := range spelled {
			got, err := parse(text)
			switch {
			case want == 0 && err == nil:
				t.Errorf("%s: %q is accepted as %s", name, text, got)
			case want != 0 && (err != nil || got != want):
				t.Errorf("%s: %q is %s, %v; want %s", name, text, got, err, want)
			case text == "1" && !strings.Contains(err.Error(), "1h"):
				t.Errorf("%s: the error %q does not show how to write it", name, err)
			}
		}
	}
	found := map[string]int{}
	config := newConfig()
	for _, s := range settings.Of(config) {
		if field, ok := s.Pointer.(*time.Duration); ok {
			found["settings"]++
			check("the setting "+s.Key, func(text string) (time.Duration, error) { err := s.Parse(text); return *field, err })
		}
	}
	check("the configuration file", func(text string) (d time.Duration, err error) {
		err = decode("place", text, reflect.ValueOf(&d).Elem())
		return d, err
	})
	var walk func(*cobra.Command)
	walk = func(cmd *cobra.Command) {
		cmd.Flags().VisitAll(func(f *pflag.Flag) {
			if f.Value.Type() == "duration" {
				found["flags"]++
				check(cmd.CommandPath()+" --"+f.Name, func(text string) (time.Duration, error) {
					err := f.Value.Set(text)
					d, _ := time.ParseDuration(f.Value.String())
					return d, err
				})
			}
		})
		for _, sub := range cmd.Commands() {
			walk(sub)
		}
	}
	walk(rootCommand(&command{streams: streams{os.Stdin, os.Stdout, os.Stderr}, config: newConfig()}))
	for _, f := range clientfields.All() {
		if f.Kind == clientfields.Lifetime {
			found["fields"]++
			check("the field "+f.Name, func(text string) (time.Duration, error) {
				c := new(oauth.Client)
				err := f.Set(c, []string{text})
				var members map[string]any
				if encoded, failed := json.Marshal(c); failed != nil || json.Unmarshal(encoded, &members) != nil {
					t.Fatal(failed)
				}
				seconds, _ := members[f.Name].(float64)
				return time.Duration(seconds) * time.Second, err
			})
		}
	}
	check("latchkey mock", func(text string) (time.Duration, error) {
		quoted, _ := json.Marshal(text) // cannot fail: a text
		var d duration
		err := json.Unmarshal(quoted, &d)
		return time.Duration(d), err
	})
	for _, kind := range []string{"settings", "flags", "fields"} {
		if found[kind] < 3 {
			t.Errorf("only %d durations among the %s", found[kind], kind)
		}
	}
}

// TestOneFunctionParsesDurations: a second parser would accept other spellings.
func TestOneFunctionParsesDurations(t *testing.T) {
	allowed := []string{"internal/settings/duration.go", "sqlstore/migrations/migrations.go"}
	root := filepath.Join("..", "..")
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, _ := filepath.Rel(root, path)
		if d.IsDir() && slices.Contains([]string{"bench", "e2e", "tools", "examples", "interop", "adapters", ".git"}, name) {
			return fs.SkipDir
		}
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") || slices.Contains(allowed, filepath.ToSlash(name)) {
			return nil
		}
		code, err := os.ReadFile(path)
		for _, parser := range []string{"time.ParseDuration(", ".DurationVar(", ".DurationVarP("} {
			if strings.Contains(string(code), parser) {
				t.Errorf("%s: use settings.ParseDuration instead of %s", name, strings.TrimSuffix(parser, "("))
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

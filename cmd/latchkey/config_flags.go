package main

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/seed-e6a88a41/latchkey/internal/settings"
)

// starting are the commands that have the flags of settings without a list of
// commands: those that start a server, and the one that checks its settings.
var starting = []string{"serve", "demo", "check"}

// addFlags adds the flags of a command; "all" stands for the flags that every
// command has.
func (c *config) addFlags(flags *pflag.FlagSet, command string) {
	for _, s := range settings.Of(c) {
		commands := s.Commands
		if len(commands) == 0 {
			commands = starting
		}
		if s.Secret || s.FileOnly || !slices.Contains(commands, command) {
			continue
		}
		switch field := s.Pointer.(type) {
		case *int:
			flags.IntVar(field, s.Flag(), *field, s.Help)
		case *string:
			flags.StringVar(field, s.Flag(), *field, s.Help)
		case *bool:
			flags.BoolVar(field, s.Flag(), *field, s.Help)
		case *time.Duration:
			durationVar(flags, field, s.Flag(), *field, s.Help)
			if s.Default != "" {
				flags.Lookup(s.Flag()).DefValue = s.Default // 1h, not 1h0m0s
			}
		case *[]netip.Prefix, *[]string:
			flags.Var(&listFlag{setting: s}, s.Flag(), s.Help+" (repeatable)")
		default:
			panic(fmt.Sprintf("the setting %s cannot be a flag", s.Key))
		}
	}
}

// durationVar adds a flag for a duration, which is written as in the configuration file.
func durationVar(flags *pflag.FlagSet, field *time.Duration, name string, byDefault time.Duration, help string) {
	*field = byDefault
	flags.Var((*durationFlag)(field), name, help)
}

type durationFlag time.Duration

func (f *durationFlag) Set(text string) error {
	d, err := settings.ParseDuration(text)
	*f = durationFlag(d)
	return err
}

func (f *durationFlag) String() string { return time.Duration(*f).String() }

func (f *durationFlag) Type() string { return "duration" }

// listFlag is a flag for a setting that is a list. It can be repeated, and one value
// can contain several elements, as in the environment.
type listFlag struct {
	setting settings.Setting
	values  []string
}

func (f *listFlag) Set(text string) error {
	values := append(slices.Clone(f.values), settings.SplitList(text)...)
	if err := f.setting.ParseList(values); err != nil {
		return err
	}
	f.values = values
	return nil
}

func (f *listFlag) String() string { return strings.Join(f.values, ",") }

func (f *listFlag) Type() string { return "strings" }

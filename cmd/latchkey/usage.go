package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/seed-e6a88a41/latchkey/internal/clientfields"
	"github.com/seed-e6a88a41/latchkey/internal/settings"
)

// usageHint returns how a command is used, for a person who used it wrongly.
func usageHint(cmd *cobra.Command) string {
	path := strings.Replace(cmd.CommandPath(), cmd.Root().Name(), invocation(), 1)
	if cmd.HasSubCommands() {
		return "Usage: " + path + " COMMAND [flags]\nRun '" + path + " --help' for the commands."
	}
	return "Usage: " + strings.Replace(cmd.UseLine(), cmd.Root().Name(), invocation(), 1) + "\nRun '" + path + " --help' for details."
}

// exclude makes a command fail if both flags are given.
func exclude(cmd *cobra.Command, one, other string) {
	cmd.PreRunE = func(cmd *cobra.Command, _ []string) error {
		if cmd.Flags().Changed(one) && cmd.Flags().Changed(other) {
			return usageError{"--" + one + " and --" + other + " cannot be used together: use one of them"}
		}
		return nil
	}
}

// similarFlag adds the name of a similar flag to the error for one that is unknown.
func similarFlag(cmd *cobra.Command, err error) error {
	unknown, ok := errors.AsType[*pflag.NotExistError](err)
	if !ok || len(unknown.GetSpecifiedName()) == 1 {
		return err
	}
	if why := whyNoServer(cmd); why != "" && unknown.GetSpecifiedName() == serverFlag {
		return fmt.Errorf("%w. %s", err, why)
	}
	for _, f := range clientfields.All() {
		if f.Fixed && cmd.Name() == "edit" && cmd.Parent().Name() == "app" && slices.Contains([]string{f.Flag(), f.ShortFlag}, unknown.GetSpecifiedName()) {
			return fmt.Errorf("--%s cannot be changed. Add another application instead: latchkey app add", f.Flag())
		}
	}
	var known []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		if !f.Hidden {
			known = append(known, "--"+f.Name)
		}
	})
	similar := settings.DidYouMean("--"+unknown.GetSpecifiedName(), known)
	if longer := slices.DeleteFunc(known, func(flag string) bool { return !strings.HasPrefix(flag, "--"+unknown.GetSpecifiedName()) }); similar == "" && len(longer) > 0 {
		similar = " (did you mean " + strings.Join(longer, " or ") + "?)"
	}
	for _, same := range sameFlags {
		i := slices.IndexFunc(same, func(name string) bool { return cmd.Flags().Lookup(name) != nil })
		if similar == "" && i >= 0 && slices.Contains(same, unknown.GetSpecifiedName()) {
			similar = " (did you mean --" + same[i] + "?)"
		}
	}
	if similar == "" {
		similar = notAFlag(cmd, unknown.GetSpecifiedName())
	}
	return fmt.Errorf("%w%s", err, similar)
}

// arguments maps an argument to the names of the flags that other commands have instead of it.
var arguments = map[string][]string{"CLIENT_ID": {"app", "client-id", "id"}, "NAME": {"name", "user", "username"}, "KID": {"kid", "key", "id"}, "ID": {"id"}, "FILE": {"file"}}

// notAFlag returns a hint for a flag whose value is an argument of the command.
func notAFlag(cmd *cobra.Command, flag string) string {
	for name, flags := range arguments {
		if slices.Contains(flags, flag) && slices.Contains(strings.Fields(cmd.Use), name) {
			path := strings.Replace(cmd.CommandPath(), cmd.Root().Name(), invocation(), 1)
			return " (write it without the flag: " + path + " " + name + ")"
		}
	}
	return ""
}

// sameFlags are names of flags that mean the same in different commands.
var sameFlags = [][]string{{"subject", "person", "user"}, {"app", "client-id"}}

// knownCommand rejects the name of a command that does not exist.
func knownCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	var known []string
	for _, sub := range cmd.Commands() {
		known = append(known, sub.Name())
	}
	similar := settings.DidYouMean(args[0], known)
	if cmd.Name() == "db" && args[0] == "restore" {
		similar = ": a backup is restored by copying the file. docs/how-to/back-up-and-restore.md has the steps"
	}
	if similar == "" {
		similar = "; the commands are " + strings.Join(known, ", ")
	}
	return usageError{fmt.Sprintf("unknown command %q for %q%s", args[0], cmd.CommandPath(), similar)}
}

// explainArguments makes the errors for missing and additional arguments of a command, and of
// all commands below it, say which arguments it has. They do not quote an argument,
// because it may be a URL with a password.
func explainArguments(cmd *cobra.Command) {
	for _, sub := range cmd.Commands() {
		explainArguments(sub)
	}
	check := cmd.Args
	if check == nil || cmd.HasSubCommands() {
		return
	}
	cmd.Args = func(cmd *cobra.Command, args []string) error {
		err := check(cmd, args)
		var explained usageError
		if err == nil || errors.As(err, &explained) {
			return err
		}
		_, names, _ := strings.Cut(cmd.Use, " ")
		if names == "" {
			names = "no arguments"
		}
		return usageError{fmt.Sprintf("%s accepts %s, and got %s%s", cmd.CommandPath(), names, count(int64(len(args)), "argument"), separateSwitch(cmd, args))}
	}
}

// separateSwitch returns a sentence for a person who wrote the value of a flag that is true or
// false as an argument of its own, or "".
func separateSwitch(cmd *cobra.Command, args []string) (hint string) {
	at := slices.IndexFunc(args, func(arg string) bool { return arg == "true" || arg == "false" })
	if at < 0 {
		return ""
	}
	cmd.Flags().Visit(func(f *pflag.Flag) {
		if f.NoOptDefVal == "true" && hint == "" {
			hint = fmt.Sprintf(". Write an equals sign between a flag and %s, such as --%s=%s", args[at], f.Name, args[at])
		}
	})
	return hint
}

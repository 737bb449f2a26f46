// Command latchkey is an OAuth 2 authorization server and OpenID provider in one
// binary.
//
// Reading order:
//
//	main.go command.go event.go terminal.go
//	                                the commands, and what they share
//	config.go config_flags.go config_load.go config_database.go masterkey.go
//	invocation.go serve.go log.go listen.go sockets.go notify.go demo.go hash_passwords.go
//	                                commands that start a server
//	mock.go mock_file.go mock_login.go mock_control.go
//	check.go check_client.go check_files.go owner_*.go health.go bench.go
//	migrate.go db.go progress.go    databases
//	administration*.go server_client.go
//	                                what the next commands do, in a database or at a server
//	app*.go user*.go session.go consent.go token.go key.go audit.go version.go
//	apply.go apply_print.go         what a file declares
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
)

// The exit statuses.
const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2

	exitDifference = 2 // a command that compares found a difference; see comparing
)

func main() { os.Exit(run()) }

// run returns the exit status of the program. Tests run it as the program.
func run() int {
	if len(os.Args) == 2 && os.Args[1] == hashPasswordsArgument {
		return hashPasswords(streams{os.Stdin, os.Stdout, os.Stderr})
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	return execute(ctx, os.Args[1:], streams{os.Stdin, os.Stdout, os.Stderr})
}

// streams are the standard streams of a command.
type streams struct {
	in       io.Reader
	out, err io.Writer
}

// failure is an error of a command that was used correctly. All other errors are
// errors of usage.
type failure struct{ error }

func (f failure) Unwrap() error { return f.error }

// isTerminal reports whether a person reads what is written to w.
func isTerminal(w io.Writer) bool {
	file, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// execute runs a command and returns the exit status.
func execute(ctx context.Context, args []string, s streams) int {
	c := &command{streams: s, config: newConfig()}
	root := rootCommand(c)
	root.SetArgs(args)
	root.SetIn(s.in)
	root.SetOut(s.out)
	root.SetErr(s.err)
	used, err := root.ExecuteContextC(ctx)
	if err == nil {
		return exitOK
	}
	if errors.Is(err, errDifference) {
		return exitDifference
	}
	status := exitUsage
	if errors.As(err, &failure{}) {
		status = exitFailed
	}
	text := c.suggest(c.config.text(err))
	hint := ""
	if status == exitUsage && !errors.As(err, &settingsError{}) {
		hint = usageHint(used)
	}
	if used.Annotations[comparing] != "" {
		status = exitFailed
	}
	if used.Name() == "serve" && c.config.logsJSON(s.err) { // it is the last line of a log
		message := "the server exited"
		if status == exitUsage {
			message = "the server cannot start"
		}
		slog.New(slog.NewJSONHandler(s.err, nil)).Error(message, "error", strings.TrimSuffix(text+". "+hint, ". "))
		return status
	}
	_, _ = fmt.Fprintln(s.err, "latchkey:", lines(text))
	if hint != "" {
		_, _ = fmt.Fprintln(s.err, lines(hint))
	}
	return status
}

func rootCommand(c *command) *cobra.Command {
	root := &cobra.Command{
		Use:   "latchkey",
		Short: "An OAuth 2 authorization server in one binary",
		Long: `Latchkey is an OAuth 2 authorization server and OpenID provider in one binary,
with login and consent pages, a back office, and an embedded database.

To try it, run: latchkey demo`,
		SilenceErrors: true, SilenceUsage: true,
		Args: knownCommand,
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	root.SetUsageTemplate(strings.ReplaceAll(root.UsageTemplate(), ".FlagUsages", ".FlagUsagesWrapped 110"))
	c.addGlobalFlags(root)
	root.AddCommand(
		c.demo(), c.mock(), c.serve(), c.migrate(), c.user(), c.group(), c.invitation(), c.app(), c.session(), c.consent(), c.token(), c.registration(), c.webhook(), c.loginProvider(), c.apply(), c.diff(), c.export(), c.key(), c.audit(), c.db(), c.check(), c.health(), c.bench(), version(c.streams),
	)
	root.SetFlagErrorFunc(similarFlag)
	explainArguments(root)
	return root
}

// Command latchkey is an OAuth 2 authorization server in one binary.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
)

// Exit statuses.
const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2
)

func main() { os.Exit(run()) }

// run returns the exit status.
func run() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	return execute(ctx, os.Args[1:], streams{os.Stdin, os.Stdout, os.Stderr})
}

// streams are where a command reads and writes.
type streams struct {
	in       io.Reader
	out, err io.Writer
}

// failure is an error of a command that was used rightly.
type failure struct{ error }

func (f failure) Unwrap() error { return f.error }

func execute(ctx context.Context, args []string, s streams) int {
	root := rootCommand(s)
	root.SetArgs(args)
	root.SetIn(s.in)
	root.SetOut(s.out)
	root.SetErr(s.err)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitOK
	}
	_, _ = fmt.Fprintln(s.err, "latchkey:", err)
	if errors.As(err, &failure{}) {
		return exitFailed
	}
	_, _ = fmt.Fprintln(s.err, "Try 'latchkey --help', or --help behind the command.")
	return exitUsage
}

func rootCommand(s streams) *cobra.Command {
	root := &cobra.Command{
		Use:           "latchkey",
		Short:         "An OAuth 2 authorization server in one binary",
		Long:          "Latchkey is an OAuth 2 authorization server in one binary: log-in and consent pages,\na back office, and an embedded database. Try it with: latchkey demo",
		SilenceErrors: true, SilenceUsage: true,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c := &command{streams: s, config: newConfig()}
	c.common(root)
	root.AddCommand(
		c.demo(), c.serve(), c.migrate(), c.user(), c.app(), c.token(), c.key(), c.db(), c.check(), c.bench(), version(s),
	)
	return root
}

package main

import (
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/seed-e6a88a41/latchkey/internal/loadtest"
)

func (c *command) bench() *cobra.Command {
	var (
		o           loadtest.Options
		secretStdin bool
	)
	cmd := &cobra.Command{
		Use: "bench ISSUER", Args: cobra.ExactArgs(1),
		Short: "Measure the speed of a running server",
		Long: `Measure how many requests per second a running server answers, and how fast.

Without --client-id, only public documents are requested. With an application
that can use the client credentials grant, tokens are issued and introspected
too. These tokens stay in the database until they expire.

The server must be on this machine unless --remote is given.`,
	}
	flags := cmd.Flags()
	flags.IntVar(&o.Connections, "connections", 8, "number of simultaneous requests")
	durationVar(flags, &o.Time, "time", 5*time.Second, "how long to measure each operation")
	flags.IntVar(&o.Requests, "max-requests", 100_000, "maximum number of requests per operation")
	flags.BoolVar(&o.Remote, "remote", false, "allow a server that is not on this machine; use only with servers that you operate")
	flags.StringVar(&o.ClientID, "client-id", "", "client ID of an application that can use the client credentials grant")
	flags.BoolVar(&secretStdin, "client-secret-stdin", false, "read the client secret from standard input")
	cmd.RunE = c.withConfig(func(cmd *cobra.Command, args []string) error {
		switch {
		case o.Connections < 1 || o.Connections > loadtest.MaxConnections:
			return usageError{fmt.Sprintf("--connections must be between 1 and %d", loadtest.MaxConnections)}
		case o.Requests < 1 || o.Requests > loadtest.MaxRequests:
			return usageError{fmt.Sprintf("--max-requests must be between 1 and %d", loadtest.MaxRequests)}
		case o.Time < loadtest.MinTime || o.Time > loadtest.MaxTime:
			return usageError{fmt.Sprintf("--time must be between %s and %s", loadtest.MinTime, loadtest.MaxTime)}
		case (o.ClientID != "") != secretStdin:
			return usageError{"--client-id and --client-secret-stdin must be given together"}
		}
		issuer, err := loadtest.ParseIssuer(args[0])
		if err != nil {
			return usageError{err.Error()}
		}
		if secretStdin {
			if o.ClientSecret, err = c.secretLine("client secret"); err != nil {
				return err
			}
		}
		bar := newProgress(c.err)
		o.OnProgress = bar.showLoadTest(o.Time)
		results, err := loadtest.Run(cmd.Context(), issuer, o)
		bar.end()
		if err != nil {
			return err
		}
		return c.print(results, func(w io.Writer) {
			row(w, "OPERATION", "REQUESTS", "FAILED", "PER SECOND", "MEDIAN MS", "P99 MS", "MAX MS")
			for _, r := range results {
				row(w, r.Operation, r.Requests, r.Failed, strconv.FormatFloat(r.Rate, 'f', 0, 64), milliseconds(r.Median), milliseconds(r.P99), milliseconds(r.Max))
			}
		})
	})
	return c.addJSONFlag(cmd)
}

func milliseconds(d time.Duration) string {
	return strconv.FormatFloat(float64(d)/float64(time.Millisecond), 'f', 2, 64)
}

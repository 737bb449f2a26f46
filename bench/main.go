// Command bench measures Latchkey and, in the same run, its floors: a bare
// net/http server that returns the same bytes for the same requests, and the
// methods of the store without HTTP. It prints one table to stdout, and its
// progress to stderr. The file that -csv writes has more columns.
//
// Read the speed as a ratio to the floors. Each slice of a measurement is taken
// right after a slice of its floors, so that load from other programs on the
// machine affects both alike. Everything runs on loopback, each server in its
// own process; this process is the load generator.
//
//	go run . [-quick] [-time 2s] [-rounds 4] [-connections 1,8,64] [-operations token,…] [-stores memory,sqlite,postgres] [-fill N] [-expired N] [-csv FILE] [-svg FILE] [-profile DIR]
//	go run . -jobs [-families N] [-stores sqlite,postgres]
//	go run . -against FILE [-time 2s] [-rounds 4] [-connections 1,8,64] [-operations token,…] [-stores memory,sqlite,postgres]
//	go run . -guards [-time 2s] [-rounds 4]
//	go run . -logins [-time 2s] [-rounds 4] [-stores memory,sqlite,postgres]
//	go run . -lists 10000000 [-stores sqlite,postgres] [-directory DIR]
//
// With -jobs it measures how long token requests take while a job with many rows
// runs, such as the deletion of an application (jobs.go). With -guards it measures how
// long the guard of an API takes to verify a token (guard.go), and with -logins how long token
// requests take while people log in with a password (logins.go). With -lists it measures the
// lists of the back office with a number of access tokens (lists.go): 10 million need 4 GB.
//
// operations.go defines what is measured, generate.go how, and target.go which
// server is compared with which floor.
//
// With -against it compares this build with another one, for example one of the
// last release, and alternates the slices of both. A ratio is the median of the
// ratios of all pairs of slices. A slice should take half a second or more.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"
)

func main() {
	if role := os.Getenv(roleVariable); role != "" {
		if err := play(role); err != nil {
			fmt.Fprintf(os.Stderr, "bench %s: %v\n", role, err)
			os.Exit(1)
		}
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintf(os.Stderr, "bench: %v\n", err)
		os.Exit(1)
	}
}

// plan holds what to measure, and for how long.
type plan struct {
	operations  []operation
	stores      []string
	connections []int
	time        time.Duration // of one measurement, all its rounds together
	rounds      int
	csv, svg    string
	profiles    string
	directory   string // for databases
	// fill and expired are the numbers of valid and of expired access tokens in a
	// database before the measurement.
	fill, expired        int
	families             int    // of a job
	lists                int    // the number of access tokens of lists
	against              string // another build of this program
	jobs, guards, logins bool
	progress             *progress
}

func (p *plan) slice() time.Duration { return p.time / time.Duration(p.rounds) }

func parse(args []string) (*plan, error) {
	p := &plan{fill: 100_000}
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	quick := flags.Bool("quick", false, "look at everything for a moment only: 0.4 s in 2 rounds")
	flags.DurationVar(&p.time, "time", 2*time.Second, "how long to measure each row")
	flags.IntVar(&p.rounds, "rounds", 4, "number of slices of a measurement, which alternate with those of the floors")
	flags.StringVar(&p.csv, "csv", "", "also write all figures to this CSV file")
	flags.StringVar(&p.svg, "svg", "", "draw the rates at the largest number of connections into this SVG file")
	flags.StringVar(&p.profiles, "profile", "", "write CPU and allocation profiles of the servers into this directory")
	flags.StringVar(&p.directory, "directory", os.TempDir(), "directory of the databases; do not use a file system in memory")
	connections := flags.String("connections", "1,8,64", "numbers of connections")
	names := flags.String("operations", "", "operations, comma-separated, by the beginning of their `names` (default all): "+operationNames())
	stores := flags.String("stores", "memory,sqlite,postgres", "stores")
	flags.IntVar(&p.fill, "fill", p.fill, "number of valid access tokens in a database at the start")
	flags.IntVar(&p.expired, "expired", 0, "number of expired access tokens in a database at the start")
	flags.BoolVar(&p.jobs, "jobs", false, "measure token requests while jobs with many rows run, and nothing else")
	flags.BoolVar(&p.guards, "guards", false, "measure how long the guard of an API takes to verify a token, and nothing else")
	flags.BoolVar(&p.logins, "logins", false, "measure only token requests, with and without people who log in with a password")
	flags.StringVar(&p.against, "against", "", "compare the servers with those of another build of this program, a `file`, and measure nothing else")
	flags.IntVar(&p.lists, "lists", 0, "measure the lists of the back office with this number of access tokens, and nothing else")
	flags.IntVar(&p.families, "families", 200_000, "number of families of a job")
	flags.IntVar(&generatorThreads, "generator-threads", max(1, runtime.NumCPU()/2), "threads of the load generator")
	if err := flags.Parse(args); err != nil {
		return nil, err
	}
	if flags.NArg() > 0 {
		return nil, fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	if *quick {
		p.time, p.rounds, p.fill = 400*time.Millisecond, 2, min(p.fill, 1000)
	}
	if p.rounds < 1 || p.slice() < 10*time.Millisecond || p.time > time.Minute {
		return nil, errors.New("a round lasts at least 10ms, a row at most 1m")
	}
	for text := range strings.SplitSeq(*connections, ",") {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || n > 4096 {
			return nil, fmt.Errorf("connections: %q is not a number from 1 to 4096", text)
		}
		p.connections = append(p.connections, n)
	}
	p.stores = strings.Split(*stores, ",")
	var err error
	if p.against != "" { // the servers run in other directories
		if p.against, err = filepath.Abs(p.against); err != nil {
			return nil, err
		}
	}
	p.operations, err = choose(*names)
	return p, err
}

func run(ctx context.Context, args []string) error {
	p, err := parse(args)
	if err != nil {
		return err
	}
	if !p.jobs && !p.logins && p.lists == 0 { // these measure in this process
		runtime.GOMAXPROCS(generatorThreads)
	}
	if p.directory, err = os.MkdirTemp(p.directory, "latchkey-bench-"); err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(p.directory) }()
	if err := os.Chmod(p.directory, 0o711); err != nil { //nolint:gosec // PostgreSQL may run as another user
		return err
	}
	heading, err := describeMachine(p.directory)
	if err != nil {
		return err
	}
	fmt.Println(heading)
	if p.lists > 0 {
		if err := os.Chdir(p.directory); err != nil {
			return err
		}
		return measureLists(ctx, os.Stdout, p.stores, p.lists)
	}
	if p.guards {
		return measureGuards(os.Stdout, p.slice(), p.rounds)
	}
	if p.jobs {
		return measureJobs(ctx, os.Stdout, p.directory, p.stores, p.families, 2*time.Second)
	}
	if p.logins {
		return measureLogins(ctx, os.Stdout, p.directory, p.stores, p.slice(), p.rounds)
	}
	if p.against != "" {
		return measureAgainst(ctx, os.Stdout, p)
	}
	table := newTable(os.Stdout)
	p.progress = newProgress(p)
	p.progress.begin(p)
	var all []*row
	for i, op := range p.operations {
		rows, err := p.measure(ctx, i+1, op)
		p.progress.clear()
		if err != nil {
			return fmt.Errorf("%s: %w", op.name, err)
		}
		table.add(rows)
		all = append(all, rows...)
	}
	if len(p.operations) == len(operations) {
		if err := measureGuards(os.Stdout, p.slice(), p.rounds); err != nil {
			return err
		}
	}
	table.close()
	if p.csv != "" {
		err = table.writeCSV(p.csv)
	}
	if p.svg != "" {
		err = errors.Join(err, writePicture(p.svg, heading, all))
	}
	return err
}

// generatorThreads is the value of a flag. By default it is half of the
// processors, so that the servers have the other half.
var generatorThreads int

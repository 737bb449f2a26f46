package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/spf13/cobra"
)

// Bounds on what one run may ask of a server.
const (
	mostConnections = 256
	mostRequests    = 1_000_000
	mostTime        = time.Minute
)

// measurement is how a running server is measured.
type measurement struct {
	client             *http.Client
	connections, count int
	time               time.Duration
	remote             bool
	id, secret         string
	bar                *progress
}

// measured is what an operation gave.
type measured struct {
	Operation string        `json:"operation"`
	Requests  int           `json:"requests"`
	Failed    int           `json:"failed"` // answers other than 200, and none
	Rate      float64       `json:"requests_per_second"`
	Median    time.Duration `json:"p50_ns"`
	P99       time.Duration `json:"p99_ns"`
	Most      time.Duration `json:"max_ns"`
}

func (c *command) bench() *cobra.Command {
	m := new(measurement)
	var readSecret bool
	cmd := &cobra.Command{
		Use: "bench ISSUER", Args: cobra.ExactArgs(1),
		Short: "Measure a running server that is yours",
		Long: `Measure a running server that is yours: how many requests a second it answers,
and how fast. Without an application only documents are asked for; with one that
may use client credentials, tokens too, which stay in the database until they
expire. Only servers on this machine, unless --remote says otherwise.`,
	}
	flags := cmd.Flags()
	flags.IntVar(&m.connections, "connections", 8, "how many requests are under way at a time")
	flags.DurationVar(&m.time, "time", 5*time.Second, "how long to measure each operation")
	flags.IntVar(&m.count, "max-requests", 100_000, "end an operation after so many requests")
	flags.BoolVar(&m.remote, "remote", false, "measure a server that is not on this machine; make sure that it is yours")
	flags.StringVar(&m.id, "client-id", "", "an application that may use client credentials")
	flags.BoolVar(&readSecret, "client-secret-stdin", false, "read its secret from standard input")
	cmd.RunE = c.does(func(cmd *cobra.Command, args []string) (err error) {
		switch {
		case m.connections < 1 || m.connections > mostConnections:
			return usage{fmt.Sprintf("--connections is from 1 to %d", mostConnections)}
		case m.count < 1 || m.count > mostRequests:
			return usage{fmt.Sprintf("--max-requests is from 1 to %d", mostRequests)}
		case m.time < 100*time.Millisecond || m.time > mostTime:
			return usage{fmt.Sprintf("--time is from 100ms to %s", mostTime)}
		case (m.id != "") != readSecret:
			return usage{"--client-id and --client-secret-stdin go together"}
		}
		if readSecret {
			if m.secret, err = c.secretLine("client secret"); err != nil {
				return err
			}
		}
		m.bar = newProgress(c.err)
		results, err := m.run(cmd.Context(), args[0])
		m.bar.end()
		if err != nil {
			return err
		}
		return c.answer(results, func(w io.Writer) {
			field(w, "operation", "requests", "failed", "a second", "median ms", "p99 ms", "longest ms")
			for _, r := range results {
				field(w, r.Operation, r.Requests, r.Failed, strconv.FormatFloat(r.Rate, 'f', 0, 64), millis(r.Median), millis(r.P99), millis(r.Most))
			}
		})
	})
	return c.answers(cmd)
}

func millis(d time.Duration) string {
	return strconv.FormatFloat(float64(d)/float64(time.Millisecond), 'f', 2, 64)
}

// errRemote is what is answered to who would load somebody else's server.
var errRemote = errors.New("this server is not on this machine: add --remote if it is yours")

// onlyHere lets a dialer reach this machine only.
func onlyHere(_, address string, _ syscall.RawConn) error {
	at, err := netip.ParseAddrPort(address)
	if err == nil && !at.Addr().IsLoopback() {
		err = errRemote
	}
	return err
}

// hostsOnly finds the names that this machine knows by itself, and asks no
// other for one.
func hostsOnly() *net.Resolver {
	return &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) { return nil, errRemote }}
}

// isRemote reports whether a request failed because it would have left this
// machine, if only to ask where a name is.
func (m *measurement) isRemote(err error) bool {
	var unknown *net.DNSError
	return errors.Is(err, errRemote) || (!m.remote && errors.As(err, &unknown))
}

// run finds the endpoints and measures one after the other.
func (m *measurement) run(ctx context.Context, issuer string) ([]measured, error) {
	dialer := &net.Dialer{Timeout: 10 * time.Second}
	if !m.remote {
		dialer.Control, dialer.Resolver = onlyHere, hostsOnly()
	}
	m.client = &http.Client{
		Timeout:       30 * time.Second,
		Transport:     &http.Transport{DialContext: dialer.DialContext, MaxIdleConnsPerHost: m.connections},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	at, err := url.Parse(strings.TrimSuffix(issuer, "/"))
	if err != nil || at.Host == "" {
		return nil, usage{fmt.Sprintf("%q is no URL. Give the issuer, e.g. http://localhost:8000/o", issuer)}
	}
	discovery := at.Scheme + "://" + at.Host + "/.well-known/oauth-authorization-server" + at.Path
	var endpoints struct {
		Token         string `json:"token_endpoint"`
		Introspection string `json:"introspection_endpoint"`
		JWKS          string `json:"jwks_uri"`
	}
	if err := m.ask(ctx, discovery, nil, &endpoints); err != nil {
		return nil, err
	}
	type operation struct {
		name, address string
		form          url.Values
	}
	operations := []operation{{"discovery", discovery, nil}, {"keys", endpoints.JWKS, nil}}
	if m.id != "" {
		form := url.Values{"grant_type": {"client_credentials"}}
		var token struct {
			AccessToken string `json:"access_token"`
		}
		if err := m.ask(ctx, endpoints.Token, form, &token); err != nil {
			return nil, err
		}
		operations = append(operations, operation{"client credentials", endpoints.Token, form},
			operation{"introspection", endpoints.Introspection, url.Values{"token": {token.AccessToken}}})
	}
	var results []measured
	for _, op := range operations {
		if op.address == "" {
			continue
		}
		result := m.measure(ctx, op.name, op.address, op.form)
		results = append(results, result)
		if err := ctx.Err(); err != nil {
			return nil, err
		}
	}
	return results, nil
}

func (m *measurement) request(ctx context.Context, address string, form url.Values) (*http.Request, error) {
	if form == nil {
		return http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, address, strings.NewReader(form.Encode()))
	if err == nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.SetBasicAuth(url.QueryEscape(m.id), url.QueryEscape(m.secret))
	}
	return r, err
}

// ask makes one request and reads its answer.
func (m *measurement) ask(ctx context.Context, address string, form url.Values, answer any) error {
	r, err := m.request(ctx, address, form)
	if err != nil {
		return err
	}
	response, err := m.client.Do(r)
	if m.isRemote(err) {
		return errRemote // without what was asked for
	}
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(response.Body, 1<<20))
	if err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answers %s: %.300s", address, response.Status, body)
	}
	return json.Unmarshal(body, answer)
}

// measure repeats a request on all connections until the time or the count is
// over.
func (m *measurement) measure(ctx context.Context, name, address string, form url.Values) (result measured) {
	ctx, cancel := context.WithTimeout(ctx, m.time)
	defer cancel()
	var (
		all    sync.WaitGroup
		asked  atomic.Int64
		failed atomic.Int64
		took   = make([][]time.Duration, m.connections)
	)
	begun := time.Now()
	watched := m.watch(name, begun, &asked)
	for i := range m.connections {
		all.Go(func() {
			for ctx.Err() == nil && asked.Add(1) <= int64(m.count) {
				then := time.Now()
				status := m.status(ctx, address, form)
				if ctx.Err() != nil {
					return // what was under way when the time was over counts nowhere
				}
				if status != http.StatusOK {
					failed.Add(1)
				}
				took[i] = append(took[i], time.Since(then))
			}
		})
	}
	all.Wait()
	seconds := time.Since(begun).Seconds()
	watched()
	sorted := slices.Concat(took...)
	result = measured{Operation: name, Requests: len(sorted), Failed: int(failed.Load()), Rate: float64(len(sorted)) / seconds}
	if len(sorted) > 0 {
		slices.Sort(sorted)
		result.Median, result.P99, result.Most = sorted[len(sorted)/2], sorted[len(sorted)*99/100], sorted[len(sorted)-1]
	}
	return result
}

// watch shows on a terminal how far an operation is, until the end of it is told.
func (m *measurement) watch(name string, begun time.Time, asked *atomic.Int64) (end func()) {
	if !m.bar.terminal {
		return func() {}
	}
	over, gone := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(gone)
		tick := time.NewTicker(drawEvery)
		defer tick.Stop()
		for {
			m.bar.line(fmt.Sprintf("measure %-18s  %d requests, %.1f s of %s", name, min(asked.Load(), int64(m.count)), time.Since(begun).Seconds(), m.time))
			select {
			case <-tick.C:
			case <-over:
				return
			}
		}
	}()
	return func() { close(over); <-gone }
}

// status makes a request and gives the status of its answer, 0 if there is none.
func (m *measurement) status(ctx context.Context, address string, form url.Values) int {
	r, err := m.request(ctx, address, form)
	if err != nil {
		return 0
	}
	response, err := m.client.Do(r)
	if err != nil {
		return 0
	}
	defer func() { _ = response.Body.Close() }()
	if _, err := io.Copy(io.Discard, response.Body); err != nil {
		return 0
	}
	return response.StatusCode
}

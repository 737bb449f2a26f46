package loadtest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"
)

// The limits of one load test.
const (
	MaxConnections = 4096
	MaxRequests    = 1_000_000
	MinTime        = 100 * time.Millisecond
	MaxTime        = time.Minute
)

// Options control a load test.
type Options struct {
	// Connections is how many requests are under way at a time, and Requests
	// and Time are the most that one operation makes and takes.
	Connections, Requests int
	Time                  time.Duration
	// Remote allows servers that are not on this machine.
	Remote bool
	// ClientID and ClientSecret belong to an application that can use the
	// client credentials grant. If they are empty, only documents are requested.
	ClientID, ClientSecret string
	// OnProgress, if set, is called ten times per second. A call has returned
	// before the next one starts.
	OnProgress func(Progress)
}

// Progress is how far an operation is.
type Progress struct {
	Operation string
	Requests  int
	Elapsed   time.Duration
}

// Result is the measurement of one operation.
type Result struct {
	Operation string        `json:"operation"`
	Requests  int           `json:"requests"`
	Failed    int           `json:"failed"` // no response, or a status other than 200
	Rate      float64       `json:"requests_per_second"`
	Median    time.Duration `json:"p50_ns"`
	P99       time.Duration `json:"p99_ns"`
	Max       time.Duration `json:"max_ns"`
}

// ErrRemote is returned for a server that is not on this machine.
var ErrRemote = errors.New("this server is not on this machine. Add --remote if you operate it")

// ErrFiles is returned if the process cannot open a file for each connection. The Go
// runtime has already raised the limit as far as the process is allowed to.
var ErrFiles = errors.New("this process cannot open enough files for so many connections. Raise the limit of open files (ulimit -Hn), or use fewer connections")

// ParseIssuer parses an issuer identifier.
func ParseIssuer(issuer string) (*url.URL, error) {
	u, err := url.Parse(strings.TrimSuffix(issuer, "/"))
	if err != nil || u.Host == "" {
		return nil, fmt.Errorf("%q is not a URL. Pass the issuer, for example http://localhost:8000/o", issuer)
	}
	return u, nil
}

// test is one load test.
type test struct {
	Options
	client *http.Client
	// noFiles is set when a connection fails because of the limit of open files.
	noFiles atomic.Bool
}

// operation is a request that is repeated: a GET if form is nil, otherwise a
// POST with client authentication.
type operation struct {
	name, address string
	form          url.Values
}

// Run finds the endpoints of the server and measures one operation after the
// other.
func Run(ctx context.Context, issuer *url.URL, o Options) ([]Result, error) {
	t := &test{Options: o, client: newClient(o)}
	operations, err := t.operations(ctx, issuer)
	if err != nil {
		return nil, err
	}
	var results []Result
	for _, op := range operations {
		if op.address == "" { // the server does not have this endpoint
			continue
		}
		results = append(results, t.measure(ctx, op))
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if t.noFiles.Load() {
			return nil, ErrFiles
		}
	}
	return results, nil
}

func (t *test) operations(ctx context.Context, issuer *url.URL) ([]operation, error) {
	metadata := operation{name: "discovery", address: issuer.Scheme + "://" + issuer.Host + "/.well-known/oauth-authorization-server" + issuer.Path}
	var endpoints struct {
		Token         string `json:"token_endpoint"`
		Introspection string `json:"introspection_endpoint"`
		JWKS          string `json:"jwks_uri"`
	}
	if err := t.fetch(ctx, metadata, &endpoints); err != nil {
		return nil, err
	}
	operations := []operation{metadata, {name: "keys", address: endpoints.JWKS}}
	if t.ClientID == "" {
		return operations, nil
	}
	issue := operation{"client credentials", endpoints.Token, url.Values{"grant_type": {"client_credentials"}}}
	var token struct {
		AccessToken string `json:"access_token"`
	}
	if err := t.fetch(ctx, issue, &token); err != nil {
		return nil, err
	}
	return append(operations, issue, operation{"introspection", endpoints.Introspection, url.Values{"token": {token.AccessToken}}}), nil
}

// request returns the HTTP request of an operation.
func (t *test) request(ctx context.Context, op operation) (*http.Request, error) {
	if op.form == nil {
		return http.NewRequestWithContext(ctx, http.MethodGet, op.address, nil)
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, op.address, strings.NewReader(op.form.Encode()))
	if err == nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.SetBasicAuth(url.QueryEscape(t.ClientID), url.QueryEscape(t.ClientSecret))
	}
	return r, err
}

// fetch sends one request and decodes its JSON response.
func (t *test) fetch(ctx context.Context, op operation, into any) error {
	r, err := t.request(ctx, op)
	if err != nil {
		return err
	}
	response, err := t.client.Do(r)
	if t.leavesMachine(err) {
		return ErrRemote // without the URL
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
		return fmt.Errorf("%s answers %s: %.300s", op.address, response.Status, body)
	}
	return json.Unmarshal(body, into)
}

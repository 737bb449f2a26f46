package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
)

// How many logins and token requests are sent per second, however long they take. The token
// requests leave most of a processor idle, so that their durations show how long they wait.
const (
	loginsPerSecond = 100
	tokensPerSecond = 200
)

// The people who log in, each from an address of their own.
const (
	loginPeople   = 100
	loginPassword = "a password for the measurement"
)

// mostSlowdown is how much longer the slowest 1% of token requests can take during logins.
const mostSlowdown = 2.0

// measureLogins measures token requests, alternately during logins by password, alongside another
// process that hashes passwords, and without either, each for the same time. It prints a table. A
// login hashes the password with the parameters of a server. Logins that wait for their turn at the
// end of a slice are canceled.
//
// The other process is the floor: it shows how much longer requests take on this machine while
// any program keeps a processor busy, for example because the kernel then delays the end of an fsync.
func measureLogins(ctx context.Context, out io.Writer, directory string, stores []string, slice time.Duration, rounds int) (err error) {
	_, _ = fmt.Fprintf(out, `%d token requests per second during %d logins per second, alongside another process that hashes passwords, and without either

| store | logins/s completed | requests | p50 ms | p99 ms | p99.9 ms | worst ms | alongside another process: requests | p50 ms | p99 ms | p99.9 ms | worst ms | without logins: requests | p50 ms | p99 ms | p99.9 ms | worst ms | p99 ratio to without logins | p99 ratio to the other process | at most %.0f |
|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|---|
`, tokensPerSecond, loginsPerSecond, mostSlowdown)
	if os.Getenv("GOGC") == "" {
		defer debug.SetGCPercent(debug.SetGCPercent(heapGrowth))
	}
	before, err := os.Getwd()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.Chdir(before)) }()
	if directory, err = filepath.Abs(directory); err != nil { // each store changes the working directory
		return err
	}
	for _, kind := range stores {
		folder, err := os.MkdirTemp(directory, "logins-")
		if err == nil {
			err = os.Chdir(folder)
		}
		if err != nil {
			return err
		}
		line, err := loginsOf(ctx, kind, slice, rounds)
		if err != nil {
			return fmt.Errorf("%s: %w", kind, err)
		}
		_, _ = fmt.Fprintf(out, "| %s | %s |\n", kind, line)
	}
	return nil
}

// loginsOf returns the line of a store.
func loginsOf(ctx context.Context, kind string, slice time.Duration, rounds int) (line string, err error) {
	p, err := newProvider(kind)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, p.close()) }()
	if err := p.addPeople(ctx); err != nil {
		return "", err
	}
	var (
		during, beside, without latencies
		completed               atomic.Int64
	)
	for range rounds {
		logins, stop := context.WithCancel(ctx)
		var background sync.WaitGroup
		var fault error
		background.Go(func() {
			_, fault = paced(loginsPerSecond, slice, func(n int) error { return p.logIn(logins, n, &completed) })
		})
		found, err := paced(tokensPerSecond, slice, func(int) error { return p.issue() })
		stop()
		background.Wait()
		if err = errors.Join(err, fault); err != nil {
			return "", err
		}
		during = append(during, found...)
		if found, err = p.issueBeside(ctx, slice); err != nil {
			return "", err
		}
		beside = append(beside, found...)
		if found, err = paced(tokensPerSecond, slice, func(int) error { return p.issue() }); err != nil {
			return "", err
		}
		without = append(without, found...)
	}
	toWithout, toBeside := during.p99()/without.p99(), during.p99()/beside.p99()
	verdict := "no"
	if min(toWithout, toBeside) <= mostSlowdown {
		verdict = "yes"
	}
	perSecond := float64(completed.Load()) / (time.Duration(rounds) * slice).Seconds()
	return fmt.Sprintf("%.0f | %s | %s | %s | %.2f | %.2f | %s", perSecond, during, beside, without, toWithout, toBeside, verdict), nil
}

// p99 sorts the durations and returns the one that 99% do not exceed.
func (l latencies) p99() float64 {
	slices.Sort(l)
	return float64(l[len(l)*99/100])
}

// issueBeside measures token requests while another process hashes passwords.
func (p *latchkeyRole) issueBeside(ctx context.Context, slice time.Duration) (found latencies, err error) {
	other, err := start(ctx, roleHasher, ".")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, other.stop()) }()
	return paced(tokensPerSecond, slice, func(int) error { return p.issue() })
}

// paced calls send at a steady rate for a time, without waiting for earlier calls, and returns how
// long each call took. It returns when all calls have returned.
func paced(perSecond int, lasts time.Duration, send func(n int) error) (latencies, error) {
	count := max(1, int(lasts*time.Duration(perSecond)/time.Second))
	times, faults := make(latencies, count), make([]error, count)
	tick := time.NewTicker(time.Second / time.Duration(perSecond))
	defer tick.Stop()
	var calls sync.WaitGroup
	for i := range count {
		<-tick.C
		calls.Go(func() {
			then := time.Now()
			faults[i] = send(i)
			times[i] = time.Since(then)
		})
	}
	calls.Wait()
	return times, errors.Join(faults...)
}

// addPeople adds the people who log in. They have the same password and the same hash, because
// hashing takes a long time.
func (p *latchkeyRole) addPeople(ctx context.Context) error {
	accounts := account.New(account.Config{Store: p.store, PasswordKey: p.hasher.Key})
	first, err := accounts.Create(ctx, account.NewUser{Username: "person-0", Password: loginPassword})
	for i := 1; i < loginPeople && err == nil; i++ {
		_, err = accounts.Import(ctx, account.ImportedUser{NewUser: account.NewUser{Username: fmt.Sprintf("person-%d", i)}, PasswordHash: first.PasswordHash})
	}
	return err
}

// logIn logs a person in, and counts the login unless ctx ends first.
func (p *latchkeyRole) logIn(ctx context.Context, n int, completed *atomic.Int64) error {
	person := n % loginPeople
	form := url.Values{"username": {fmt.Sprintf("person-%d", person)}, "password": {loginPassword}, "next": {"/o/account/"}}
	r := httptest.NewRequestWithContext(ctx, http.MethodPost, "http://"+p.address+"/o/login/", strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.RemoteAddr = fmt.Sprintf("192.0.2.%d:1024", person+1)
	w := httptest.NewRecorder()
	p.server.Handler.ServeHTTP(w, r)
	switch {
	case w.Code == http.StatusSeeOther:
		completed.Add(1)
	case ctx.Err() == nil:
		return fmt.Errorf("a login: %d %s", w.Code, w.Body)
	}
	return nil
}

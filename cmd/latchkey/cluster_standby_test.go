package main

import (
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// TestRepeatedRefreshSurvivesAHangingStandby: the synchronous standby hangs for
// much longer than the replay window. Every commit waits, every client gets 503
// and repeats the same refresh token, at whichever node the proxy chooses. When
// the standby answers again, every client gets its pair: nobody is taken for a
// thief.
func TestRepeatedRefreshSurvivesAHangingStandby(t *testing.T) {
	t.Parallel()
	const window = time.Second
	c, standby := startNodesWithStandby(t, 3, "--replay-window", window.String())
	a := startApp(t, c)
	chains, changed := make([]*chain, 24), make(chan struct{}, 1)
	for i := range chains {
		status, tokens := a.send(t, "/token", url.Values{"grant_type": {"authorization_code"}, "code": {code(a.browser, a.issuer, a.client)}, "code_verifier": {verifier}})
		if status != http.StatusOK {
			t.Fatal(status, tokens)
		}
		chains[i] = &chain{refresh: tokens["refresh_token"].(string), changed: changed}
	}
	stop := make(chan struct{})
	var load sync.WaitGroup
	for _, one := range chains {
		load.Go(func() { one.run(a, stop) })
	}
	defer func() {
		close(stop)
		load.Wait()
	}()
	each(t, changed, chains, "refreshed before the fault", func(one *chain) bool { return one.refreshed.Load() >= 2 })
	standby.Hang()
	t.Cleanup(standby.Resume)
	each(t, changed, chains, "got 503", func(one *chain) bool { return one.unavailable.Load() > 0 })
	hung := time.Now()
	each(t, changed, chains, "got 503 again, much later than its window", func(one *chain) bool {
		return time.Since(hung) > 8*window && one.unavailable.Load() >= 2
	})
	standby.Resume()
	before := make([]int64, len(chains))
	for i, one := range chains {
		before[i] = one.refreshed.Load()
	}
	each(t, changed, chains, "refreshed after the fault", func(one *chain) bool {
		for i := range chains {
			if chains[i] == one {
				return one.refreshed.Load() >= before[i]+3
			}
		}
		return false
	})
}

// chain is a client that refreshes, and repeats the same token until it is
// answered.
type chain struct {
	refresh                string
	changed                chan struct{} // receives a value after a response; all chains use it
	refreshed, unavailable atomic.Int64
	refused                atomic.Pointer[string] // an answer that ends the chain
}

func (one *chain) run(a *app, stop chan struct{}) {
	for {
		select {
		case <-stop:
			return
		case <-time.After(20 * time.Millisecond): // a client does not repeat at once
		}
		status, answer, err := post(a.issuer+"/token", url.Values{
			"grant_type": {"refresh_token"}, "refresh_token": {one.refresh},
			"client_id": a.client["client_id"], "client_secret": a.client["client_secret"],
		})
		switch {
		case err != nil, status == http.StatusServiceUnavailable, status == http.StatusBadGateway:
			one.unavailable.Add(1)
		case status == http.StatusOK:
			one.refresh = answer["refresh_token"].(string)
			one.refreshed.Add(1)
		default:
			text, _ := answer["error_description"].(string)
			one.refused.Store(&text)
		}
		select {
		case one.changed <- struct{}{}:
		default: // each is about to look
		}
		if one.refused.Load() != nil {
			return
		}
	}
}

// each waits until something is true of every chain.
func each(t *testing.T, changed <-chan struct{}, chains []*chain, what string, holds func(*chain) bool) {
	t.Helper()
	await(t, changed, "each chain has "+what, func() bool {
		missing := false
		for i, one := range chains {
			if text := one.refused.Load(); text != nil {
				t.Fatalf("chain %d was refused: %s", i, *text)
			}
			missing = missing || !holds(one)
		}
		return !missing
	})
}

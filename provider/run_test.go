package provider_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

func TestRunCreatesTheMissingKeys(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, nil)
		if keys, err := h.SigningKeys(ctx); err != nil || len(keys) != 1 || keys[0].Alg != oauth.AlgES256 {
			t.Fatalf("after New the keys are %v: %v", keys, err)
		}
		running, stop := context.WithCancel(ctx)
		go h.Run(running)
		synctest.Wait()
		created, err := h.SigningKeys(ctx)
		if err != nil || len(created) != len(oauth.SigningAlgorithms()) {
			t.Fatalf("after Run the keys are %v: %v", created, err)
		}
		document, err := h.JWKS(ctx)
		if err != nil {
			t.Fatal(err)
		}
		var published jose.JSONWebKeySet
		if err := json.Unmarshal(document.Body, &published); err != nil || len(published.Keys) != len(created) {
			t.Errorf("%d keys are published: %v", len(published.Keys), err)
		}
		for _, key := range created {
			if len(published.Key(key.ID)) != 1 || key.State(h.now) != oauth.KeyActive {
				t.Errorf("the key for %s is %s", key.Alg, key.State(h.now))
			}
		}
		if after, err := h.SigningKeys(ctx); err != nil || len(after) != len(created) {
			t.Errorf("after JWKS there are %d keys: %v", len(after), err)
		}
		stop()
		synctest.Wait()
	})
}

func TestRunDeliversLogoutNoticesAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, m := newMailbox(t)
		h.tokens("scope", "openid")
		running, stop := context.WithCancel(ctx)
		go h.Run(running)
		if err := h.EndSessions(ctx, h.who.SessionID); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if len(m.tokens[listens]) != 1 {
			t.Error("the client was not notified")
		}
		stop()
		synctest.Wait()
	})
}

// taker is a Store whose TakeLogoutNotices fails.
type taker struct {
	oauth.Store
	tries int
	err   error
}

func (t *taker) TakeLogoutNotices(context.Context, time.Time, time.Duration, int, ...string) ([]oauth.LogoutNotice, error) {
	t.tries++
	return nil, t.err
}

// TestUnavailableStoreIsNotLoggedByRun: the Store logs that itself, and Run tries
// every five seconds. Other failures are logged.
func TestUnavailableStoreIsNotLoggedByRun(t *testing.T) {
	for name, c := range map[string]struct {
		err    error
		logged int
	}{
		"an unavailable Store": {fmt.Errorf("%w: gone", oauth.ErrUnavailable), 0},
		"another error":        {errors.New("syntax error"), 12},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var log bytes.Buffer
				store := &taker{err: c.err}
				h := newHouse(t, func(config *provider.Config, _ *oauth.Client) {
					store.Store, config.Store = config.Store, store
					config.Logger = slog.New(slog.NewTextHandler(&log, nil))
				})
				running, stop := context.WithTimeout(ctx, time.Minute+time.Second)
				defer stop()
				if err := h.Run(running); err != nil {
					t.Error(err)
				}
				if n := strings.Count(log.String(), "could not be delivered"); n != c.logged || store.tries != 12 {
					t.Errorf("in a minute Run tried %d times and logged %d errors: %s", store.tries, n, &log)
				}
			})
		})
	}
}

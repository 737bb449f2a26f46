package provider_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// restorableStore is a Store whose families can be those of an earlier time.
type restorableStore struct {
	oauth.Store
	backup map[oauth.ID]oauth.Family // nil while the Store is up to date
}

func (s *restorableStore) Family(ctx context.Context, id oauth.ID) (oauth.Family, oauth.Standing, error) {
	family, standing, err := s.Store.Family(ctx, id)
	if before, known := s.backup[id]; known && err == nil {
		before.RevokedAt = family.RevokedAt
		return before, standing, nil
	}
	return family, standing, err
}

// Rotate does not find the hash of a token that is newer than the backup.
func (s *restorableStore) Rotate(ctx context.Context, r oauth.Rotation) (oauth.SpendResult, error) {
	before, known := s.backup[r.FamilyID]
	if !known || before.Hash == r.Presented {
		return s.Store.Rotate(ctx, r)
	}
	family, standing, err := s.Family(ctx, r.FamilyID)
	return oauth.SpendResult{Family: family, Standing: standing}, err
}

// restorableHouse is a house whose Store can be restored, with the refresh tokens
// of one family: the first of them is the one in the backup.
func restorableHouse(t *testing.T, log *bytes.Buffer, events *[]oauth.Event, generations int) (h *house, store *restorableStore, tokens []string) {
	t.Helper()
	store = new(restorableStore)
	h = newHouse(t, func(config *provider.Config, _ *oauth.Client) {
		store.Store = config.Store
		config.Store = store
		config.Logger = slog.New(slog.NewTextHandler(log, nil))
		config.OnEvent = func(_ context.Context, e oauth.Event) { *events = append(*events, e) }
	})
	tokens = []string{h.tokens().RefreshToken}
	parsed, _ := oauth.ParseToken(tokens[0], oauth.KindRefresh)
	family, _, err := h.store.Family(ctx, parsed.ID)
	if err != nil {
		t.Fatal(err)
	}
	for range generations {
		h.pass(time.Hour)
		next, err := h.refresh(tokens[len(tokens)-1])
		if err != nil {
			t.Fatal(err)
		}
		tokens = append(tokens, next.RefreshToken)
	}
	h.pass(time.Hour)
	store.backup = map[oauth.ID]oauth.Family{parsed.ID: family}
	*events = nil
	log.Reset()
	return h, store, tokens
}

// TestRefreshAfterARestoreAsksForANewLogin: a client that refreshed after the backup
// is not a thief. It is asked to log in again, and the older token of its family,
// which a thief could use again, is revoked.
func TestRefreshAfterARestoreAsksForANewLogin(t *testing.T) {
	for _, generations := range []int{1, 2, 300} {
		var (
			log    bytes.Buffer
			events []oauth.Event
		)
		h, _, tokens := restorableHouse(t, &log, &events, generations)
		_, err := h.refresh(tokens[generations])
		wantCode(t, err, oauth.CodeInvalidGrant)
		var shown *oauth.Error
		if !errors.As(err, &shown) || shown.Reason != "newer_than_database" || !strings.Contains(shown.Description, "restored from a backup") {
			t.Errorf("%d generations: got %v", generations, err)
		}
		for _, e := range events {
			if e.Name == oauth.EventReplay {
				t.Errorf("it is reported as %+v", e)
			}
		}
		if strings.Contains(log.String(), "reuse") || !strings.Contains(log.String(), "newer than the database") {
			t.Errorf("the log says: %s", &log)
		}
		if _, err := h.refresh(tokens[0]); err == nil {
			t.Error("the older token of the family, which was used before, is still valid")
		}
	}
}

// TestReuseIsDetectedAfterARestoreToo: a token that is older than the one in the
// backup was used before it.
func TestReuseIsDetectedAfterARestoreToo(t *testing.T) {
	var (
		log    bytes.Buffer
		events []oauth.Event
	)
	h, store, tokens := restorableHouse(t, &log, &events, 2)
	parsed, _ := oauth.ParseToken(tokens[2], oauth.KindRefresh)
	store.backup = nil
	family, _, err := h.store.Family(ctx, parsed.ID)
	if err != nil {
		t.Fatal(err)
	}
	store.backup = map[oauth.ID]oauth.Family{parsed.ID: family}
	_, err = h.refresh(tokens[0])
	if e := new(oauth.Error); !errors.As(err, &e) || e.Reason != "used_before" {
		t.Errorf("got %v", err)
	}
	if !strings.Contains(log.String(), "reuse detected") {
		t.Errorf("the log says: %s", &log)
	}
}

// TestOnlyTokensOfTheClientShowThatTheDatabaseWasRestored: a token whose generation was
// changed is not a token of this server, and that of another client changes
// nothing.
func TestOnlyTokensOfTheClientShowThatTheDatabaseWasRestored(t *testing.T) {
	var (
		log    bytes.Buffer
		events []oauth.Event
	)
	h, _, tokens := restorableHouse(t, &log, &events, 1)
	changed, _ := oauth.ParseToken(tokens[0], oauth.KindRefresh)
	changed.Secret[19]++
	_, err := h.refresh(changed.String())
	if e := new(oauth.Error); !errors.As(err, &e) || e.Reason != "unknown" {
		t.Errorf("with another generation: %v", err)
	}
	other := h.client()
	other.ID = "other"
	h.add(other)
	_, err = h.Token(ctx, "", params(t, "grant_type", "refresh_token", "refresh_token", tokens[1], "client_id", "other", "client_secret", h.key))
	if e := new(oauth.Error); !errors.As(err, &e) || e.Reason != "foreign" {
		t.Errorf("of another client: %v", err)
	}
	if family, _, err := h.store.Family(ctx, changed.ID); err != nil || !family.RevokedAt.IsZero() {
		t.Errorf("the family was revoked: %v", err)
	}
}

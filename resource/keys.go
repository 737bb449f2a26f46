package resource

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"time"

	"github.com/go-jose/go-jose/v4"
)

const (
	keysTTL   = 5 * time.Minute  // how long keys are used without a look
	keysStale = time.Hour        // how long, if a look gives none
	keysPause = 30 * time.Second // between two looks, whatever they gave
	keysWait  = 10 * time.Second // for one look
)

// keySet is what is known of the authorization server's keys.
type keySet struct {
	keys    []jose.JSONWebKey
	fetched time.Time // with success
	tried   time.Time
	err     error         // of the last look
	looking chan struct{} // closed when the look under way is over; nil without one
}

// key finds a key by its id, and looks for new ones when the old are stale or
// the id is unknown. A stranger's made-up ids and a server that is away make it
// look only now and then, and who needs no look does not wait for one.
func (j *JWT) key(ctx context.Context, id string) (*jose.JSONWebKey, error) {
	j.mu.Lock()
	wait := j.look(ctx, id)
	j.mu.Unlock()
	if wait != nil {
		select {
		case <-wait:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	key := j.set.find(id)
	switch {
	case j.set.err != nil && (key == nil || j.now().Sub(j.set.fetched) > keysStale):
		return nil, j.set.err // not the token's fault
	case key == nil:
		return nil, ErrInvalidToken
	}
	return key, nil
}

// look begins a look if one is due, and gives what to wait for, if anything.
func (j *JWT) look(ctx context.Context, id string) <-chan struct{} {
	s, now := &j.set, j.now()
	if s.find(id) != nil && now.Sub(s.fetched) <= keysTTL {
		return nil
	}
	if s.looking == nil && (s.tried.IsZero() || now.Sub(s.tried) > keysPause) {
		s.tried, s.looking = now, make(chan struct{})
		// Whoever came first may give up; the others still want to know.
		go j.fetch(context.WithoutCancel(ctx))
	}
	return s.looking
}

func (s *keySet) find(id string) *jose.JSONWebKey {
	i := slices.IndexFunc(s.keys, func(k jose.JSONWebKey) bool { return k.KeyID == id })
	if i < 0 {
		return nil
	}
	return &s.keys[i]
}

func (j *JWT) fetch(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, keysWait)
	defer cancel()
	keys, err := j.get(ctx)
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.set.err = err; err == nil {
		j.set.keys, j.set.fetched = keys, j.now()
	}
	close(j.set.looking)
	j.set.looking = nil
}

// get reads the key set (RFC 7517 §5). Keys of kinds that are not known here
// are left out.
func (j *JWT) get(ctx context.Context) ([]jose.JSONWebKey, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, j.KeysURL, nil)
	if err != nil {
		return nil, err
	}
	client := j.Client
	if client == nil {
		client = &http.Client{Timeout: 5 * time.Second}
	}
	response, err := client.Do(r)
	if err != nil {
		return nil, errors.New("the authorization server's keys cannot be fetched")
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("the authorization server's keys: %s", response.Status)
	}
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := json.NewDecoder(io.LimitReader(response.Body, 4*maxAnswer)).Decode(&set); err != nil {
		return nil, fmt.Errorf("the authorization server's keys: %w", err)
	}
	var keys []jose.JSONWebKey
	for _, raw := range set.Keys {
		var key jose.JSONWebKey
		if key.UnmarshalJSON(raw) == nil && key.Valid() && key.IsPublic() {
			keys = append(keys, key)
		}
	}
	return keys, nil
}

package resource

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"time"
)

// SameClaims returns an error if claims are read differently than a decoder reads them.
func SameClaims(payload string) error {
	got, gotErr := readClaims([]byte(payload))
	want := new(claims)
	wantErr := json.Unmarshal([]byte(payload), want)
	if (gotErr == nil) != (wantErr == nil) || gotErr == nil && !reflect.DeepEqual(got, want) {
		return fmt.Errorf("%s: got %+v, %w, want %+v, %w", payload, got, gotErr, want, wantErr)
	}
	return nil
}

// ClaimNames returns the names of the claims that are read.
func ClaimNames() []string { return slices.Collect(maps.Keys(claimNames())) }

// Counted returns the number of clients and people whose requests are counted.
func (l *RateLimit) Counted() int { return len(l.free) }

// CacheSize returns the number of valid and of rejected tokens in the cache, and the bytes
// of their responses.
func (i *Introspection) CacheSize() (valid, rejected, bytes int) {
	return len(i.cache.valid.results), len(i.cache.rejected.results), i.cache.valid.bytes
}

// Keep caches a result for a token, with claims of this length.
func (i *Introspection) Keep(token string, length int, err error) {
	result := cached{err: err, until: time.Now().Add(time.Hour)}
	if err == nil {
		result.token = &Token{RawClaims: json.RawMessage(make([]byte, length))}
	}
	i.cache.keep(sha256.Sum256([]byte(token)), result, time.Now())
}

// Fill counts requests of many people.
func (l *RateLimit) Fill(n int) {
	l.free = make(map[limited]time.Time, n)
	for i := range n {
		l.free[limited{strconv.Itoa(i), "", true}] = time.Now().Add(time.Hour)
	}
}

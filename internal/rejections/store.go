package rejections

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/netip"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"

	"github.com/seed-e6a88a41/latchkey/internal/writeback"
)

const (
	// storeEvery is how often rejections are stored, and maxBatch how many at a
	// time: a flood of rejected requests must not become a flood of writes.
	storeEvery = 2 * time.Second
	maxBatch   = 50
)

// Source returns a text that identifies the network of a client: the IPv4 address,
// or the first 64 bits of an IPv6 address, because one customer of a provider can
// use all addresses that begin with them.
func (l *Log) Source(client netip.Addr) string {
	bits := 64
	if client.Is4() {
		bits = 32
	}
	network, _ := client.Prefix(bits)
	mac := hmac.New(sha256.New, l.Key)
	mac.Write([]byte(network.String()))
	return hex.EncodeToString(mac.Sum(nil)[:8])
}

// Run stores rejections until the context ends, and then once more. It always
// returns nil.
func (l *Log) Run(ctx context.Context) error {
	return writeback.Loop{
		Every: storeEvery, Logger: l.Logger, Warning: "rejected requests could not be stored for the back office; this will be retried",
		Store: func(ctx context.Context, _ bool) (bool, error) { return l.storeBatch(ctx) },
	}.Run(ctx)
}

// storeBatch stores some of the rejections, and reports whether there are more.
// Those of authenticated clients come first, and those that name no client last.
func (l *Log) storeBatch(ctx context.Context) (more bool, err error) {
	batch := l.waiting(isAuthenticated)
	batch = append(batch, l.waiting(func(r oauth.Rejection) bool { return r.ClientID != "" && !isAuthenticated(r) })...)
	batch = append(batch, l.waiting(func(r oauth.Rejection) bool { return r.ClientID == "" })...)
	if more = len(batch) > maxBatch; more {
		batch = batch[:maxBatch]
	}
	if len(batch) == 0 {
		return false, nil
	}
	if err := l.Store.AddRejections(ctx, batch, bounds()); err != nil {
		return more, err
	}
	l.remove(batch)
	for _, r := range batch {
		l.report(ctx, oauth.OutcomeOK, r)
	}
	return more, nil
}

package web

import (
	"context"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// TestCachedLogosUseOnlyTheMemoryOfTheirSize: the buffer of a response can be twice
// as large.
func TestCachedLogosUseOnlyTheMemoryOfTheirSize(t *testing.T) {
	c := &logoCache{clock: time.Now, log: slog.New(slog.DiscardHandler), fetch: func(context.Context, string, int64) ([]byte, error) {
		return append(make([]byte, 0, 2*maxLogo), "\x89PNG\r\n\x1a\n...."...), nil
	}}
	mediaType, image := c.get(t.Context(), "https://app.example/logo")
	if mediaType != "image/png" || cap(image) > 64 {
		t.Errorf("got %s, %d bytes in %d", mediaType, len(image), cap(image))
	}
}

// Anyone can register applications with logos, and nobody has to use them.
func TestLogosOfUnknownApplicationsDoNotReplaceThoseOfStoredOnes(t *testing.T) {
	var fetched int
	h := new(Handler)
	for _, logos := range []*logoCache{&h.logos, &h.unconfirmedLogos} {
		logos.clock, logos.log = time.Now, slog.New(slog.DiscardHandler)
		logos.fetch = func(context.Context, string, int64) ([]byte, error) {
			fetched++
			return []byte("\x89PNG\r\n\x1a\n...."), nil
		}
	}
	stored, unknown := &oauth.Client{}, (&oauth.Client{Unconfirmed: true}).Localized(nil)
	h.logosOf(stored).get(t.Context(), "https://app.example/logo")
	for i := range 2 * maxLogos {
		h.logosOf(unknown).get(t.Context(), fmt.Sprintf("https://other.example/%d", i))
	}
	if h.logosOf(stored).get(t.Context(), "https://app.example/logo"); fetched != 2*maxLogos+1 {
		t.Errorf("%d logos were fetched", fetched)
	}
}

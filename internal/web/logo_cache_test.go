package web

import (
	"context"
	"log/slog"
	"testing"
	"time"
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

package web

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/seed-e6a88a41/latchkey/internal/crash"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// Bounds on logos. maxLogoFetches is small, so that logos cannot delay the other
// requests that the server sends to applications.
const (
	maxLogo        = 256 << 10 // bytes
	maxLogos       = 128       // in memory
	maxLogoFetches = 4         // at the same time
	logoTTL        = 24 * time.Hour
	logoRetry      = 5 * time.Minute // after a failure
)

// logoTypes are the media types of images that a logo can have. SVG is not among
// them, because it is a document that can contain scripts.
var logoTypes = []string{"image/png", "image/jpeg", "image/gif", "image/webp"}

// A logo is the image at a URL. It has no media type if it was never fetched, or
// does not exist any more.
type logo struct {
	mediaType string
	image     []byte
	err       error // of the last fetch
	triedAt   time.Time
	done      chan struct{} // closed when the fetch ends
}

// logoCache fetches logos and keeps them in memory.
type logoCache struct {
	fetch func(ctx context.Context, url string, maxBytes int64) ([]byte, error)
	clock func() time.Time
	log   *slog.Logger

	mu      sync.Mutex
	logos   map[string]*logo // by URL
	running int              // fetches
}

// get returns the logo at a URL, or nothing if it cannot be fetched now. A caller
// that gives up does not cancel the fetch, because others may be waiting for it.
func (c *logoCache) get(ctx context.Context, url string) (mediaType string, image []byte) {
	l := c.find(ctx, url)
	if l == nil {
		return "", nil
	}
	select {
	case <-l.done:
		return l.mediaType, l.image
	case <-ctx.Done():
		return "", nil
	}
}

// find returns the logo, and starts a fetch if one is due. It returns nil if too
// many fetches are running.
func (c *logoCache) find(ctx context.Context, url string) *logo {
	c.mu.Lock()
	defer c.mu.Unlock()
	old := c.logos[url]
	if old != nil && c.clock().Before(old.due()) {
		return old
	}
	if c.running >= maxLogoFetches {
		return old
	}
	if c.logos == nil {
		c.logos = make(map[string]*logo)
	}
	if old == nil && len(c.logos) >= maxLogos {
		c.drop()
	}
	l := &logo{triedAt: c.clock(), done: make(chan struct{})}
	if old != nil {
		l.mediaType, l.image = old.mediaType, old.image // in case that the fetch fails
	}
	c.logos[url] = l
	c.running++
	go func() {
		defer crash.Log(c.log)
		c.load(context.WithoutCancel(ctx), url, l)
	}()
	return l
}

// due returns when the logo is fetched again.
func (l *logo) due() time.Time {
	select {
	case <-l.done:
	default:
		return l.triedAt.Add(logoTTL) // it is being fetched
	}
	if l.err != nil {
		return l.triedAt.Add(logoRetry)
	}
	return l.triedAt.Add(logoTTL)
}

// drop removes the logo that was fetched first.
func (c *logoCache) drop() {
	var oldest string
	for url, l := range c.logos {
		if oldest == "" || l.triedAt.Before(c.logos[oldest].triedAt) {
			oldest = url
		}
	}
	delete(c.logos, oldest)
}

func (c *logoCache) load(ctx context.Context, url string, l *logo) {
	image, err := c.fetch(ctx, url, maxLogo)
	mediaType := http.DetectContentType(image) // whatever type the server claims
	if err == nil && !slices.Contains(logoTypes, mediaType) {
		err = errors.New("the logo is not a PNG, JPEG, GIF or WebP image")
	}
	switch l.err = err; {
	case err == nil:
		l.mediaType, l.image = mediaType, bytes.Clone(image) // without the rest of the buffer
	case errors.Is(err, oauth.ErrGone):
		l.mediaType, l.image = "", nil
	}
	if err != nil {
		c.log.WarnContext(ctx, "the logo of an application could not be fetched", "error", oauth.Redacted(err.Error()))
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.running--
	close(l.done)
}

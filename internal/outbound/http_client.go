package outbound

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// HTTP returns a client for a library that needs one. Its requests have the same limits
// as all others, and responses with more than maxBytes are an error. Redirects are not
// followed.
func (c *Client) HTTP(maxBytes int64) *http.Client {
	return &http.Client{
		Transport: guarded{c, maxBytes}, Timeout: c.o.Timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// guarded is the transport of HTTP.
type guarded struct {
	client   *Client
	maxBytes int64
}

// RoundTrip sends a request, and reads the whole response.
func (g guarded) RoundTrip(r *http.Request) (*http.Response, error) {
	c := g.client
	u, err := c.parse(r.URL.String())
	if err != nil {
		return nil, err
	}
	release, err := c.enter(r.Context(), u.Host)
	if err != nil {
		return nil, err
	}
	defer release()
	r = r.Clone(context.WithValue(r.Context(), schemeKey{}, u.Scheme))
	r.Header.Set("User-Agent", "Latchkey")
	response, err := c.http.Transport.RoundTrip(r)
	if err != nil {
		return nil, unanswered(u.Host, err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(response.Body, g.maxBytes+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("%w: %s: %w", oauth.ErrUnavailable, u.Host, err)
	case int64(len(body)) > g.maxBytes:
		return nil, fmt.Errorf("the response of %s is longer than %d bytes", u.Host, g.maxBytes)
	}
	answered := *response
	answered.Body = io.NopCloser(bytes.NewReader(body))
	return &answered, nil
}

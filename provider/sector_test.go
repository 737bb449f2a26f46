package provider_test

import (
	"context"
	"errors"
	"net/url"
	"testing"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// shelf gives every address the same document, or none.
type shelf string

func (s shelf) Get(context.Context, string, int64) ([]byte, error) {
	if s == "" {
		return nil, errors.New("404")
	}
	return []byte(s), nil
}
func (shelf) Post(context.Context, string, url.Values) error { return errors.New("no") }

func TestSectorDocumentMustListTheRedirectURIs(t *testing.T) {
	client := func(sector string, redirects ...string) *oauth.Client {
		return &oauth.Client{RedirectURIs: redirects, ClientOpenID: oauth.ClientOpenID{SectorIdentifierURI: sector, SubjectType: oauth.SubjectPairwise}}
	}
	const sector = "https://sector.example/list.json"
	known := client(sector, callback)
	for name, test := range map[string]struct {
		published oauth.Outbound
		before, c *oauth.Client
		faults    int
	}{
		"no sector":                  {shelf(""), nil, client("", callback), 0},
		"listed":                     {shelf(`["https://x.example/", "` + callback + `"]`), nil, known, 0},
		"not listed":                 {shelf(`["` + callback + `/", "HTTPS://app.example/cb"]`), nil, known, 1},
		"two of three not listed":    {shelf(`["` + callback + `"]`), nil, client(sector, "https://a.example/", callback, "https://b.example/"), 2},
		"an object":                  {shelf(`{"` + callback + `": 1}`), nil, known, 1},
		"a list of something else":   {shelf(`[1]`), nil, known, 1},
		"nothing there":              {shelf(""), nil, known, 1},
		"nobody to ask":              {nil, nil, known, 1},
		"as it was":                  {shelf(""), known, client(sector, callback), 0},
		"another redirect URI added": {shelf(`["` + callback + `"]`), known, client(sector, callback, "https://evil.example/"), 1},
		"another sector":             {shelf(""), known, client("https://other.example/", callback), 1},
	} {
		faults := provider.CheckSector(ctx, test.published, test.before, test.c)
		if len(faults) != test.faults {
			t.Errorf("%s: %v", name, faults)
		}
	}
}

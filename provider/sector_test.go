package provider_test

import (
	"context"
	"errors"
	"net/url"
	"testing"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// document is an Outbound that fetches the same document from every URL. If it is
// empty every URL is unavailable.
type document string

func (d document) Get(context.Context, string, int64) ([]byte, error) {
	if d == "" {
		return nil, errors.New("404")
	}
	return []byte(d), nil
}

func (document) Check(string) error { return nil }

func (document) IsPublicSuffix(domain string) bool { return noDocuments{}.IsPublicSuffix(domain) }

func (document) GetDocument(context.Context, string, int64, *oauth.Document) (*oauth.Document, error) {
	return nil, errors.New("no")
}

func (document) Post(context.Context, string, url.Values) error { return errors.New("no") }

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
		"no sector":                  {document(""), nil, client("", callback), 0},
		"a listed URI":               {document(`["https://x.example/", "` + callback + `"]`), nil, known, 0},
		"a URI that is not listed":   {document(`["` + callback + `/", "HTTPS://app.example/cb"]`), nil, known, 1},
		"two of three not listed":    {document(`["` + callback + `"]`), nil, client(sector, "https://a.example/", callback, "https://b.example/"), 2},
		"a JSON object":              {document(`{"` + callback + `": 1}`), nil, known, 1},
		"a list of numbers":          {document(`[1]`), nil, known, 1},
		"no document":                {document(""), nil, known, 1},
		"no Outbound":                {nil, nil, known, 1},
		"nothing has changed":        {document(""), known, client(sector, callback), 0},
		"another redirect URI added": {document(`["` + callback + `"]`), known, client(sector, callback, "https://evil.example/"), 1},
		"another sector":             {document(""), known, client("https://other.example/", callback), 1},
	} {
		faults := provider.CheckSector(ctx, test.published, test.before, test.c)
		if len(faults) != test.faults {
			t.Errorf("%s: %v", name, faults)
		}
	}
}

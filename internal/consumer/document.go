package consumer

import (
	"encoding/json"
	"net/http"
	"net/netip"
	"net/url"
	"strings"

	"github.com/seed-e6a88a41/latchkey/internal/ui"
)

// documentPath is where this application publishes its metadata. The URL is its client
// ID at providers that support client ID metadata documents.
const documentPath = "/client.json"

// metadataDocument is the client ID metadata document of this application.
type metadataDocument struct {
	ClientID               string   `json:"client_id"`
	Name                   string   `json:"client_name"`
	URI                    string   `json:"client_uri"`
	RedirectURIs           []string `json:"redirect_uris"`
	PostLogoutRedirectURIs []string `json:"post_logout_redirect_uris"`
	GrantTypes             []string `json:"grant_types"`
	ResponseTypes          []string `json:"response_types"`
	AuthMethod             string   `json:"token_endpoint_auth_method"`
}

func (c *consumer) metadataDocument() ([]byte, error) {
	return json.MarshalIndent(metadataDocument{
		ClientID: c.BaseURL + documentPath, Name: "OAuth 2 consumer", URI: c.BaseURL + "/", RedirectURIs: []string{c.redirectURI()},
		PostLogoutRedirectURIs: []string{c.postLogoutRedirectURI()}, GrantTypes: []string{"authorization_code", "refresh_token"},
		ResponseTypes: []string{"code"}, AuthMethod: "none",
	}, "", "  ")
}

// document serves the document to providers.
func (c *consumer) document(w http.ResponseWriter, r *http.Request) {
	text, err := c.metadataDocument()
	if err != nil {
		c.failed(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "public, max-age=300")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	_, _ = w.Write(text)
}

// documentPage is the data of the page about the document.
type documentPage struct {
	ClientID, Document, Issuer, Scope string
	Supported                         string // "yes", "no" or "unknown": whether the provider supports documents
	Insecure, Local                   bool   // the URL is not https, or not reachable by others
}

func (c *consumer) documentPage(w http.ResponseWriter, r *http.Request) {
	text, err := c.metadataDocument()
	if err != nil {
		c.failed(w, r, err)
		return
	}
	page := documentPage{
		ClientID: c.BaseURL + documentPath, Document: string(text), Issuer: c.Issuer, Scope: c.Scope, Supported: "unknown",
		Insecure: !strings.HasPrefix(c.BaseURL, "https:"), Local: isLocal(c.BaseURL),
	}
	if c.Issuer != "" {
		if p, problem := c.discover(r.Context(), c.Issuer); problem == nil {
			page.Supported = "no"
			if p.Documents {
				page.Supported = "yes"
			}
		}
	}
	c.render(w, r, http.StatusOK, "document", ui.Text{"consumer.document.title"}, ui.View{Data: page})
}

// isLocal reports whether the host of a URL is this machine.
func isLocal(address string) bool {
	u, err := url.Parse(address)
	if err != nil {
		return false
	}
	ip, err := netip.ParseAddr(u.Hostname())
	return u.Hostname() == "localhost" || (err == nil && ip.IsLoopback())
}

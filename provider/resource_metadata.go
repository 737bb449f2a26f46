package provider

import (
	"cmp"
	"encoding/json"
	"net/url"
	"strings"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// resourceMetadata is the protected resource metadata of RFC 9728 §2.
type resourceMetadata struct {
	Resource             string   `json:"resource"`
	AuthorizationServers []string `json:"authorization_servers"`
	ScopesSupported      []string `json:"scopes_supported,omitempty"`
	BearerMethods        []string `json:"bearer_methods_supported"`
	Name                 string   `json:"resource_name,omitempty"`
}

// ResourceDocument is the metadata of a protected resource.
type ResourceDocument struct {
	// Path is the path of the document (RFC 9728 §3.1).
	Path string
	Document
}

// resourceWellKnown is the well-known path of RFC 9728 §3.
const resourceWellKnown = "/.well-known/oauth-protected-resource"

// ResourceMetadata returns the metadata of the resources that this server publishes
// (RFC 9728 §3): first that of its own API, and then those of the registered
// resources with the origin of the issuer. Other resources publish their own.
func (s *Provider) ResourceMetadata() (documents []ResourceDocument, err error) {
	all := []resourceMetadata{{Resource: s.Issuer, ScopesSupported: s.scopesOf(s.resources().own), BearerMethods: []string{"header", "body"}}}
	for _, info := range s.resources().list {
		if s.publishes(info.URI) {
			all = append(all, resourceMetadata{Resource: info.URI, Name: info.Name, ScopesSupported: s.scopesOf(info.URI), BearerMethods: []string{"header"}})
		}
	}
	for _, m := range all {
		m.AuthorizationServers = []string{s.Issuer}
		body, err := json.Marshal(m)
		if err != nil {
			return nil, err
		}
		documents = append(documents, ResourceDocument{Path: resourceWellKnown + pathOf(m.Resource), Document: newDocument(body)})
	}
	return documents, nil
}

// publishes reports whether this server publishes the metadata of a registered
// resource: if it has the origin of the issuer, a path that proxies leave unchanged,
// and no query.
func (s *Provider) publishes(uri string) bool {
	u, err := url.Parse(strings.TrimSuffix(uri, "/"))
	return err == nil && oauth.Origin(uri) == oauth.Origin(s.Issuer) && u.RawQuery == "" && plainPath(u)
}

// pathOf returns the path of a URL without a slash at the end.
func pathOf(uri string) string {
	u, err := url.Parse(uri)
	if err != nil {
		return ""
	}
	return strings.TrimSuffix(u.EscapedPath(), "/")
}

// ResourceMetadataURL returns the URL of the metadata of a resource, or of that of the
// server's own API if the URI is empty. It is the resource_metadata of a challenge
// (RFC 9728 §5.1).
func (s *Provider) ResourceMetadataURL(uri string) string {
	uri = cmp.Or(uri, s.Issuer)
	return oauth.Origin(uri) + resourceWellKnown + pathOf(uri)
}

// scopesOf returns the scopes that clients can request for a resource. The scopes of
// OpenID Connect are only in the list of the server's own API: a client that
// requests all that a resource lists must not get more than it needs. No API needs
// offline_access.
func (s *Provider) scopesOf(uri string) (scopes []string) {
	for _, scope := range s.catalog().all {
		if s.resources().accepts(uri, scope.Name) && scope.Name != oauth.ScopeOfflineAccess && (uri == s.resources().own || !s.aboutPerson(scope.Name)) {
			scopes = append(scopes, scope.Name)
		}
	}
	return scopes
}

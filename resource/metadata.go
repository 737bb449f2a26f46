package resource

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
)

// Metadata describes an API to clients (RFC 9728 §2). A client that gets 401 finds
// it, and in it the authorization server from which it can request an access token.
type Metadata struct {
	// Resource is the URI of the API: an https URL without a fragment, such as
	// "https://tools.example.com/mcp". Clients send it as the parameter resource
	// (RFC 8707), and access tokens have it as aud.
	Resource string `json:"resource"`
	// AuthorizationServers are the issuers of the servers whose tokens the API
	// accepts.
	AuthorizationServers []string `json:"authorization_servers,omitempty"`
	// ScopesSupported are the scopes that clients can request.
	ScopesSupported []string `json:"scopes_supported,omitempty"`
	// Name, Documentation, PolicyURI and TOSURI are for people.
	Name          string `json:"resource_name,omitempty"`
	Documentation string `json:"resource_documentation,omitempty"` // the URL of a page for developers
	PolicyURI     string `json:"resource_policy_uri,omitempty"`    // the URL of the rules for the use of the data
	TOSURI        string `json:"resource_tos_uri,omitempty"`       // the URL of the terms of service
}

// wellKnown is the path of RFC 9728 §3.
const wellKnown = "/.well-known/oauth-protected-resource"

// Path returns the path at which clients look for the metadata: the well-known path,
// followed by the path of Resource (RFC 9728 §3.1).
func (m *Metadata) Path() string {
	u, err := url.Parse(m.Resource)
	if err != nil {
		return wellKnown
	}
	return wellKnown + strings.TrimSuffix(u.EscapedPath(), "/")
}

// URL returns the URL of the metadata. It is the resource_metadata of challenges
// (RFC 9728 §5.1).
func (m *Metadata) URL() string {
	u, err := url.Parse(m.Resource)
	if err != nil {
		return ""
	}
	metadata := u.Scheme + "://" + u.Host + m.Path()
	if u.RawQuery != "" {
		metadata += "?" + u.RawQuery
	}
	return metadata
}

// ServeHTTP responds with the metadata. Scripts of every origin can read it. Mount
// it at Path:
//
//	mux.Handle(guard.Metadata.Path(), guard.Metadata)
func (m *Metadata) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header.Set("Access-Control-Allow-Origin", "*")
	switch r.Method {
	case http.MethodGet, http.MethodHead:
	case http.MethodOptions:
		header.Set("Access-Control-Allow-Methods", "GET, HEAD")
		if names := r.Header.Get("Access-Control-Request-Headers"); names != "" {
			header.Set("Access-Control-Allow-Headers", names)
			header.Add("Vary", "Access-Control-Request-Headers")
		}
		w.WriteHeader(http.StatusNoContent)
		return
	default:
		header.Set("Allow", "GET, HEAD, OPTIONS")
		http.Error(w, "Use GET.", http.StatusMethodNotAllowed)
		return
	}
	body, err := json.Marshal(struct {
		*Metadata
		BearerMethods []string `json:"bearer_methods_supported"`
	}{m, []string{"header"}})
	if err != nil { // cannot happen: there are only texts
		http.Error(w, "The metadata cannot be written.", http.StatusInternalServerError)
		return
	}
	header.Set("Content-Type", "application/json")
	header.Set("Cache-Control", "public, max-age=300")
	w.WriteHeader(http.StatusOK) // for routers whose default is another status
	_, _ = w.Write(body)
}

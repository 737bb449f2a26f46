package oauth

import (
	"net/url"
	"slices"
	"strings"
	"time"
)

// ResourceInfo describes a resource: an API for which access tokens are issued
// (RFC 8707). It is registered by the administrator of the server.
type ResourceInfo struct {
	// URI identifies the resource. It is the aud of access tokens, exactly as it is
	// registered. A request may write it differently, see CanonicalResource.
	URI string
	// Name is shown to people on the consent page; empty means the URI.
	Name string
	// Scopes are those of the resource. They are granted only together with it, and
	// it accepts no others, apart from those of OpenID Connect. If the list is
	// empty, the resource accepts all scopes that no other resource lists.
	Scopes Scopes
	// TokenFormat and AccessTokenTTL replace those of the client, unless zero. They
	// apply to access tokens for the resource.
	TokenFormat    TokenFormat
	AccessTokenTTL time.Duration // lifetime of access tokens for the resource; 0 means that of the client
	// SigningAlg is the algorithm that signs JWT access tokens for the resource;
	// empty means ES256.
	SigningAlg string
	// ClientID is the client through which the API introspects tokens, or empty. It
	// must be a ResourceServer. It can introspect the tokens for its resources, and
	// no others.
	ClientID string
}

// maxResourceLength bounds the URI of a resource, in bytes.
const maxResourceLength = 512

// CanonicalResource returns the form in which the URIs of resources are compared:
// scheme and host in lower case, without the default port and without a slash at
// the end. It returns an error with CodeInvalidTarget if the text is not an absolute
// URI without a fragment (RFC 8707 §2).
func CanonicalResource(text string) (string, error) {
	fault := func(why string) (string, error) {
		return "", Errorf(CodeInvalidTarget, "The resource '%s' %s (RFC 8707 section 2).", text, why)
	}
	if len(text) > maxResourceLength {
		return "", Errorf(CodeInvalidTarget, "The resource is longer than %d bytes.", maxResourceLength)
	}
	if strings.ContainsFunc(text, func(r rune) bool { return r <= 0x20 || r >= 0x7f }) {
		return fault("contains a space or a character that is not ASCII")
	}
	if strings.Contains(text, "#") {
		return fault("has a fragment")
	}
	if scheme := MissingScheme(text); scheme != "" {
		return fault("has no scheme: begin it with " + scheme)
	}
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Scheme == "":
		return fault("is not an absolute URI")
	case strings.HasSuffix(text, "?"): // the same resource, and the same path of its metadata (RFC 9728 section 3.1)
		return fault("has an empty query")
	case u.User != nil:
		return fault("contains a username")
	case u.Opaque != "": // such as a URN
		return u.Scheme + text[len(u.Scheme):], nil
	}
	_, rest, _ := strings.Cut(text, "://")
	end := strings.IndexAny(rest, "/?")
	if end < 0 {
		end = len(rest)
	}
	authority, path := strings.ToLower(rest[:end]), rest[end:]
	if u.Hostname() == "" || strings.Contains(authority, "%") || strings.Count(u.Hostname(), ":") > 0 && authority[0] != '[' {
		return fault("has no valid host")
	}
	authority = strings.TrimSuffix(authority, ":")
	if port := u.Port(); (u.Scheme == "https" && port == "443") || (u.Scheme == "http" && port == "80") {
		authority = strings.TrimSuffix(authority, ":"+port)
	}
	path, query, hasQuery := strings.Cut(path, "?")
	canonical := u.Scheme + "://" + authority + strings.TrimSuffix(path, "/")
	if hasQuery {
		canonical += "?" + query
	}
	return canonical, nil
}

// MayRequestResource reports whether the client may request access tokens for the
// resource.
func (c *Client) MayRequestResource(uri string) bool {
	if len(c.Resources) == 0 {
		return true
	}
	return containsResource(c.Resources, uri)
}

// containsResource reports whether the list contains the URI, maybe in another form.
func containsResource(list []string, uri string) bool {
	wanted, err := CanonicalResource(uri)
	return err == nil && slices.ContainsFunc(list, func(one string) bool {
		one, err := CanonicalResource(one)
		return err == nil && one == wanted
	})
}

package oauth

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// ChooseRedirectURI returns the URI that the response goes to (RFC 6749
// §3.1.2.3): the requested one if it is registered, or the only registered one
// if the request has none. wildcards is set if the client may use registered URIs with a
// wildcard, a legacy feature. This is the only place where they are matched. The error is
// an *Error with CodeInvalidRequest.
func (c *Client) ChooseRedirectURI(requested string, wildcards bool) (string, error) {
	if requested == "" {
		switch {
		case len(c.RedirectURIs) == 0:
			return "", Errorf(CodeInvalidRequest, "No redirect URI is registered for the application.").WithReason("no_redirect_uri")
		case len(c.RedirectURIs) == 1 && !HasWildcard(c.RedirectURIs[0]):
			return c.RedirectURIs[0], nil
		case len(c.RedirectURIs) == 1:
			return "", Errorf(CodeInvalidRequest, "The request has no redirect_uri, and the one that is registered for the application contains a wildcard. Send the redirect_uri to use.").WithReason("no_redirect_uri")
		}
		return "", Errorf(CodeInvalidRequest, "The request has no redirect_uri, and several are registered for the application. Send one of them.").WithReason("no_redirect_uri")
	}
	for _, registered := range c.RedirectURIs {
		if MatchRedirectURI(registered, requested) || wildcards && matchWildcard(registered, requested) {
			return requested, nil
		}
	}
	return "", Errorf(CodeInvalidRequest, "The redirect_uri in this request is not one of those registered for the application.").WithReason("wrong_redirect_uri").
		WithDetail("%s", explainMismatch(c.RedirectURIs, requested))
}

// explainMismatch compares a redirect URI with each registered one, part by
// part, for the log.
func explainMismatch(registered []string, requested string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "redirect_uri %q matches none of %d registered", requested, len(registered))
	q, err := url.Parse(requested)
	for _, uri := range registered {
		if b.Len() > maxDetail {
			break
		}
		fmt.Fprintf(&b, "; %q: ", uri)
		r, rerr := url.Parse(uri)
		if err != nil || rerr != nil {
			b.WriteString("cannot be compared, one is not a URI")
			continue
		}
		var differ []string
		for _, part := range []struct{ name, registered, requested string }{
			{"scheme", r.Scheme, q.Scheme},
			{"host", r.Hostname(), q.Hostname()},
			{"port", r.Port(), q.Port()},
			{"path", r.EscapedPath(), q.EscapedPath()},
			{"query", r.RawQuery, q.RawQuery},
			{"fragment", r.Fragment, q.Fragment},
		} {
			if part.registered != part.requested {
				differ = append(differ, fmt.Sprintf("%s is %q, registered %q", part.name, part.requested, part.registered))
			}
		}
		if differ == nil {
			differ = []string{"same parts but written differently (letter case, encoding, a user name or an empty part)"}
		}
		b.WriteString(strings.Join(differ, ", "))
	}
	return b.String()
}

// AssuredIdentity reports whether only this client can receive the response to
// an authorization request, and use it. Any program on a device can receive the
// response at a loopback address or a private scheme, and a client secret is
// proved only when a code is exchanged. So people are asked for consent every time
// if a public client has such a redirect URI, and if tokens are sent to one
// (RFC 8252 §8.6, RFC 9700 §4.1.2). The same holds for a host that only matches a
// wildcard. An empty response type means code.
func (c *Client) AssuredIdentity(redirectURI, responseType string) bool {
	itself := httpsURI(redirectURI) && !HasWildcard(redirectURI) && slices.Contains(c.RedirectURIs, redirectURI)
	return itself || (c.Type == Confidential && (responseType == "" || responseType == ResponseTypeCode))
}

// SharedScheme returns the scheme of a redirect URI if it is a private-use scheme
// without a domain name, such as "myapp" in myapp:/callback, and "" otherwise.
// RFC 8252 §7.1 asks for reverse domain names, because nobody owns any other
// scheme: every program on a device can register itself for it.
func SharedScheme(uri string) string {
	scheme, _, found := strings.Cut(uri, ":")
	if !found || strings.Contains(scheme, ".") || strings.EqualFold(scheme, "https") || strings.EqualFold(scheme, "http") {
		return ""
	}
	return scheme
}

// httpsURI reports whether the URI is an https URL with a host.
func httpsURI(uri string) bool {
	return len(uri) > len("https://") && strings.EqualFold(uri[:len("https://")], "https://")
}

// MatchRedirectURI reports whether the requested redirect URI is the registered
// one, byte for byte (RFC 9700 §2.1). Only the port of an http URL on the
// loopback interface, including the name localhost, can differ (RFC 8252 §7.3).
//
// A registered URI with a wildcard matches nothing here; see ChooseRedirectURI.
func MatchRedirectURI(registered, requested string) bool {
	if HasWildcard(registered) {
		return false
	}
	if registered == requested {
		return true
	}
	r, ok := loopbackParts(registered)
	if !ok {
		return false
	}
	q, ok := loopbackParts(requested)
	return ok && r == q
}

// loopbackParts splits "http://host:port/rest" into host and rest. It does not
// parse the URL any further, so that text is compared and never the
// interpretation of a parser. It reports false unless the host is exactly one of
// the loopback hosts.
func loopbackParts(uri string) (parts struct{ host, rest string }, ok bool) {
	after, found := strings.CutPrefix(uri, "http://")
	if !found {
		return parts, false
	}
	for _, host := range []string{"127.0.0.1", "[::1]", "localhost"} {
		rest, found := strings.CutPrefix(after, host)
		if !found {
			continue
		}
		if port, found := strings.CutPrefix(rest, ":"); found {
			n := 0
			for n < len(port) && n < 5 && port[n] >= '0' && port[n] <= '9' {
				n++
			}
			if n == 0 {
				return parts, false
			}
			rest = port[n:]
		}
		if rest != "" && rest[0] != '/' && rest[0] != '?' {
			return parts, false
		}
		parts.host, parts.rest = host, rest
		return parts, true
	}
	return parts, false
}

// forbiddenSchemes can run code or read files when a browser opens them.
var forbiddenSchemes = []string{
	"javascript", "data", "vbscript", "file", "blob", "about", "filesystem", "view-source", "ws", "wss", "ftp", "mailto",
	"jar", "mhtml", "resource", "chrome", "chrome-extension", "moz-extension", "edge", "livescript", "mocha",
	"intent", "android-app", "market", "itms", "itms-apps", "search-ms", "shell", "hcp",
	"tel", "sms", "sip", "sips", "callto", "facetime", "geo", "urn", "tag", "cid", "mid", "news", "nntp", "irc", "ircs",
	"ssh", "sftp", "scp", "telnet", "ldap", "ldaps", "smb", "nfs", "dav", "davs", "gopher", "git", "svn", "magnet", "vnc", "rdp",
}

// responseParameters must not occur in the query of a registered redirect URI:
// the client could not distinguish them from those of the server (RFC 9700 §4.1).
// They are the parameters of an authorization response: RFC 6749 §4.1.2 and
// §4.2.2, OpenID Connect Core §3.3.2.5, RFC 9207, Session Management §3.1, and
// JWT Secured Authorization Response Mode §4.1.
var responseParameters = []string{
	"code", "state", "iss", "session_state", "error", "error_description", "error_uri",
	"access_token", "token_type", "expires_in", "scope", "id_token", "response",
}

// CheckRedirectURI returns what is wrong with a URI that is to be registered, or
// nil. It rejects URIs that two parsers could interpret differently.
func CheckRedirectURI(uri string) error {
	u, err := checkURI(uri)
	if err != nil {
		return err
	}
	private := u.Scheme != "https" && u.Scheme != "http"
	if u.Scheme == "http" && !LoopbackHost(u.Hostname()) {
		return Errorf(CodeInvalidRequest, "'%s' uses http. Only https is allowed, except for localhost, 127.0.0.1 and [::1] (RFC 9700 section 2.6).", uri)
	}
	switch authority := strings.HasPrefix(uri[len(u.Scheme):], "://"); {
	case private && !authority && !strings.HasPrefix(u.Path, "/"):
		return Errorf(CodeInvalidRequest, "'%s' needs a path: write it as %s:/callback.", uri, u.Scheme)
	case private && authority && u.Hostname() == "" && (u.Host != "" || !strings.HasPrefix(u.Path, "/") || strings.HasPrefix(u.Path, "//")):
		// scheme:///callback is allowed: a private-use scheme has no naming
		// authority (RFC 8252 §7.1), and some libraries write it with three slashes.
		return Errorf(CodeInvalidRequest, "'%s' has neither a host nor a path after the //: write it as %s:/callback.", uri, u.Scheme)
	case !private && u.Hostname() == "":
		return Errorf(CodeInvalidRequest, "'%s' has no host.", uri)
	}
	return checkQuery(u, uri)
}

// checkURI makes the checks that every registered URI must pass.
func checkURI(uri string) (*url.URL, error) {
	const most = 2000
	if len(uri) > most {
		return nil, Errorf(CodeInvalidRequest, "The URI is longer than %d characters.", most)
	}
	for i := range len(uri) {
		if c := uri[i]; c <= 0x20 || c >= 0x7f || strings.IndexByte(`\"<>^{|}`+"`", c) >= 0 {
			return nil, Errorf(CodeInvalidRequest, "'%s' contains a character that is not allowed in a URI. Percent-encode it, and write a host name in ASCII (xn--…).", uri)
		}
	}
	if scheme := MissingScheme(uri); scheme != "" {
		return nil, Errorf(CodeInvalidRequest, "'%s' has no scheme: begin it with %s.", uri, scheme)
	}
	u, err := url.Parse(uri)
	if err != nil || len(u.Scheme) < 2 { // a scheme of one letter is a drive of Windows
		return nil, Errorf(CodeInvalidRequest, "'%s' is not an absolute URI.", uri)
	}
	for _, scheme := range forbiddenSchemes {
		if strings.EqualFold(u.Scheme, scheme) || strings.HasPrefix(u.Scheme, "ms-") { // of Windows
			return nil, Errorf(CodeInvalidRequest, "'%s': the scheme %s is not allowed.", uri, u.Scheme)
		}
	}
	switch {
	case strings.Contains(uri, "#"):
		return nil, Errorf(CodeInvalidRequest, "'%s' contains a fragment (#), which is not allowed in a redirect URI (RFC 6749 section 3.1.2).", uri)
	case u.User != nil || strings.Contains(u.Host, "@"):
		return nil, Errorf(CodeInvalidRequest, "'%s' contains a user name or an @ before the host.", uri)
	case strings.Contains(u.Host, "%"):
		return nil, Errorf(CodeInvalidRequest, "'%s' has a %% in its host.", uri)
	case strings.Contains(uri, "*"):
		return nil, Errorf(CodeInvalidRequest, "'%s' contains a *. Wildcards are not supported: register each URI.", uri)
	}
	path := strings.ToLower(u.EscapedPath())
	for _, bad := range []string{"/../", "/./", "%2e", "%2f", "%5c", "%00", ";"} {
		if strings.Contains(path+"/", bad) {
			return nil, Errorf(CodeInvalidRequest, "'%s' has '%s' in its path, which servers interpret differently.", uri, bad)
		}
	}
	return u, nil
}

// checkQuery rejects a query that contains a parameter of the response.
func checkQuery(u *url.URL, uri string) error {
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return Errorf(CodeInvalidRequest, "'%s' has a query that cannot be parsed.", uri)
	}
	for _, name := range responseParameters {
		if query.Has(name) {
			return Errorf(CodeInvalidRequest, "'%s' has the parameter '%s' in its query, which the response uses.", uri, name)
		}
	}
	return nil
}

// RejectedRedirectURI returns the redirect_uri of a request that ChooseRedirectURI rejected,
// from the Detail of its error. ok is false if the Detail is that of another error.
func RejectedRedirectURI(detail string) (uri string, ok bool) {
	quoted, found := strings.CutPrefix(detail, "redirect_uri ")
	if !found {
		return "", false
	}
	prefix, err := strconv.QuotedPrefix(quoted)
	if err != nil || !strings.HasPrefix(quoted[len(prefix):], " matches none of ") {
		return "", false
	}
	uri, err = strconv.Unquote(prefix)
	return uri, err == nil
}

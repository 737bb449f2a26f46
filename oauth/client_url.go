package oauth

import (
	"net/url"
	"strings"
)

// MaxClientURL bounds a client_id that is a URL, in bytes. Pages show it, and
// requests and tokens contain it.
const MaxClientURL = 500

// IsClientURL reports whether a client_id is written as the URL of a client ID
// metadata document (draft-ietf-oauth-client-id-metadata-document §3).
func IsClientURL(clientID string) bool {
	return strings.HasPrefix(clientID, "https://") || strings.HasPrefix(clientID, "http://")
}

// ClientURLHost returns the host of a client_id that is a URL, in lower case and
// without a port or a final dot, or "".
func ClientURLHost(clientID string) string {
	u, err := url.Parse(clientID)
	if err != nil || !IsClientURL(clientID) {
		return ""
	}
	return strings.TrimSuffix(strings.ToLower(u.Hostname()), ".")
}

// CheckClientURL returns what is wrong with a client_id that is a URL, or nil. It
// must be an https URL with a path, without a user name, a fragment or dot segments
// (draft-ietf-oauth-client-id-metadata-document §3). For development, it can be an
// http URL of a loopback host.
func CheckClientURL(clientID string) error {
	invalid := func(what string) error {
		return Errorf(CodeInvalidClient, "The client_id is not a valid URL of a metadata document: %s.", what)
	}
	if len(clientID) > MaxClientURL {
		return Errorf(CodeInvalidClient, "The client_id is longer than %d characters. Use a shorter URL.", MaxClientURL)
	}
	for i := range len(clientID) {
		if c := clientID[i]; c <= 0x20 || c >= 0x7f || strings.IndexByte(`\"<>^{|}`+"`", c) >= 0 {
			return invalid("it contains a character that is not allowed in a URL")
		}
	}
	u, err := url.Parse(clientID)
	switch {
	case err != nil || !IsClientURL(clientID):
		return invalid("it cannot be parsed")
	case u.Scheme == "http" && !LoopbackHost(u.Hostname()):
		return invalid("it uses http instead of https")
	case u.User != nil || strings.Contains(u.Host, "@"):
		return invalid("it contains a user name")
	case ClientURLHost(clientID) == "" || strings.Contains(u.Host, "%") || strings.HasSuffix(u.Host, ":"):
		return invalid("it has no valid host")
	case strings.Contains(clientID, "#"):
		return invalid("it contains a fragment")
	case u.EscapedPath() == "":
		return invalid("it has no path")
	}
	for segment := range strings.SplitSeq(strings.ToLower(u.EscapedPath()), "/") {
		if segment = strings.ReplaceAll(segment, "%2e", "."); segment == "." || segment == ".." {
			return invalid("its path has a segment that is . or ..")
		}
	}
	return nil
}

package ui

import (
	"net/url"
	"slices"
)

// A RedirectComparison compares a redirect URI that an application sent with the most similar one of
// those that are registered. The template "redirect-comparison" shows it.
type RedirectComparison struct {
	Sent, Registered string    // the URIs; Registered is empty if no URI is registered
	Parts            []URIPart // the parts of both, or none if one of them cannot be parsed
	Added            bool      // the URI is registered now
	// Refused is the reason why the URI cannot be added with one click. It is nil if it can be added.
	Refused Text
}

// A URIPart is a part of two URIs.
type URIPart struct {
	Label            Text   // the name of the part
	Sent, Registered string // the part, or empty
}

// Same reports whether the part is the same in both.
func (p URIPart) Same() bool { return p.Sent == p.Registered }

// CompareRedirect compares a redirect URI with those that are registered.
func CompareRedirect(sent string, registered []string) RedirectComparison {
	c := RedirectComparison{Sent: sent, Registered: nearest(sent, registered), Added: slices.Contains(registered, sent)}
	c.Parts = uriParts(c.Sent, c.Registered)
	return c
}

// uriParts returns the parts of two URIs.
func uriParts(sent, registered string) []URIPart {
	s, err := url.Parse(sent)
	r, registeredErr := url.Parse(registered)
	if err != nil || registeredErr != nil {
		return nil
	}
	parts := []URIPart{
		{Text{"redirect.scheme"}, s.Scheme, r.Scheme},
		{Text{"redirect.host"}, s.Hostname(), r.Hostname()},
		{Text{"redirect.port"}, s.Port(), r.Port()},
		{Text{"redirect.path"}, s.EscapedPath() + s.Opaque, r.EscapedPath() + r.Opaque},
		{Text{"redirect.query"}, s.RawQuery, r.RawQuery},
	}
	if s.Fragment != "" || r.Fragment != "" {
		parts = append(parts, URIPart{Text{"redirect.fragment"}, s.EscapedFragment(), r.EscapedFragment()})
	}
	if s.User != nil || r.User != nil {
		parts = append(parts, URIPart{Text{"redirect.user"}, s.User.String(), r.User.String()})
	}
	return parts
}

// nearest returns the registered URI with the fewest parts that differ, or "".
func nearest(sent string, registered []string) (best string) {
	fewest := -1
	for _, uri := range registered {
		differ := 0
		for i, part := range uriParts(sent, uri) {
			if !part.Same() {
				differ += 10 - i // the first parts are the most important ones
			}
		}
		if fewest < 0 || differ < fewest {
			best, fewest = uri, differ
		}
	}
	return best
}

// Refuse sets why the redirect URI cannot be added with one click. reason is a Refusal of package
// rejections, "form" if the form of the application does not accept it, or "".
func (c *RedirectComparison) Refuse(reason string) {
	if u, err := url.Parse(c.Sent); err == nil && reason == "host" {
		c.Refused = Text{"redirect.refused_host", "host", u.Host}
		return
	}
	c.Refused = map[string]Text{
		"unusual": {"redirect.refused_unusual"}, "query": {"redirect.refused_query"}, "scheme": {"redirect.refused_scheme"}, "disabled": {"redirect.refused_disabled"},
		"document": {"redirect.refused_document"}, "form": {"redirect.refused_form"},
	}[reason]
}

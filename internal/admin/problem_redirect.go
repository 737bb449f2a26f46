package admin

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/seed-e6a88a41/latchkey/audit"
	"github.com/seed-e6a88a41/latchkey/internal/rejections"
	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// A redirectFix compares the redirect URI of a rejected request with the most similar one of
// those that are registered for the application.
type redirectFix struct {
	Sent, Registered string    // the URIs; Registered is empty if no URI is registered
	Parts            []uriPart // the parts of both, or none if one of them cannot be parsed
	Version          int64     // the version of the application that was compared
	// Refused is the reason why an administrator cannot add the URI with one click. It is
	// nil if the URI can be added.
	Refused ui.Text
	Added   bool // the URI is registered now
}

// A uriPart is a part of two URIs.
type uriPart struct {
	Label            ui.Text // the name of the part
	Sent, Registered string  // the part, or empty
}

// Same reports whether the part is the same in both.
func (p uriPart) Same() bool { return p.Sent == p.Registered }

// uriParts returns the parts of two URIs.
func uriParts(sent, registered string) []uriPart {
	s, err := url.Parse(sent)
	r, registeredErr := url.Parse(registered)
	if err != nil || registeredErr != nil {
		return nil
	}
	parts := []uriPart{
		{ui.Text{"admin.problem_show.scheme"}, s.Scheme, r.Scheme},
		{ui.Text{"admin.problem_show.host"}, s.Hostname(), r.Hostname()},
		{ui.Text{"admin.problem_show.port"}, s.Port(), r.Port()},
		{ui.Text{"admin.problem_show.path"}, s.EscapedPath() + s.Opaque, r.EscapedPath() + r.Opaque},
		{ui.Text{"admin.problem_show.query"}, s.RawQuery, r.RawQuery},
	}
	if s.Fragment != "" || r.Fragment != "" {
		parts = append(parts, uriPart{ui.Text{"admin.problem_show.fragment"}, s.EscapedFragment(), r.EscapedFragment()})
	}
	if s.User != nil || r.User != nil {
		parts = append(parts, uriPart{ui.Text{"admin.problem_show.user"}, s.User.String(), r.User.String()})
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

// redirectFix returns the comparison for a rejected request of an application, or nil if it
// was rejected for another reason.
func (b *office) redirectFix(rejected oauth.Rejection, c *oauth.Client) *redirectFix {
	sent, ok := oauth.RejectedRedirectURI(rejected.Detail)
	if !ok || c == nil || c.ID != rejected.ClientID {
		return nil
	}
	f := &redirectFix{Sent: sent, Registered: nearest(sent, c.RedirectURIs), Version: c.Version}
	f.Parts = uriParts(f.Sent, f.Registered)
	if f.Added = slices.Contains(c.RedirectURIs, sent); !f.Added {
		f.Refused = refusal(sent, c)
	}
	if !f.Added && f.Refused == nil && len(b.ValidateClient(withRedirectURI(c, sent))) > 0 {
		f.Refused = ui.Text{"admin.problem_show.refused_form"}
	}
	return f
}

// refusal returns why a redirect URI must not be added with one click, or nil.
func refusal(sent string, c *oauth.Client) ui.Text {
	reason := rejections.RefusalOf(sent, c)
	if reason == "" {
		return nil
	}
	if u, err := url.Parse(sent); err == nil && reason == rejections.RefusedHost {
		return ui.Text{"admin.problem_show.refused_host", "host", u.Host}
	}
	return refusals[reason]
}

var refusals = map[rejections.Refusal]ui.Text{
	rejections.RefusedUnusual: {"admin.problem_show.refused_unusual"}, rejections.RefusedQuery: {"admin.problem_show.refused_query"},
	rejections.RefusedScheme: {"admin.problem_show.refused_scheme"}, rejections.RefusedDisabled: {"admin.problem_show.refused_disabled"},
	rejections.RefusedDocument: {"admin.problem_show.refused_document"},
}

// withRedirectURI returns a copy of an application with another redirect URI.
func withRedirectURI(c *oauth.Client, uri string) *oauth.Client {
	changed := *c
	changed.RedirectURIs = append(slices.Clone(c.RedirectURIs), uri)
	return &changed
}

// rejectedRedirect returns the application and the redirect URI of the rejected request in
// the path, if the URI can be added. The form contains only the version of the application:
// the URI is the one that was stored with the request.
func (b *office) rejectedRedirect(r *request) (c *oauth.Client, f *redirectFix, err error) {
	rejected, ok, err := b.Rejections.Find(r.Context(), r.PathValue("id"))
	if err != nil {
		return nil, nil, err
	}
	if !ok || rejected.ClientID == "" {
		return nil, nil, errGone
	}
	if c, err = b.Store.Client(r.Context(), rejected.ClientID); err != nil {
		return nil, nil, err
	}
	if f = b.redirectFix(rejected, c); f == nil {
		return nil, nil, errGone
	}
	if f.Refused != nil || f.Added {
		return nil, nil, errNotAdded
	}
	return c, f, nil
}

// errNotAdded is returned for a redirect URI that cannot be added with one click.
var errNotAdded = &ui.Problem{
	Status: http.StatusConflict, Heading: ui.Text{"admin.problem_show.not_added"}, Text: ui.Text{"admin.problem_show.not_added_text"},
	Advice: ui.Text{"admin.problem_show.not_added_advice"},
}

// askRedirectURI shows the question before a redirect URI is added.
func (b *office) askRedirectURI(r *request) (bool, error) {
	c, f, err := b.rejectedRedirect(r)
	if err != nil {
		return false, err
	}
	return r.ask("problems", question{
		Heading: ui.Text{"admin.problem_show.ask", "app", c.Name}, Text: ui.Text{"admin.problem_show.ask_text", "uri", ui.Code(f.Sent)},
		Button: ui.Text{"admin.problem_show.add"}, Safe: true, Cancel: b.path("problems", r.PathValue("id")),
	})
}

// addRedirectURI registers the redirect URI of a rejected request, unless the application was
// changed since the page was shown.
func (b *office) addRedirectURI(r *request) error {
	before, f, err := b.rejectedRedirect(r)
	if err != nil {
		return err
	}
	c := withRedirectURI(before, f.Sent)
	if c.Version, err = strconv.ParseInt(r.PostForm.Get("version"), 10, 64); err != nil {
		return errGone
	}
	if faults := provider.CheckOutbound(r.Context(), b.Outbound, before, c); len(faults) > 0 {
		return errNotAdded
	}
	c.UpdatedAt = b.Clock()
	c.Edited(before)
	if err := b.Store.UpdateClient(r.Context(), c); err != nil {
		return err
	}
	r.details = oauth.EventDetails{ClientID: c.ID, ClientName: c.Name, Changes: audit.ClientChanges(before, c)}
	return r.goTo("saved", "problems", r.PathValue("id"))
}

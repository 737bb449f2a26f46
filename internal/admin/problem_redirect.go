package admin

import (
	"net/http"
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
	ui.RedirectComparison
	Version int64 // the version of the application that was compared
}

// redirectFix returns the comparison for a rejected request of an application, or nil if it
// was rejected for another reason.
func (b *office) redirectFix(rejected oauth.Rejection, c *oauth.Client) *redirectFix {
	sent, ok := oauth.RejectedRedirectURI(rejected.Detail)
	if !ok || c == nil || c.ID != rejected.ClientID {
		return nil
	}
	f := &redirectFix{ui.CompareRedirect(sent, c.RedirectURIs), c.Version}
	if f.Added {
		return f
	}
	if f.Refuse(string(rejections.RefusalOf(sent, c))); f.Refused == nil && len(b.ValidateClient(withRedirectURI(c, sent))) > 0 {
		f.Refuse("form")
	}
	return f
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

package admin

import (
	"cmp"
	"slices"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/clientfields"
	"github.com/seed-e6a88a41/latchkey/internal/rejections"
	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// An attention is something that an administrator should do.
type attention struct {
	Icon   string  // a symbol of icons.svg
	Text   ui.Text // what is wrong
	Detail ui.Text // more about it, or nil
	URL    string  // the page where it can be changed
	Button ui.Text // the text of the link to that page
	// permission is that of the page, if not every role has it.
	permission account.Permission
}

const (
	// expiresSoon is how long before its last secret expires an application needs attention.
	expiresSoon = 14 * 24 * time.Hour
	// mostAttention is the maximum number of applications that are listed for each kind of
	// attention.
	mostAttention = 5
	// manyRejections is how many rejected requests of an application in a day need
	// attention.
	manyRejections = 3
)

// addTo adds what was found in an application, if anything was.
func (b *office) addTo(list []attention, c *oauth.Client, a attention) []attention {
	if a.Text == nil || len(list) >= mostAttention {
		return list
	}
	a.URL = b.path("applications", c.ID)
	return append(list, a)
}

// secretAttention returns what to do if an application will have no secret soon.
func (b *office) secretAttention(c *oauth.Client) attention {
	if !c.NeedsSecret() || len(c.Secrets) == 0 || c.HasLastingSecret() {
		return attention{}
	}
	last := slices.MaxFunc(c.Secrets, func(a, b oauth.ClientSecret) int { return a.ExpiresAt.Compare(b.ExpiresAt) }).ExpiresAt
	a := attention{Icon: "key", Text: ui.Text{"admin.home.secret_expires", "app", c.Name}, Detail: ui.Date(last), Button: ui.Text{"admin.client_show.rotate_secret"}}
	switch left := last.Sub(b.Clock()); {
	case left <= 0:
		a.Text = ui.Text{"admin.home.secret_expired", "app", c.Name}
	case left > expiresSoon:
		return attention{}
	}
	return a
}

// exceptionAttention returns what to do about an exception that ends soon or has ended.
func (b *office) exceptionAttention(c *oauth.Client) attention {
	for _, e := range clientfields.Exceptions(c, b.Clock()) {
		if e.Soon || e.Ended {
			return attention{Icon: "clock", Text: ui.Text{"admin.home.exception", "feature", e.Feature, "app", c.Name, "state", e.State}, Button: ui.Text{"admin.home.review"}}
		}
	}
	return attention{}
}

// warningAttention returns why an application is less secure than it could be, as
// `latchkey check` does. Exceptions are listed separately.
func (b *office) warningAttention(c *oauth.Client) attention {
	for _, w := range clientfields.Warnings(c, b.Clock()) {
		if w.Field != "legacy_features" {
			return attention{Icon: "shield", Text: ui.Text{"admin.home.less_secure", "app", c.Name}, Detail: w.Short, Button: ui.Text{"admin.home.review"}}
		}
	}
	return attention{}
}

// failingClients returns the applications of which several requests were rejected for one
// reason within a day.
func (b *office) failingClients(r *request) (all []attention, err error) {
	recent, err := b.Rejections.Recent(r.Context(), oauth.RejectionFilter{}, 200)
	if err != nil {
		return nil, err
	}
	type group struct{ client, reason string }
	n, last := make(map[group]int), make(map[group]oauth.Rejection)
	for _, rejection := range recent {
		of := group{rejection.ClientID, rejection.Reason}
		if b.Clock().Sub(rejection.At) > 24*time.Hour {
			continue
		}
		if n[of] == 0 {
			last[of] = rejection
		}
		n[of]++
	}
	for of, newest := range last {
		if n[of] < manyRejections {
			continue
		}
		client, err := b.Store.Client(r.Context(), of.client)
		if err != nil {
			continue // it was deleted
		}
		all = append(all, attention{
			Icon: "flow", Text: ui.Text{"admin.home.failing", "app", client.Name, "n", n[of]}, Detail: ui.English(rejections.CauseOf(newest)),
			URL: b.path("problems", newest.ID), Button: ui.Text{"admin.home.find_out"},
		})
	}
	slices.SortFunc(all, func(a, b attention) int { return cmp.Compare(a.Text.String(), b.Text.String()) })
	return all[:min(mostAttention, len(all))], nil
}

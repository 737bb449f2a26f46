package admin

import (
	"net/url"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/flows"
	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/paging"
)

// clientStates returns the state of an application, and what else everybody should know about it.
func clientStates(c *oauth.Client) []listBadge {
	var all []listBadge
	switch {
	case c.Review == oauth.ReviewWaiting:
		all = append(all, listBadge{"warn", ui.Text{"admin.client_list.waiting"}})
	case c.Review == oauth.ReviewRejected:
		all = append(all, listBadge{"bad", ui.Text{"admin.client_state.rejected"}})
	case c.Disabled:
		all = append(all, listBadge{"off", ui.Text{"admin.common.disabled"}})
	default:
		all = append(all, listBadge{"ok", ui.Text{"admin.client_state.active"}})
	}
	if c.Review == oauth.ReviewChanged {
		all = append(all, listBadge{"warn", ui.Text{"admin.client_list.changed"}})
	} else if c.Unverified() {
		all = append(all, listBadge{"warn", ui.Text{"admin.client_list.unverified"}})
	}
	return all
}

// An objectStat is a number about an application or a person, with the list that it counts.
type objectStat struct {
	Label  ui.Text   // what is counted
	N      ui.Text   // the number
	At     time.Time // or a time, which can be zero
	IsTime bool      // the value is At
	Detail ui.Text   // the number for a longer time, or an explanation
	URL    string    // the list, or empty if the person cannot open it
}

// clientStats returns the numbers about an application: those of the attempts that the server still has, its
// last use, and the permissions that are valid.
func (b *office) clientStats(r *request, c *oauth.Client, attempts []flows.Attempt, usage oauth.Usage, uses map[string]time.Time) ([]objectStat, error) {
	last, err := b.lastUse(r, c, attempts, uses)
	if err != nil {
		return nil, err
	}
	stats := []objectStat{{Label: ui.Text{"admin.common.last_used"}, At: last, IsTime: true, Detail: ui.Text{"admin.client_state.last_used_hint"}}}
	if r.me.Roles.Allow(account.ErrorsRead) {
		stats = append(stats, b.attemptStat(c, attempts, flows.Done, ui.Text{"admin.client_state.logins"}), b.attemptStat(c, attempts, flows.Failed, ui.Text{"admin.client_state.failures"}))
	}
	people := objectStat{Label: ui.Text{"admin.client_state.people"}, N: amountText(usage.Consents), Detail: ui.Text{"admin.client_show.held", "families", ui.Text{"admin.count.families", "n", amount(usage.Families)}, "consents", ui.Text{"admin.count.consents", "n", amount(usage.Consents)}}}
	if r.me.Roles.Allow(account.TokensRead) {
		stats[0].URL = b.path("tokens") + "?" + url.Values{"application": {c.ID}}.Encode()
		people.URL = b.path("consents") + "?" + url.Values{"application": {c.ID}}.Encode()
	}
	return append(stats, people), nil
}

// attemptStat counts the attempts with a state in the last seven days, and in the last 30.
func (b *office) attemptStat(c *oauth.Client, attempts []flows.Attempt, state flows.State, label ui.Text) objectStat {
	today := oauth.PerDay.Begin(b.Clock())
	week, month := today.AddDate(0, 0, -6), today.AddDate(0, 0, -29)
	var n [2]oauth.Count
	for _, a := range attempts {
		for i, from := range []time.Time{week, month} {
			if a.State == state && !a.At.Before(from) {
				n[i].N++
			}
		}
	}
	if len(attempts) == flows.MostAttempts { // older ones are not among them
		oldest := attempts[len(attempts)-1].At
		n[0].More, n[1].More = oldest.After(week), oldest.After(month)
	}
	return objectStat{
		Label: label, N: amountText(n[0]), Detail: ui.Text{"admin.client_state.month", "n", amount(n[1])},
		URL: b.path("attempts") + "?" + url.Values{"application": {c.ID}, "state": {string(state)}, "from": {week.Format(time.DateOnly)}}.Encode(),
	}
}

// amountText returns a number in words.
func amountText(n oauth.Count) ui.Text { return ui.Text{"admin.client_state.number", "n", amount(n)} }

// lastUse returns when an application was last used, as far as that is known: a person logged in, a token that
// is still valid was issued, or a secret was used.
func (b *office) lastUse(r *request, c *oauth.Client, attempts []flows.Attempt, uses map[string]time.Time) (last time.Time, err error) {
	later := func(at time.Time) {
		if at.After(last) {
			last = at
		}
	}
	for _, at := range uses {
		later(at)
	}
	for _, a := range attempts { // the newest ones first
		if a.State == flows.Done {
			later(a.At)
			break
		}
	}
	families, _, err := b.Store.Families(r.Context(), oauth.FamilyFilter{ClientID: c.ID, InSession: b.OwnLogin}, paging.Page{Limit: 1})
	for _, f := range families {
		later(f.IssuedAt)
	}
	return last, err
}

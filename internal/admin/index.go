package admin

import (
	"net/http"
	"net/url"
	"time"

	"github.com/seed-e6a88a41/latchkey/audit"
	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

type indexPage struct {
	Empty               bool            // there are no applications
	OwnLogin            bool            // people log in to accounts of Latchkey
	Host                string          // the host of the issuer
	Issuer, ConsumerURL string          // the URLs of this server and of the consumer
	Now                 time.Time       // the time of the request
	Periods             []homePeriod    // the times that the numbers can be about
	Numbers             numbers         // the numbers of the chosen period
	Health              []healthItem    // the state of the parts of the server
	Works               bool            // all of them work
	Attention           []attention     // what an administrator should do
	Nodes               []oauth.Node    // the processes that use the database
	Tables              *tableGrowth    // the size of the tables, or nil if it is not known
	Changes             []auditRow      // the last acts of administrators
	Removals            []oauth.Removal // deletions that are not complete
	Legacy              []legacyClient  // applications with legacy features
	Examined            int             // how many applications were examined, or 0 if these are all
}

// mostChanges is the number of the acts of administrators on the start page.
const mostChanges = 5

// index shows the start page.
func (b *office) index(r *request) error {
	page := indexPage{OwnLogin: b.OwnLogin, Issuer: b.Issuer, ConsumerURL: b.ConsumerURL, Now: b.Clock(), Periods: periods()}
	if issuer, err := url.Parse(b.Issuer); err == nil {
		page.Host = issuer.Host
	}
	for _, fill := range []func(*request, *indexPage) error{b.fillApplications, b.fillNumbers, b.fillHealth, b.fillNodes, b.fillDays, b.fillChanges} {
		if err := fill(r, &page); err != nil {
			return err
		}
	}
	for i := range page.Attention {
		if needs := page.Attention[i].permission; needs != "" && !r.me.Roles.Allow(needs) {
			page.Attention[i].URL = ""
		}
	}
	r.render(http.StatusOK, "index", ui.Text{"admin.title.back_office"}, "home", page)
	return nil
}

// fillNumbers adds the numbers of the period in the URL.
func (b *office) fillNumbers(r *request, page *indexPage) (err error) {
	chosen := 0
	for i, p := range page.Periods {
		if p.Name == r.URL.Query().Get("period") {
			chosen = i
		}
	}
	page.Periods[chosen].Active = true
	page.Numbers, err = b.numbers(r, page.Periods[chosen])
	return err
}

// fillChanges adds the last acts of administrators.
func (b *office) fillChanges(r *request, page *indexPage) error {
	history, err := b.historyOf(r, audit.Filter{Category: oauth.CategoryAdministration}, "show", oauth.CategoryAdministration)
	page.Changes = history.Rows[:min(mostChanges, len(history.Rows))]
	return err
}

// fillApplications adds what needs attention in applications, and the deletions that are not
// complete.
func (b *office) fillApplications(r *request, page *indexPage) (err error) {
	found, err := b.survey(r)
	if err != nil {
		return err
	}
	page.Empty, page.Legacy, page.Examined = found.clients == 0, found.legacy, found.examined()
	page.Attention = append(page.Attention, found.attention...)
	failing, err := b.failingClients(r)
	if err != nil {
		return err
	}
	page.Attention = append(page.Attention, failing...)
	if n := len(b.RegistrationWarnings); n > 0 {
		page.Attention = append(page.Attention, attention{Icon: "shield", Text: ui.Text{"admin.home.registration", "n", n}, URL: b.path("registration"), Button: ui.Text{"admin.home.review"}})
	}
	waiting, err := b.Store.CountClients(r.Context(), oauth.ClientFilter{Review: oauth.ReviewWaiting})
	if err != nil {
		return err
	}
	if waiting.N > 0 {
		page.Attention = append(page.Attention, attention{Icon: "apps", Text: ui.Text{"admin.home.approvals", "n", waiting.N}, URL: b.path("applications") + "?state=waiting", Button: ui.Text{"admin.home.review"}})
	}
	page.Removals, err = b.Store.Removals(r.Context())
	return err
}

package admin

import (
	"errors"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/audit"
	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/paging"
)

type auditListPage struct {
	List       listPage        // the pages and the order of the list
	Records    []auditRow      // the records on this page, newest first
	Categories []auditCategory // links that select a category
	// TimeError is set if From or Until is not a time.
	TimeError bool
	// CSV and JSON are the addresses of the exports with the same filters.
	CSV, JSON string
}

// An auditCategory is a link that selects the records of a category.
type auditCategory struct {
	Text   ui.Text     // the name of the category
	URL    string      // the list with this category
	Count  oauth.Count // the number of its records
	Active bool        // the page lists this category
}

// An auditRow is a record in words.
type auditRow struct {
	*audit.Record
	What ui.Text // the event in words
	Who  string  // the name of the actor, or empty if it is not known
	// KindText is the kind of the actor in words.
	KindText ui.Text
}

// auditTexts are the events in words.
var auditTexts = map[string]ui.Text{
	oauth.EventAuthorization:    {"admin.audit.authorization"},
	oauth.EventToken:            {"admin.audit.token"},
	oauth.EventReplay:           {"admin.audit.replay"},
	oauth.EventRevocation:       {"admin.audit.revocation"},
	oauth.EventRegistration:     {"admin.audit.registration"},
	oauth.EventLogin:            {"admin.audit.login"},
	oauth.EventSignUp:           {"admin.audit.sign_up"},
	oauth.EventPasswordReset:    {"admin.audit.password_reset"},
	oauth.EventPasswordChange:   {"admin.audit.password_change"},
	oauth.EventProfileChange:    {"admin.audit.profile_change"},
	oauth.EventConfirmation:     {"admin.audit.confirmation"},
	oauth.EventFactorChange:     {"admin.audit.factor_change"},
	oauth.EventAccountDeletion:  {"admin.audit.account_deletion"},
	oauth.EventWithdrawal:       {"admin.audit.withdrawal"},
	oauth.EventSessionEnd:       {"admin.audit.session_end"},
	oauth.EventAdministration:   {"admin.audit.administration"},
	oauth.EventPermissionDenied: {"admin.audit.permission_denied"},
	oauth.EventKeyRotation:      {"admin.audit.key_rotation"},
	oauth.EventErasure:          {"admin.audit.erasure"},
	oauth.EventAuditRemoval:     {"admin.audit.removal"},
}

// auditKinds are the kinds of actors in words.
var auditKinds = map[string]ui.Text{
	audit.ActorPerson: {"admin.audit.person"}, audit.ActorApplication: {"admin.audit.application"}, audit.ActorCommand: {"admin.audit.command"},
	audit.ActorHost: {"admin.audit.host"}, audit.ActorServer: {"admin.audit.server"}, "": {"admin.audit.unknown"},
}

// auditCategories are the categories in words, in their order on the page. The category
// auditFailed selects failures of all categories.
var auditCategories = []struct {
	name string
	text ui.Text
}{
	{"", ui.Text{"admin.audit.everything"}},
	{oauth.CategoryAdministration, ui.Text{"admin.audit.administrators"}},
	{oauth.CategoryLogin, ui.Text{"admin.audit.logins"}},
	{auditFailed, ui.Text{"admin.audit.failures"}},
	{oauth.CategoryAccount, ui.Text{"admin.audit.accounts"}},
	{oauth.CategoryConsent, ui.Text{"admin.common.consents"}},
	{oauth.CategoryToken, ui.Text{"admin.common.tokens"}},
	{oauth.CategoryServer, ui.Text{"admin.audit.server"}},
}

const auditFailed = "failed"

// auditRows returns records in words.
func auditRows(records []*audit.Record) []auditRow {
	rows := make([]auditRow, len(records))
	for i, r := range records {
		rows[i] = auditRow{Record: r, What: auditTexts[r.Event], KindText: auditKinds[r.ActorKind]}
		if r.Origin != nil {
			rows[i].Who = r.Origin.Name
		}
	}
	return rows
}

// auditList shows the audit log.
func (b *office) auditList(r *request) error {
	f, page, err := b.auditFilter(r)
	if err != nil {
		return err
	}
	p := r.paging()
	records, cursor, err := audit.List(r.Context(), b.Store, f, p)
	if err != nil {
		return err
	}
	if r.beyondEnd(p, cursor, len(records)) {
		return nil
	}
	page.List, page.Records = r.list(p, cursor, len(records)), auditRows(records)
	if page.Categories, err = b.auditCategories(r, page.List, f); err != nil {
		return err
	}
	query := page.List.Query
	for format, to := range map[string]*string{"csv": &page.CSV, "jsonl": &page.JSON} {
		*to = b.path("audit", "export") + "?" + url.Values{"format": {format}}.Encode() + "&" + query.Encode()
	}
	r.render(http.StatusOK, "audit_list", ui.Text{"admin.section.audit"}, "audit", page)
	return nil
}

// auditCategories returns the links to the categories, with the other filters.
func (b *office) auditCategories(r *request, l listPage, f audit.Filter) (links []auditCategory, err error) {
	current := r.URL.Query().Get("show")
	waiting, err := audit.Waiting(r.Context(), b.Store)
	if err != nil {
		return nil, err
	}
	for _, c := range auditCategories {
		f.Category, f.Failed = c.name, c.name == auditFailed
		if f.Failed {
			f.Category = ""
		}
		count, err := b.Store.CountAudit(r.Context(), f)
		if err != nil {
			return nil, err
		}
		for _, record := range waiting {
			if f.Matches(record) {
				count.N++
			}
		}
		links = append(links, auditCategory{c.text, l.with("show", c.name), count, c.name == current})
	}
	return links, nil
}

// auditFilter returns the filter in the URL. The search field accepts a username, a client
// ID, a network address or an error ID.
func (b *office) auditFilter(r *request) (f audit.Filter, page auditListPage, err error) {
	q := r.URL.Query()
	f = audit.Filter{Person: q.Get("person"), ClientID: q.Get("application"), Actor: q.Get("actor")}
	switch show := q.Get("show"); show {
	case auditFailed:
		f.Failed = true
	default:
		f.Category = show
	}
	for name, to := range map[string]*time.Time{"from": &f.From, "until": &f.Until} {
		if q.Get(name) == "" {
			continue
		}
		at, err := audit.Time(q.Get(name))
		if err != nil {
			page.TimeError = true
			continue
		}
		*to = at
		if name == "until" && len(q.Get(name)) == len(time.DateOnly) {
			*to = at.AddDate(0, 0, 1) // the day is included
		}
	}
	if text := strings.TrimSpace(q.Get("q")); text != "" {
		err = b.searchAudit(r, text, &f)
	}
	return f, page, err
}

// searchAudit adds to the filter what a text names.
func (b *office) searchAudit(r *request, text string, f *audit.Filter) error {
	if address, err := netip.ParseAddr(text); err == nil {
		f.Address = address.String()
		return nil
	}
	if canonical, err := account.CanonicalUsername(text); err == nil && b.OwnLogin {
		user, err := b.Store.UserByName(r.Context(), canonical)
		if err == nil {
			f.Person = user.ID
			return nil
		}
		if !errors.Is(err, account.ErrNotFound) {
			return err
		}
	}
	_, err := b.Store.Client(r.Context(), text)
	switch {
	case err == nil:
		f.ClientID = text
	case errors.Is(err, oauth.ErrNotFound):
		f.ErrorID = strings.ToLower(text)
	default:
		return err
	}
	return nil
}

// mostExported is the maximum number of records in an export of the back office. The command
// latchkey audit export has no limit.
const mostExported = 100_000

// auditExport sends the records that the filters select as a file.
func (b *office) auditExport(r *request) error {
	f, _, err := b.auditFilter(r)
	if err != nil {
		return err
	}
	format, kind := r.URL.Query().Get("format"), "text/csv; charset=utf-8"
	if format == "jsonl" {
		kind = "application/jsonl; charset=utf-8"
	}
	if format != "jsonl" && format != "csv" {
		return errGone
	}
	exporter, err := audit.NewExporter(r.w, format, "")
	if err != nil {
		return err
	}
	if _, _, err := audit.List(r.Context(), b.Store, f, paging.Page{Limit: 1}); err != nil {
		return err // while the response can still be a page
	}
	r.reportAct("", oauth.EventDetails{Changes: []oauth.Change{{Field: "filter", After: r.URL.RawQuery}}})
	header := r.w.Header()
	header.Set("Content-Type", kind)
	header.Set("Content-Disposition", `attachment; filename="audit.`+format+`"`)
	header.Set("Cache-Control", "no-store")
	n := 0
	err = audit.Each(r.Context(), b.Store, f, func(record *audit.Record) error {
		if n++; n > mostExported {
			return errEnough
		}
		return exporter.Write(record)
	})
	if err != nil && !errors.Is(err, errEnough) {
		panic(http.ErrAbortHandler) // the client notices that the file is incomplete
	}
	return exporter.Close()
}

var errEnough = errors.New("there are more records")

// An auditHistory is a part of the page of a person or an application.
type auditHistory struct {
	Rows []auditRow // the newest records, newest first
	URL  string     // the list of all records
}

// historyOf returns the newest records about a person or an application. name is the
// parameter of the list that selects them.
func (b *office) historyOf(r *request, f audit.Filter, name, id string) (auditHistory, error) {
	records, _, err := audit.List(r.Context(), b.Store, f, paging.Page{Limit: 5})
	return auditHistory{auditRows(records[:min(5, len(records))]), b.path("audit") + "?" + url.Values{name: {id}}.Encode()}, err
}

package admin

import (
	"cmp"
	"context"
	"errors"
	"html/template"
	"net/http"
	"net/netip"
	"net/url"
	"strings"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/audit"
	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/paging"
)

// An auditRow is a record in words.
type auditRow struct {
	*audit.Record
	Sentence ui.Text // what happened, with links to the objects that it names
	Who      string  // the name of the actor, or empty if it is not known
	// KindText is the kind of the actor in words.
	KindText  ui.Text
	TargetURL string // the page of the target, or empty
}

// sentence returns what happened. The names of objects in it are links.
func (a auditRow) sentence(b *office) ui.Text {
	details := a.Details
	if details == nil {
		details = &audit.Details{}
	}
	return ui.Text{
		sentenceKey(a.SentenceKey()),
		"person", objectLink(b.path("users", a.Person), cmp.Or(details.PersonName, a.Person), ui.Text{"admin.audit.a_person"}),
		"application", objectLink(b.path("applications", a.ClientID), cmp.Or(details.ClientName, a.ClientID), ui.Text{"admin.audit.an_application"}),
		"target", objectLink(a.TargetURL, cmp.Or(details.TargetName, a.Target), ui.Text{"admin.audit.an_object"}),
	}
}

// objectLink returns a link to an object, its name if it has no page, or unknown if it has no name.
func objectLink(address, name string, unknown ui.Text) any {
	if name == "" {
		return unknown
	}
	text := "<bdi>" + template.HTMLEscapeString(name) + "</bdi>"
	if address == "" {
		return template.HTML(text) //nolint:gosec // escaped
	}
	return template.HTML(`<a href="` + template.HTMLEscapeString(address) + `">` + text + "</a>") //nolint:gosec // escaped
}

// Mentions reports whether the sentence names an object: "person", "application" or "target".
func (a auditRow) Mentions(object string) bool {
	return strings.Contains(audit.Sentences()[a.SentenceKey()], "{"+object+"}")
}

// TargetName returns the name of the group that the record is about, or "".
func (a auditRow) TargetName() string {
	if a.Details == nil {
		return ""
	}
	return a.Details.TargetName
}

// auditKinds are the kinds of actors in words.
var auditKinds = map[string]ui.Text{
	audit.ActorPerson: {"admin.audit.person"}, audit.ActorApplication: {"admin.audit.application"}, audit.ActorCommand: {"admin.audit.command"},
	audit.ActorHost: {"admin.audit.host"}, audit.ActorServer: {"admin.audit.server"}, "": {"admin.audit.unknown"},
}

// auditCategories are the categories in words, in their order on the page. The category
// auditFailed selects failures of all categories.
var auditCategories = []listChoice{
	{"", ui.Text{"admin.audit.everything"}},
	{oauth.CategoryAdministration, ui.Text{"admin.audit.administrators"}},
	{oauth.CategoryOwner, ui.Text{"admin.audit.owners"}},
	{oauth.CategoryLogin, ui.Text{"admin.audit.logins"}},
	{auditFailed, ui.Text{"admin.audit.failures"}},
	{auditRoles, ui.Text{"admin.audit.roles"}},
	{oauth.CategoryAccount, ui.Text{"admin.audit.accounts"}},
	{oauth.CategoryConsent, ui.Text{"admin.common.consents"}},
	{oauth.CategoryToken, ui.Text{"admin.common.tokens"}},
	{oauth.CategoryServer, ui.Text{"admin.audit.server"}},
}

// The choices that are not categories.
const auditFailed, auditRoles = "failed", "roles"

// auditRows returns records in words.
func (r *request) auditRows(records []*audit.Record) []auditRow {
	rows := make([]auditRow, len(records))
	for i, record := range records {
		rows[i] = auditRow{Record: record, KindText: auditKinds[record.ActorKind], TargetURL: r.targetURL(record)}
		rows[i].Sentence = rows[i].sentence(r.b)
		if record.Origin != nil {
			rows[i].Who = record.Origin.Name
		}
	}
	return rows
}

// showAudit shows the audit log. Its exports are those of package audit, which do not read one
// page after the other.
func (b *office) showAudit(r *request) error {
	l, err := b.auditList(r)
	if err != nil {
		return err
	}
	view, err := r.listView(l)
	if err != nil || view == nil {
		return err
	}
	if r.me.Roles.Allow(account.AuditExport) {
		query := view.List.with("limit", "")
		view.CSV, view.JSON = b.path("audit", "export")+query+"&format=csv", b.path("audit", "export")+query+"&format=jsonl"
	}
	r.recordReading()
	r.render(http.StatusOK, "list", l.title, l.section, *view)
	return nil
}

// auditList declares the audit log.
func (b *office) auditList(r *request) (*list, error) {
	waiting, err := audit.Waiting(r.Context(), b.Store)
	if err != nil {
		return nil, err
	}
	found, near, err := b.searchAudit(r)
	if err != nil {
		return nil, err
	}
	l := &list{
		section: "audit", path: "audit", title: ui.Text{"admin.section.audit"}, intro: ui.Text{"admin.audit.explanation"},
		search: ui.Text{"admin.audit.placeholder"}, days: true, descending: true,
		filters: []listFilter{{"show", ui.Text{"admin.audit.filter"}, auditCategories, true}},
		empty:   ui.Text{"admin.audit.none"}, none: ui.Text{"admin.audit.none"},
		near: near,
		count: func(q url.Values) (oauth.Count, error) {
			f := auditFilter(q, found)
			n, err := b.Store.CountAudit(r.Context(), f)
			for _, record := range waiting {
				if f.Matches(record) {
					n.N++
				}
			}
			return n, err
		},
	}
	if err := r.onlyAudited(l); err != nil {
		return nil, err
	}
	return declare(l, []columnOf[auditRow]{
		{"time", ui.Text{"admin.audit.time"}, "", "", func(a auditRow) listCell { return timeCell(a.At) }},
		{"who", ui.Text{"admin.audit.who"}, "", "wrap p2", func(a auditRow) listCell { return listCell{Record: &a, Actor: true} }},
		{"what", ui.Text{"admin.audit.what"}, "", "wrap", func(a auditRow) listCell { return listCell{Record: &a} }},
		{"address", ui.Text{"admin.audit.address"}, "", "p2", func(a auditRow) listCell {
			if a.Origin == nil {
				return listCell{Words: ui.Text{"admin.audit.erased"}}
			}
			cell := codeCell(cmp.Or(a.Origin.Address, ui.NoValue))
			if a.Origin.UserAgent != "" {
				cell.Note = ui.BrowserText(ui.Browser(a.Origin.UserAgent))
			}
			return cell
		}},
	}, func(a auditRow) string { return a.ID }, func(q url.Values, p paging.Page) ([]auditRow, paging.Cursor, error) {
		records, cursor, err := audit.List(r.Context(), b.Store, auditFilter(q, found), p)
		return r.auditRows(records), cursor, err
	}), nil
}

// recordReading records a search of the audit log for a person, an application, an
// address or an error. Opening the newest records is not recorded.
func (r *request) recordReading() {
	q := r.URL.Query()
	for _, name := range []string{"q", "person", "actor", "application", "target"} {
		if q.Get(name) != "" {
			r.reportAct("", oauth.EventDetails{Changes: []oauth.Change{{Field: "filter", After: q.Encode()}}})
			return
		}
	}
}

// onlyAudited adds to the list the person, the application or the actor of the URL.
func (r *request) onlyAudited(l *list) error {
	r.onlyApplication(l)
	for _, name := range []string{"person", "actor"} {
		id := r.URL.Query().Get(name)
		if id == "" {
			continue
		}
		username, err := r.b.username(r, id)
		if err != nil {
			return err
		}
		text := ui.Text{"admin.list.only_user", "user", cmp.Or(username, id)}
		if name == "actor" {
			text = ui.Text{"admin.list.only_actor", "user", cmp.Or(username, id)}
		}
		l.only = append(l.only, ui.Link{Text: text, URL: "?" + r.without(name)})
	}
	if target := r.URL.Query().Get("target"); target != "" {
		l.only = append(l.only, ui.Link{Text: ui.Text{"admin.list.only_target", "target", target}, URL: "?" + r.without("target")})
	}
	return nil
}

// auditFilter returns the filter in the parameters of a URL. found is what the search means.
func auditFilter(q url.Values, found audit.Filter) audit.Filter {
	f := found
	f.Person, f.ClientID = cmp.Or(f.Person, q.Get("person")), cmp.Or(f.ClientID, q.Get("application"))
	f.Actor, f.Target = q.Get("actor"), q.Get("target")
	switch show := q.Get("show"); show {
	case auditFailed:
		f.Failed = true
	case auditRoles:
		f.Roles = true
	default:
		f.Category = show
	}
	f.From, f.Until, _ = days(q)
	return f
}

// searchAudit returns a filter for what the search names: a username, the name or ID of an
// application, a network address or an error ID. If it is the beginning or a part of several names,
// the filter selects nothing, and near are links to these.
func (b *office) searchAudit(r *request) (f audit.Filter, near []ui.Link, err error) {
	text := strings.TrimSpace(r.URL.Query().Get("q"))
	if text == "" {
		return f, nil, nil
	}
	if address, err := netip.ParseAddr(text); err == nil {
		return audit.Filter{Address: address.String()}, nil, nil
	}
	if canonical, err := account.CanonicalUsername(text); err == nil && b.OwnLogin {
		user, err := b.Store.UserByName(r.Context(), canonical)
		if err == nil {
			return audit.Filter{Person: user.ID}, nil, nil
		}
		if !errors.Is(err, account.ErrNotFound) {
			return f, nil, err
		}
	}
	_, err = b.Store.Client(r.Context(), text)
	if err == nil {
		return audit.Filter{ClientID: text}, nil, nil
	}
	f.ErrorID = strings.ToLower(text)
	if !errors.Is(err, oauth.ErrNotFound) {
		return f, nil, err
	}
	if errorID.MatchString(f.ErrorID) {
		return f, nil, nil
	}
	n, err := r.named(text, "person")
	if n.clientID+n.subject != "" {
		f = audit.Filter{ClientID: n.clientID, Person: n.subject}
	}
	return f, n.near, err
}

// auditExport sends all records that the filters select as a file.
func (b *office) auditExport(r *request) error {
	found, _, err := b.searchAudit(r)
	if err != nil {
		return err
	}
	f := auditFilter(r.URL.Query(), found)
	format, kind := r.URL.Query().Get("format"), "text/csv; charset=utf-8"
	if format == "jsonl" {
		kind = "application/jsonl; charset=utf-8"
	}
	if format != "jsonl" && format != "csv" {
		return errGone
	}
	end, err := b.exports.begin(r.me.ID)
	if err != nil {
		return err
	}
	defer end()
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
	if err := audit.Each(r.Context(), exportedStore{b.Store, r}, f, exporter.Write); err != nil {
		panic(http.ErrAbortHandler) // the client notices that the file is incomplete
	}
	return exporter.Close()
}

// An exportedStore extends the time for the response with each page of records, and reads a page only
// while the person has the roles with which the export began.
type exportedStore struct {
	audit.Store
	r *request
}

// AuditRows returns a page of records.
func (s exportedStore) AuditRows(ctx context.Context, f audit.Filter, p paging.Page) ([]audit.Row, paging.Cursor, error) {
	s.r.allowExport()
	if err := s.r.keepsRoles(); err != nil {
		return nil, paging.Cursor{}, err
	}
	return s.Store.AuditRows(ctx, f, p)
}

// An auditHistory is the part of an object's page that shows its records.
type auditHistory struct {
	Rows []auditRow // the newest records, newest first
	URL  string     // the list of all records
}

// historyOf returns the newest records about an object, or none if the person cannot read the
// audit log. name is the parameter of the list that selects them.
func (b *office) historyOf(r *request, f audit.Filter, name, id string) (auditHistory, error) {
	if !r.me.Roles.Allow(account.AuditRead) {
		return auditHistory{}, nil
	}
	records, _, err := audit.List(r.Context(), b.Store, f, paging.Page{Limit: 5})
	return auditHistory{r.auditRows(records[:min(5, len(records))]), b.historyURL(name, id)}, err
}

// historyURL returns the address of the list of all records about an object.
func (b *office) historyURL(name, id string) string {
	return b.path("audit") + "?" + url.Values{name: {id}}.Encode()
}

// historyColumn returns a column with links to the records about objects that have no page of
// their own, or none if the person cannot read the audit log.
func historyColumn[T any](r *request, id func(T) string) []columnOf[T] {
	if !r.me.Roles.Allow(account.AuditRead) {
		return nil
	}
	return []columnOf[T]{{"", ui.Text{"admin.audit.history"}, "", "p3", func(row T) listCell {
		return listCell{Words: ui.Text{"admin.audit.records"}, URL: r.b.historyURL("target", id(row))}
	}}}
}

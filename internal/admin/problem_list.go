package admin

import (
	"cmp"
	"net/url"
	"strings"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/paging"
)

// mostProblems is the maximum number of rejected requests that are listed, the newest ones.
const mostProblems = 1000

// problemList declares the list of rejected requests.
func (b *office) problemList(r *request) (*list, error) {
	l := &list{
		section: "problems", path: "problems", title: ui.Text{"admin.title.problems"}, intro: ui.Text{"admin.problem_list.requests_were_rejected"}, tabs: r.attemptTabs("problems"),
		search: ui.Text{"admin.problem_list.search"}, days: true, sort: "time", descending: true, export: account.ErrorsRead,
		filters: []listFilter{{"show", ui.Text{"admin.common.application"}, []listChoice{
			{"", ui.Text{"admin.problem_list.registered"}}, {"other", ui.Text{"admin.problem_list.other"}},
		}, true}},
		empty: ui.Text{"admin.problem_list.no_requests_listed"}, none: ui.Text{"admin.problem_list.no_requests_listed"},
	}
	q := r.URL.Query()
	if id := problemID(q); errorID.MatchString(id) {
		l.none = ui.Text{"admin.problem_list.no_request_with"}
	}
	r.onlyApplication(l)
	names, read := make(map[string]string), make(map[string][]oauth.Rejection)
	problems := func(q url.Values) (rows []oauth.Rejection, err error) { // reads once for each value of the filter
		rows, known := read[q.Get("show")]
		if !known {
			if rows, err = b.problems(r, q); err == nil {
				read[q.Get("show")] = rows
			}
		}
		return rows, err
	}
	l.count = func(q url.Values) (oauth.Count, error) {
		rows, err := problems(q)
		return oauth.Count{N: len(rows), More: len(rows) == mostProblems}, err
	}
	return declare(l, []columnOf[oauth.Rejection]{
		{"id", ui.Text{"admin.problem_list.error_id"}, "", "", func(p oauth.Rejection) listCell {
			return listCell{Text: p.ID, Code: true, URL: b.path("problems", p.ID)}
		}},
		{"description", ui.Text{"admin.problem_list.reason"}, "", "wrap", func(p oauth.Rejection) listCell {
			return listCell{Text: p.Description, Note: detailOf(p)}
		}},
		{"detail", nil, "", "", func(p oauth.Rejection) listCell { return listCell{Text: p.Detail} }},
		{"error", ui.Text{"admin.problem_list.error_code"}, "", "p3", func(p oauth.Rejection) listCell { return codeCell(p.Code) }},
		{"application", ui.Text{"admin.common.application"}, "", "p2", func(p oauth.Rejection) listCell {
			if p.ClientID == "" {
				return listCell{Text: cmp.Or(p.Named, ui.NoValue), Code: true}
			}
			return b.clientCell(p.ClientID, names[p.ClientID])
		}},
		{"client_id", nil, "", "", func(p oauth.Rejection) listCell { return codeCell(cmp.Or(p.ClientID, p.Named)) }},
		{"time", ui.Text{"admin.problem_list.time"}, "time", "p2", func(p oauth.Rejection) listCell { return timeCell(p.At) }},
	}, func(p oauth.Rejection) string { return p.ID }, func(q url.Values, p paging.Page) ([]oauth.Rejection, paging.Cursor, error) {
		all, err := problems(q)
		rows, cursor := part(all, p, map[string]order[oauth.Rejection]{"time": func(a, b oauth.Rejection) int { return a.At.Compare(b.At) }}, func(p oauth.Rejection) string { return p.ID })
		if err == nil {
			err = r.clientNames(names, each(rows, func(p oauth.Rejection) string { return p.ClientID }))
		}
		return rows, cursor, err
	}), nil
}

// problemID returns the error ID for which the administrator searches.
func problemID(q url.Values) string {
	return strings.ToLower(strings.TrimSpace(cmp.Or(q.Get("id"), q.Get("q"))))
}

// problems returns the rejected requests that the URL selects, up to mostProblems.
func (b *office) problems(r *request, q url.Values) (selected []oauth.Rejection, err error) {
	id := problemID(q)
	if errorID.MatchString(id) {
		found, ok, err := b.Rejections.Find(r.Context(), id)
		if ok {
			selected = []oauth.Rejection{found}
		}
		return selected, err
	}
	all, err := b.Rejections.Recent(r.Context(), oauth.RejectionFilter{ClientID: q.Get("application"), NoClient: q.Get("show") == "other"}, mostProblems)
	if err != nil {
		return nil, err
	}
	called, err := r.namesOf(id)
	from, until, _ := days(q)
	for _, p := range all {
		if (called[p.ClientID] || holds(id, p.ID, p.Description, p.Detail, p.Code, p.Reason, p.ClientID, p.Named)) && (from.IsZero() || !p.At.Before(from)) && (until.IsZero() || p.At.Before(until)) {
			selected = append(selected, p)
		}
	}
	return selected, err
}

// mostCalled is how many applications a search by name selects.
const mostCalled = 25

// namesOf returns the IDs of the applications that have a name with the text.
func (r *request) namesOf(text string) (map[string]bool, error) {
	called := make(map[string]bool)
	if strings.TrimSpace(text) == "" {
		return called, nil
	}
	clients, err := r.clientsNamed(text, mostCalled)
	for _, c := range clients {
		called[c.ID] = true
	}
	return called, err
}

// detailOf returns the beginning of what exactly was wrong.
func detailOf(p oauth.Rejection) ui.Text {
	const most = 300
	if p.Detail == "" {
		return nil
	}
	text := []rune(p.Detail)
	if len(text) > most {
		text = append(text[:most], '…')
	}
	return ui.English(string(text))
}

package admin

import (
	"cmp"
	"net/url"
	"slices"
	"strings"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/rejections"
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
			{"", ui.Text{"admin.problem_list.registered"}}, {"other", ui.Text{"admin.problem_list.other"}}, {"all", ui.Text{"admin.common.all"}},
		}, true}},
		empty: ui.Text{"admin.problem_list.no_requests_listed"}, none: ui.Text{"admin.problem_list.no_requests_listed"},
	}
	q := r.URL.Query()
	if id := problemID(q); errorID.MatchString(id) {
		l.none = ui.Text{"admin.problem_list.no_request_with"}
	}
	r.onlyApplication(l)
	if failure := q.Get("failure"); failure != "" {
		l.only = append(l.only, ui.Link{Text: ui.Text{"admin.problem_list.only_failure", "reason", failureText(failure)}, URL: "?" + r.without("failure")})
	}
	reader, names, read := r.problems(), make(map[string]string), make(map[string][]oauth.Rejection)
	problems := func(q url.Values) (rows []oauth.Rejection, err error) { // selects once for each value of the filter
		rows, known := read[q.Get("show")]
		if !known {
			if rows, err = reader.selected(q); err == nil {
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
			return listCell{Text: rejections.CauseOf(p), Note: detailOf(p)}
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

// A problemReader reads rejected requests, each of them once.
type problemReader struct {
	r    *request
	read map[oauth.RejectionFilter][]oauth.Rejection
}

func (r *request) problems() problemReader {
	return problemReader{r, make(map[oauth.RejectionFilter][]oauth.Rejection)}
}

// recent returns the newest rejected requests that the filter selects, up to mostProblems.
func (p problemReader) recent(f oauth.RejectionFilter) ([]oauth.Rejection, error) {
	rows, known := p.read[f]
	if known {
		return rows, nil
	}
	rows, err := p.r.b.Rejections.Recent(p.r.Context(), f, mostProblems)
	if err == nil {
		p.read[f] = rows
	}
	return rows, err
}

// shown returns the newest rejected requests of an application, of all applications, of requests that
// name no application, or of both.
func (p problemReader) shown(application, show string) ([]oauth.Rejection, error) {
	rows, err := p.recent(oauth.RejectionFilter{ClientID: application, NoClient: show == "other"})
	if err != nil || show != "all" || application != "" {
		return rows, err
	}
	others, err := p.recent(oauth.RejectionFilter{NoClient: true})
	rows = slices.Concat(rows, others)
	slices.SortStableFunc(rows, func(a, b oauth.Rejection) int { return b.At.Compare(a.At) })
	return rows[:min(len(rows), mostProblems)], err
}

// selected returns the rejected requests that the URL selects, up to mostProblems.
func (p problemReader) selected(q url.Values) (selected []oauth.Rejection, err error) {
	text := problemID(q)
	if errorID.MatchString(text) {
		found, ok, err := p.r.b.Rejections.Find(p.r.Context(), text)
		if ok {
			return []oauth.Rejection{found}, err
		}
		if err != nil || q.Get("id") != "" {
			return nil, err
		}
	}
	all, err := p.shown(q.Get("application"), q.Get("show"))
	if err != nil {
		return nil, err
	}
	called, err := p.r.namesOf(text)
	return selectProblems(all, q, called), err
}

// selectProblems returns the rejected requests of the days in the URL that contain its text or belong to one
// of the named applications.
func selectProblems(all []oauth.Rejection, q url.Values, named map[string]bool) (selected []oauth.Rejection) {
	text := problemID(q)
	from, until, _ := days(q)
	failures := strings.Split(q.Get("failure"), ",")
	for _, p := range all {
		if q.Get("failure") != "" && !slices.Contains(failures, rejections.Failure(p)) {
			continue
		}
		if (named[p.ClientID] || holds(text, p.ID, p.Description, rejections.CauseOf(p), p.Detail, p.Code, p.Reason, p.ClientID, p.Named)) && (from.IsZero() || !p.At.Before(from)) && (until.IsZero() || p.At.Before(until)) {
			selected = append(selected, p)
		}
	}
	return selected
}

// failureText returns the reason of the first of the failures in a parameter, which have the same text, or the
// parameter if it has no text.
func failureText(failures string) any {
	first, _, _ := strings.Cut(failures, ",")
	code, reason, _ := strings.Cut(first, "/")
	if text := reasonText(code, strings.TrimSuffix(reason, "-")); text != nil {
		return text
	}
	return failures
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

package admin

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/flows"
	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/paging"
)

// mostAttempts is the maximum number of attempts that are listed, the newest ones.
const mostAttempts = 1000

// attemptUnstarted is the filter for all states.
const attemptUnstarted = ""

// attemptStates are the states in words, with the kinds of their badges.
var attemptStates = map[string]listBadge{
	flows.Done:     {"ok", ui.Text{"admin.attempt.done"}},
	flows.Failed:   {"bad", ui.Text{"admin.home.failed"}},
	flows.Denied:   {"off", ui.Text{"admin.attempt.denied"}},
	flows.Answered: {"warn", ui.Text{"admin.attempt.answered"}},
	flows.Consent:  {"", ui.Text{"admin.attempt.at_consent"}},
	flows.Factor:   {"", ui.Text{"admin.attempt.at_factor"}},
	flows.Login:    {"", ui.Text{"admin.attempt.at_login"}},
	flows.Begun:    {"", ui.Text{"admin.attempt.begun"}},
}

// An attempt is a flow, or a rejected request that belongs to no flow.
type attempt struct {
	ID       string
	ClientID string
	At       time.Time
	State    string
	Flow     *oauth.Flow
	Rejected *oauth.Rejection // why it failed, or nil
}

// isAttempt reports whether a rejected request was one of the steps of a login.
func isAttempt(r oauth.Rejection) bool {
	endpoint, _, _ := strings.Cut(r.Reason, " ")
	endpoint = strings.Trim(endpoint, "/")
	return endpoint == "authorize" || endpoint == "token" || endpoint == "par"
}

// attempts returns the last attempts of an application, or of all, newest first.
func (b *office) attempts(r *request, clientID string) ([]attempt, error) {
	begun, err := b.Flows.Recent(r.Context(), clientID, mostAttempts)
	if err != nil {
		return nil, err
	}
	rejected, err := b.Rejections.Recent(r.Context(), oauth.RejectionFilter{ClientID: clientID}, mostAttempts)
	if err != nil {
		return nil, err
	}
	reasons := make(map[string]*oauth.Rejection)
	for i := range rejected {
		reasons[rejected[i].ID] = &rejected[i]
	}
	var all []attempt
	for i, f := range begun {
		all = append(all, attempt{f.ID.String(), f.ClientID, f.BeganAt, flows.State(f), &begun[i], reasons[f.ErrorID]})
		if f.TokenAt.IsZero() || f.FailedAt.Before(f.TokenAt) {
			delete(reasons, f.ErrorID) // otherwise the code was sent again, which is another attempt
		}
	}
	for _, found := range reasons {
		if isAttempt(*found) {
			all = append(all, attempt{found.ID, found.ClientID, found.At, flows.Failed, nil, found})
		}
	}
	slices.SortFunc(all, func(a, b attempt) int {
		if c := b.At.Compare(a.At); c != 0 {
			return c
		}
		return strings.Compare(b.ID, a.ID)
	})
	return all[:min(len(all), mostAttempts)], nil
}

// showAttempts shows the last attempts to log in at applications.
func (b *office) showAttempts(r *request) error {
	l, err := b.attemptList(r)
	if err != nil {
		return err
	}
	view, err := r.listView(l)
	if err != nil || view == nil {
		return err
	}
	view.Live = r.URL.RequestURI()
	r.render(http.StatusOK, "attempt_list", l.title, l.section, view)
	return nil
}

// attemptTabs are the links between the attempts and the errors.
func (r *request) attemptTabs(active string) []ui.Link {
	query := ""
	if id := r.URL.Query().Get("application"); id != "" {
		query = "?" + url.Values{"application": {id}}.Encode()
	}
	return []ui.Link{
		{Text: ui.Text{"admin.title.attempts"}, URL: r.b.path("attempts") + query, Active: active == "attempts"},
		{Text: ui.Text{"admin.title.problems"}, URL: r.b.path("problems") + query, Active: active == "problems"},
	}
}

// attemptList declares the list of attempts.
func (b *office) attemptList(r *request) (*list, error) {
	l := &list{
		section: "problems", path: "attempts", title: ui.Text{"admin.title.attempts"}, intro: ui.Text{"admin.attempt.intro"}, tabs: r.attemptTabs("attempts"),
		days: true, sort: "time", descending: true, export: account.ErrorsRead,
		filters: []listFilter{{"state", ui.Text{"admin.common.status"}, []listChoice{
			{attemptUnstarted, ui.Text{"admin.common.all"}},
			{flows.Done, ui.Text{"admin.attempt.done"}},
			{flows.Failed, ui.Text{"admin.home.failed"}},
			{flows.Denied, ui.Text{"admin.attempt.denied"}},
			{"open", ui.Text{"admin.attempt.open"}},
		}, true}},
		empty: ui.Text{"admin.attempt.none_yet"}, none: ui.Text{"admin.attempt.none"},
	}
	r.onlyApplication(l)
	all, err := b.attempts(r, r.URL.Query().Get("application"))
	if err != nil {
		return nil, err
	}
	selected := func(q url.Values) []attempt {
		from, until, _ := days(q)
		return slices.DeleteFunc(slices.Clone(all), func(a attempt) bool {
			isOpen := a.State != flows.Done && a.State != flows.Failed && a.State != flows.Denied
			state := q.Get("state")
			return state == "open" && !isOpen || state != "" && state != "open" && state != a.State || !from.IsZero() && a.At.Before(from) || !until.IsZero() && !a.At.Before(until)
		})
	}
	l.count = func(q url.Values) (oauth.Count, error) { return counted(selected(q)), nil }
	key := func(a attempt) string { return a.ID }
	names := make(map[string]string)
	return declare(l, b.attemptColumns(names), key, func(q url.Values, p paging.Page) ([]attempt, paging.Cursor, error) {
		rows, cursor := part(selected(q), p, map[string]order[attempt]{"time": func(a, b attempt) int { return a.At.Compare(b.At) }}, key)
		for _, row := range rows {
			if names[row.ClientID] != "" {
				continue
			}
			if c, err := b.Store.Client(r.Context(), row.ClientID); err == nil {
				names[c.ID] = c.Name
			}
		}
		return rows, cursor, nil
	}), nil
}

func (b *office) attemptColumns(names map[string]string) []columnOf[attempt] {
	return []columnOf[attempt]{
		{"time", ui.Text{"admin.attempt.began"}, "time", "", func(a attempt) listCell {
			cell := timeCell(a.At)
			if cell.URL = b.path("attempts", a.ID); a.Flow == nil {
				cell.URL = b.path("problems", a.ID)
			}
			return cell
		}},
		{"id", nil, "", "", func(a attempt) listCell { return codeCell(a.ID) }},
		{"result", ui.Text{"admin.problem_show.result"}, "", "wrap", func(a attempt) listCell {
			cell := listCell{Badges: []listBadge{attemptStates[a.State]}}
			if a.Rejected != nil && a.State == flows.Failed {
				cell.Note = ui.English(a.Rejected.Description)
			}
			return cell
		}},
		{"state", nil, "", "", func(a attempt) listCell { return listCell{Text: a.State} }},
		{"error_id", nil, "", "", func(a attempt) listCell {
			if a.Rejected == nil {
				return listCell{}
			}
			return codeCell(a.Rejected.ID)
		}},
		{"application", ui.Text{"admin.common.application"}, "", "p2", func(a attempt) listCell { return b.clientCell(a.ClientID, names[a.ClientID]) }},
		{"client_id", nil, "", "", func(a attempt) listCell { return codeCell(a.ClientID) }},
	}
}

package admin

import (
	"cmp"
	"net/url"
	"slices"
	"strings"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/flows"
	"github.com/seed-e6a88a41/latchkey/internal/rejections"
	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/paging"
)

// attemptStates are the states in words, with the kinds of their badges.
var attemptStates = map[flows.State]listBadge{
	flows.Done:      {"ok", ui.Text{"admin.attempt.done"}},
	flows.Failed:    {"bad", ui.Text{"admin.home.failed"}},
	flows.Denied:    {"off", ui.Text{"admin.attempt.denied"}},
	flows.Answered:  {"warn", ui.Text{"admin.attempt.answered"}},
	flows.AtConsent: {"", ui.Text{"admin.attempt.at_consent"}},
	flows.AtFactor:  {"", ui.Text{"admin.attempt.at_factor"}},
	flows.AtLogin:   {"", ui.Text{"admin.attempt.at_login"}},
	flows.AtCode:    {"", ui.Text{"admin.attempt.at_code"}},
	flows.Begun:     {"", ui.Text{"admin.attempt.begun"}},
}

// stateOf returns the state of an attempt in words. A device exchanges no authorization code, so
// its state Answered has another text.
func stateOf(a flows.Attempt) listBadge {
	if a.State == flows.Answered && a.Flow != nil && a.Flow.Device {
		return listBadge{"warn", ui.Text{"admin.attempt.device_waits"}}
	}
	return attemptStates[a.State]
}

// attempts returns the last attempts of an application, or of all, newest first.
func (b *office) attempts(r *request, clientID string) ([]flows.Attempt, error) {
	found, err := b.Flows.Recent(r.Context(), clientID, flows.MostAttempts)
	if err != nil {
		return nil, err
	}
	rejected, err := b.Rejections.Recent(r.Context(), oauth.RejectionFilter{ClientID: clientID}, flows.MostAttempts)
	return flows.Attempts(found, rejected, flows.MostAttempts), err
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
		search: ui.Text{"admin.attempt.search"}, days: true, sort: "time", descending: true, export: account.ErrorsRead,
		filters: []listFilter{{"state", ui.Text{"admin.common.status"}, []listChoice{
			{"", ui.Text{"admin.common.all"}},
			{string(flows.Done), ui.Text{"admin.attempt.done"}},
			{string(flows.Failed), ui.Text{"admin.home.failed"}},
			{string(flows.Denied), ui.Text{"admin.attempt.denied"}},
			{flows.AnyOpen, ui.Text{"admin.attempt.open"}},
		}, true}},
		empty: ui.Text{"admin.attempt.none_yet"}, none: ui.Text{"admin.attempt.none"},
	}
	all, err := b.attempts(r, r.URL.Query().Get("application"))
	if err != nil {
		return nil, err
	}
	if err := r.addApplications(l, all); err != nil {
		return nil, err
	}
	text := strings.ToLower(strings.TrimSpace(r.URL.Query().Get("q")))
	called, err := r.namesOf(text)
	if err != nil {
		return nil, err
	}
	selected := func(q url.Values) []flows.Attempt {
		from, until, _ := days(q)
		return slices.DeleteFunc(slices.Clone(all), func(a flows.Attempt) bool {
			return !a.State.In(q.Get("state")) || !from.IsZero() && a.At.Before(from) || !until.IsZero() && !a.At.Before(until) || !called[a.ClientID] && !attemptHolds(a, text)
		})
	}
	l.count = func(q url.Values) (oauth.Count, error) { return counted(selected(q)), nil }
	key := func(a flows.Attempt) string { return a.ID }
	names := make(map[string]string)
	return declare(l, b.attemptColumns(names), key, func(q url.Values, p paging.Page) ([]flows.Attempt, paging.Cursor, error) {
		rows, cursor := part(selected(q), p, map[string]order[flows.Attempt]{"time": func(a, b flows.Attempt) int { return a.At.Compare(b.At) }}, key)
		return rows, cursor, r.clientNames(names, each(rows, func(a flows.Attempt) string { return a.ClientID }))
	}), nil
}

// attemptHolds reports whether the ID, the application or the error of an attempt has the text.
func attemptHolds(a flows.Attempt, text string) bool {
	texts := []string{a.ID, a.ClientID}
	if p := a.Rejected; p != nil {
		texts = append(texts, p.ID, p.Description, p.Detail, p.Code, p.Reason)
	}
	return holds(text, texts...)
}

// mostOffered is how many applications the menu of the list of attempts has.
const mostOffered = 50

// addApplications adds the menu of the applications with attempts. It always has the application of
// the URL, so that an export of its attempts is complete.
func (r *request) addApplications(l *list, all []flows.Attempt) error {
	chosen := r.URL.Query().Get("application")
	if chosen != "" {
		var err error
		if all, err = r.b.attempts(r, ""); err != nil {
			return err
		}
	}
	var ids []string
	if chosen != "" {
		ids = append(ids, chosen)
	}
	for _, a := range all {
		if a.ClientID != "" && len(ids) < mostOffered && !slices.Contains(ids, a.ClientID) {
			ids = append(ids, a.ClientID)
		}
	}
	names := make(map[string]string)
	if err := r.clientNames(names, ids); err != nil {
		return err
	}
	var choices []listChoice
	for _, id := range ids {
		choices = append(choices, listChoice{id, ui.Plain(ui.Isolate(cmp.Or(names[id], id)))})
	}
	slices.SortFunc(choices, func(x, y listChoice) int {
		return strings.Compare(strings.ToLower(x.text.String()), strings.ToLower(y.text.String()))
	})
	if len(choices) > 0 {
		l.filters = append(l.filters, listFilter{"application", ui.Text{"admin.common.application"}, choices, false})
	}
	return nil
}

func (b *office) attemptColumns(names map[string]string) []columnOf[flows.Attempt] {
	return []columnOf[flows.Attempt]{
		{"time", ui.Text{"admin.attempt.began"}, "time", "", func(a flows.Attempt) listCell {
			cell := timeCell(a.At)
			if cell.URL = b.path("attempts", a.ID); a.Flow == nil {
				cell.URL = b.path("problems", a.ID)
			}
			return cell
		}},
		{"id", nil, "", "", func(a flows.Attempt) listCell { return codeCell(a.ID) }},
		{"result", ui.Text{"admin.problem_show.result"}, "", "wrap", func(a flows.Attempt) listCell {
			cell := listCell{Badges: []listBadge{stateOf(a)}}
			if a.Flow != nil && a.Flow.Device {
				cell.Badges = append(cell.Badges, listBadge{"", ui.Text{"admin.attempt.device"}})
			}
			if a.Rejected != nil && a.State == flows.Failed {
				cell.Note = ui.English(rejections.CauseOf(*a.Rejected))
			}
			if a.Flow != nil && len(a.Flow.LoginFailures) > 0 && a.State.Open() && a.State != flows.Answered {
				cell.Note = loginFailures[a.Flow.LoginFailures[len(a.Flow.LoginFailures)-1].Reason].text
			}
			return cell
		}},
		{"state", nil, "", "", func(a flows.Attempt) listCell { return listCell{Text: string(a.State)} }},
		{"error_id", nil, "", "", func(a flows.Attempt) listCell {
			if a.Rejected == nil {
				return listCell{}
			}
			return codeCell(a.Rejected.ID)
		}},
		{"application", ui.Text{"admin.common.application"}, "", "p2", func(a flows.Attempt) listCell { return b.clientCell(a.ClientID, names[a.ClientID]) }},
		{"client_id", nil, "", "", func(a flows.Attempt) listCell { return codeCell(a.ClientID) }},
	}
}

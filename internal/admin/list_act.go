package admin

import (
	"net/http"
	"net/url"
	"slices"

	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/paging"
)

const (
	// actedAtOnce is how many rows an action changes with one call, and mostActed how many
	// it changes in a request. An administrator confirms each request.
	actedAtOnce = 100
	mostActed   = 500
	// mostActedPages is how many pages of rows a request reads.
	mostActedPages = 20
)

// continueAfter is the field with the row after which an action on all rows continues, and continueFrom
// the one with the note about the rows before it.
const continueAfter, continueFrom = "continue_after", "continue_from"

// actOnList returns the handler for the actions on selected rows of a list.
func (b *office) actOnList(d declaration) handler {
	return func(r *request) error {
		l, err := d(r)
		if err != nil {
			return err
		}
		action, known := l.action(r.PostForm)
		if !known {
			return errGone
		}
		keys := r.PostForm[l.field]
		if err := r.need(action.needs); err != nil {
			return err
		}
		r.act, r.reported = action.event, true // an action records each row that it changes
		switch {
		case r.PostForm.Has("all"):
			return r.actOnAll(l, action)
		case len(keys) == 0:
			return r.goBack(nothingSelected)
		case r.PostForm.Get("confirmed") != "yes":
			_, err := r.ask(l.section, question{Heading: action.heading(len(keys)), Button: action.button, Text: action.explain, More: action.more, Back: action.back})
			return err
		}
		if err := action.act(keys); err != nil {
			return err
		}
		return r.goBack(r.acted.note(action.did))
	}
}

// countFor counts the rows that an action on all rows changes.
func (l *list) countFor(a listAction, q url.Values) (oauth.Count, error) {
	if a.count != nil {
		return a.count(q)
	}
	return l.count(q)
}

// action returns the action that a form names. A form that names none means the only action of the list.
func (l *list) action(form url.Values) (a listAction, known bool) {
	name := form.Get("do")
	if form.Has("all") {
		name = form.Get("all")
	}
	i := slices.IndexFunc(l.actions, func(a listAction) bool { return a.name == name })
	if name == "" && len(l.actions) == 1 {
		i = 0
	}
	if i < 0 {
		return a, false
	}
	return l.actions[i], true
}

// actOnListOr returns the handler for a page with a list and other forms.
func (b *office) actOnListOr(d declaration, others handler) handler {
	act := b.actOnList(d)
	return func(r *request) error {
		if r.PostForm.Has("do") || r.PostForm.Has("all") {
			return act(r)
		}
		return others(r)
	}
}

// actOnAll acts on all rows that the list has with its filters, on up to mostActed of them
// in a request.
func (r *request) actOnAll(l *list, a listAction) error {
	q := r.URL.Query()
	if err := l.checkFilters(q); err != nil {
		return err
	}
	if r.PostForm.Get("confirmed") != "yes" {
		n, err := l.countFor(a, q)
		if err != nil {
			return err
		}
		_, err = r.ask(l.section, question{Heading: a.all(amount(n)), Button: a.button, Text: a.explain, More: a.more, Back: a.back})
		return err
	}
	_, r.acted, _ = parseNote(r.PostForm.Get(continueFrom))
	before := r.acted.done
	more, err := r.actOnMany(l, q, a, r.PostForm.Get(continueAfter))
	if err != nil {
		return err
	}
	note := r.acted.note(a.did)
	if more == "" && !(l.newestOnly && r.acted.done > before) { // otherwise there are now others among the newest rows
		return r.goBack(note)
	}
	r.PostForm.Set(continueAfter, more)
	r.PostForm.Set(continueFrom, note)
	_, err = r.ask(l.section, question{Heading: ui.Text{"admin.list.continue", "done", outcomeOf(note)}, Button: a.button, Text: ui.Text{"admin.list.continue_text"}, Back: a.back})
	return err
}

// errFilter is returned for an action on all rows, or an export, with a filter that is not
// valid. A page of the list ignores such a filter, but an action would then apply to rows
// that were not meant.
var errFilter = &ui.Problem{
	Status: http.StatusUnprocessableEntity, Heading: ui.Text{"admin.problem.filter_heading"}, Text: ui.Text{"admin.problem.filter"},
	Advice: ui.Text{"admin.problem.filter_advice"},
}

// checkFilters returns errFilter if a filter of the URL is not one of the list.
func (l *list) checkFilters(q url.Values) error {
	if _, _, wrong := days(q); wrong {
		return errFilter
	}
	for _, f := range l.filters {
		if value := q.Get(f.name); value != "" && !slices.ContainsFunc(f.choices, func(c listChoice) bool { return c.value == value }) {
			return errFilter
		}
	}
	return nil
}

// actOnMany acts on rows of the list until it is complete, mostActed rows are done, or
// mostActedPages were read: a page of a list that is searched can be empty. It begins after a row,
// because the action may leave the rows in the list, and returns the cursor of the last one, or "" if the list is complete.
func (r *request) actOnMany(l *list, q url.Values, a listAction, after string) (more string, err error) {
	p := paging.Page{Limit: actedAtOnce, After: after, Sort: l.sort, Descending: l.descending}
	done := 0
	for page := 0; done < mostActed && page < mostActedPages; page++ {
		rows, cursor, err := l.rows(q, p)
		if err != nil {
			return p.After, err
		}
		var keys []string
		for _, row := range rows {
			if a.skip == nil || !a.skip(row.ID) {
				keys = append(keys, row.ID)
			} else {
				r.acted.kept++
			}
		}
		if len(keys) > 0 {
			if err := a.act(keys); err != nil {
				return p.After, err
			}
		}
		done += len(keys)
		if p.After = cursor.Next; p.After == "" {
			return "", nil
		}
	}
	return p.After, nil
}

package admin

import (
	"cmp"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/audit"
	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/paging"
)

// pageSizes are the numbers of rows that a page can have.
var pageSizes = []int{pageSize, 50, 100}

// A listView is the page of a list.
type listView struct {
	List         listPage     // the parameters and the neighboring pages
	Title, Intro ui.Text      // the heading, and a sentence about the list
	Buttons      []ui.Link    // links beside the title
	Tabs         []ui.Link    // lists of the same section
	Paste        bool         // the page has a form for a token
	Chips        []listChips  // filters that are links with counts
	Search       ui.Text      // the placeholder of the search field, or empty
	Menus        []listMenu   // the other filters
	Days, Wrong  bool         // the list has a range of days; one of them is wrong
	Kept         []listKept   // other parameters, which the form sends again
	Only, Near   []ui.Link    // the person or application of the list; names that the search may have meant
	Columns      []listColumn // the headings
	Rows         []listRow    // the rows on this page
	Field        string       // the name of the checkboxes, or empty
	RowForm      string       // the ID of the form of the buttons in rows, which is not that of the checkboxes, or empty
	Actions      []listButton // the actions on selected rows
	From, To     int          // the position of the first and the last row
	Exact        bool         // Total is exact, because the list has one page
	Total        oauth.Count  // the number of rows of the list
	Sizes        []listSize   // the numbers of rows that a page can have
	First, Last  string       // URLs of the first and the last page, or empty
	CSV, JSON    string       // URLs of the exports
	Path         string       // the URL of the list without parameters
	Empty        ui.Text      // the sentence if there are no rows
	Narrowed     bool         // the URL has a search, or a filter that is not one of Chips
	Live         string       // the URL of this page, if a script loads the rows again every few seconds
}

// A listChips is a filter with a link for each value.
type listChips struct {
	Text  ui.Text    // the name of the filter
	Links []listChip // its values
}

// A listChip is a link to a value of a filter.
type listChip struct {
	Text   ui.Text     // the value in words
	URL    string      // the list with this value
	Active bool        // the page has this value
	Count  oauth.Count // the number of rows
}

// A listMenu is a filter with a menu.
type listMenu struct {
	Name    string       // the parameter
	Text    ui.Text      // the name of the filter
	Options []listOption // its values
}

// A listOption is a value of a menu.
type listOption struct {
	Value    string      // the value of the parameter
	Text     ui.Text     // the value in words
	Selected bool        // the page has this value
	Code     bool        // the text is the same in all languages
	Counted  bool        // Count is known
	Count    oauth.Count // the number of rows
}

// A listKept is a parameter that the search form sends again.
type listKept struct {
	Name  string // the parameter
	Value string // its value
}

// A listButton is an action on the selected rows.
type listButton struct {
	Name string      // the value of the field "do"
	Text ui.Text     // the label
	All  oauth.Count // how many rows it changes, if the list has several pages
}

// A listSize is a link to pages with a number of rows.
type listSize struct {
	Rows   int    // the number of rows
	URL    string // the list with that many rows on a page
	Active bool   // this page has that many
}

// showList returns the handler for the page of a list.
func (b *office) showList(d declaration) handler {
	return func(r *request) error {
		l, err := d(r)
		if err != nil {
			return err
		}
		return r.showList(l)
	}
}

// showLive returns the handler for the page of a list whose rows a script loads again every few
// seconds.
func (b *office) showLive(page string, d declaration) handler {
	return func(r *request) error {
		l, err := d(r)
		if err != nil {
			return err
		}
		view, err := r.listView(l)
		if err != nil || view == nil {
			return err
		}
		view.Live = r.URL.RequestURI()
		r.render(http.StatusOK, page, l.title, l.section, view)
		return nil
	}
}

func (r *request) showList(l *list) error {
	view, err := r.listView(l)
	if err != nil || view == nil {
		return err
	}
	r.render(http.StatusOK, "list", l.title, l.section, *view)
	return nil
}

// listView returns the page of a list, or nil if the browser was sent to the first page.
func (r *request) listView(l *list) (*listView, error) {
	q := r.URL.Query()
	p := l.paging(q)
	rows, cursor, err := l.rows(q, p)
	if err != nil {
		return nil, err
	}
	if r.Method == http.MethodGet && r.beyondEnd(p, cursor, len(rows)) {
		return nil, nil
	}
	view := &listView{
		List: r.list(p, cursor, len(rows)), Title: l.title, Intro: l.intro, Paste: l.paste, Search: l.search, Days: l.days,
		Only: l.only, Near: l.near, Columns: l.columns, Rows: rows, Path: r.b.path(strings.Split(l.path, "/")...), Tabs: l.tabs,
	}
	view.List.Query.Del("at")
	if err := l.addFilters(view, q); err != nil {
		return nil, err
	}
	if err := l.addPosition(view, q, p, cursor); err != nil {
		return nil, err
	}
	for _, a := range l.actions {
		if !r.me.Roles.Allow(a.needs) {
			continue
		}
		button := listButton{a.name, a.text, view.Total}
		if a.count != nil && view.List.Previous+view.List.Next != "" {
			if button.All, err = a.count(q); err != nil {
				return nil, err
			}
		}
		view.Field, view.Actions = l.field, append(view.Actions, button)
	}
	if view.Field != "" {
		view.separateButtons()
	}
	for _, link := range l.buttons {
		if r.me.Roles.Allow(link.needs) {
			view.Buttons = append(view.Buttons, link.Link)
		}
	}
	view.Empty, view.Narrowed = l.emptyText(view.List.Query)
	if r.me.Roles.Allow(l.export) {
		query := view.List.with("limit", "")
		file := r.b.path(append([]string{"export"}, strings.Split(l.path, "/")...)...) + query
		view.CSV, view.JSON = file+"&format=csv", file+"&format=json"
	}
	return view, nil
}

// separateButtons moves the buttons in rows to a form of their own, because a form cannot be in another one.
func (v *listView) separateButtons() {
	for _, row := range v.Rows {
		for i := range row.Cells {
			if cell := &row.Cells[i]; len(cell.Buttons) > 0 {
				v.RowForm = "row"
				cell.Form = v.RowForm
			}
		}
	}
}

// emptyText returns the sentence for a list without rows. It depends on whether the URL selects
// all rows, those of a counted filter, or those of a search. narrowed reports the latter.
func (l *list) emptyText(q url.Values) (text ui.Text, narrowed bool) {
	text = l.empty
	for name := range q {
		switch {
		case q.Get(name) == "" || slices.Contains([]string{"limit", "sort", "order"}, name):
		case slices.ContainsFunc(l.filters, func(f listFilter) bool { return f.counted && f.name == name }):
			text = ui.Text{"admin.list.none_of_kind"}
		default:
			return l.none, true
		}
	}
	return text, false
}

// paging returns the part of the list that the URL selects. An order that the list does not
// have is ignored.
func (l *list) paging(q url.Values) paging.Page {
	limit, _ := strconv.Atoi(q.Get("limit"))
	if !slices.Contains(pageSizes, limit) {
		limit = pageSize
	}
	p := paging.Page{Limit: limit, After: q.Get("after"), Before: q.Get("before"), Last: q.Get("page") == "last", Sort: l.sort, Descending: l.descending}
	if by := q.Get("sort"); by != "" && slices.ContainsFunc(l.columns, func(c listColumn) bool { return c.Sort == by }) {
		p.Sort, p.Descending = by, q.Get("order") == "desc"
	}
	return p
}

// mostInMenus is the number of rows up to which the options of menus have counts. There can be many
// options, and each count reads as many rows.
const mostInMenus = 1000

// countWith counts the rows with another value of a filter.
func (l *list) countWith(q url.Values, name, value string) (oauth.Count, error) {
	with := maps.Clone(q)
	with.Set(name, value)
	return l.count(with)
}

// addFilters adds the filters with their values and counts.
func (l *list) addFilters(view *listView, q url.Values) error {
	names := []string{"q", "from", "until"}
	for _, f := range l.filters {
		names = append(names, f.name)
		if !f.counted {
			menu := listMenu{Name: f.name, Text: f.text}
			counted := l.menuCounts
			for i, c := range append([]listChoice{{"", ui.Text{"admin.common.all"}}}, f.choices...) {
				_, words := c.text[0].(string)
				option := listOption{Value: c.value, Text: c.text, Selected: i > 0 && q.Get(f.name) == c.value, Code: !words}
				if counted {
					n, err := l.countWith(q, f.name, c.value)
					if err != nil {
						return err
					}
					counted = counted && !n.More && n.N <= mostInMenus // the first option has the most rows
					option.Count, option.Counted = n, counted
				}
				menu.Options = append(menu.Options, option)
			}
			view.Menus = append(view.Menus, menu)
			continue
		}
		chips := listChips{Text: f.text}
		for _, c := range f.choices {
			n, err := l.countWith(q, f.name, c.value)
			if err != nil {
				return err
			}
			chips.Links = append(chips.Links, listChip{c.text, view.List.with(f.name, c.value), cmp.Or(q.Get(f.name), l.normal[f.name]) == c.value, n})
		}
		view.Chips = append(view.Chips, chips)
	}
	_, _, view.Wrong = days(q)
	for _, name := range slices.Sorted(maps.Keys(view.List.Query)) {
		menu := slices.ContainsFunc(l.filters, func(f listFilter) bool { return f.name == name && !f.counted })
		if menu || slices.Contains([]string{"q", "from", "until", "after", "before", "at", "page"}, name) || view.List.Get(name) == "" {
			continue
		}
		view.Kept = append(view.Kept, listKept{name, view.List.Get(name)})
	}
	return nil
}

// addPosition adds the position of the page in the list, and the links to other pages. With
// keyset paging, the position is only known from the URL, and the list may have changed.
func (l *list) addPosition(view *listView, q url.Values, p paging.Page, c paging.Cursor) (err error) {
	rows := len(view.Rows)
	at, _ := strconv.Atoi(q.Get("at"))
	at = min(max(at, 0), 1<<30)
	if p.After+p.Before == "" && !p.Last {
		at = 0
	}
	if view.List.Next == "" && at == 0 && !p.Last {
		view.Total, view.Exact = oauth.Count{N: rows}, true
	} else if view.Total, err = l.count(q); err != nil {
		return err
	}
	if p.Last && !view.Total.More {
		at = max(0, view.Total.N-rows)
	}
	if !p.Last || !view.Total.More {
		view.From, view.To = at+1, at+rows
	}
	if view.List.Previous != "" {
		view.List.Previous = positioned(view.List.Previous, max(0, at-p.Limit))
		view.First = view.List.with("page", "")
	}
	if view.List.Next != "" {
		view.List.Next = positioned(view.List.Next, at+rows)
		view.Last = view.List.with("page", "last")
	}
	for _, n := range pageSizes {
		view.Sizes = append(view.Sizes, listSize{n, view.List.with("limit", strconv.Itoa(n)), n == p.Limit})
	}
	return nil
}

// positioned returns the URL of a page that begins after a number of rows. The parameters are
// sorted, as in the URLs of redirects.
func positioned(address string, at int) string {
	q, _ := url.ParseQuery(strings.TrimPrefix(address, "?")) // written by this package
	q.Set("at", strconv.Itoa(at))
	return "?" + q.Encode()
}

// days returns the range of days in the URL. The last day is included.
func days(q url.Values) (from, until time.Time, wrong bool) {
	for name, to := range map[string]*time.Time{"from": &from, "until": &until} {
		text := strings.TrimSpace(q.Get(name))
		if text == "" {
			continue
		}
		at, err := audit.Time(text)
		if err != nil {
			wrong = true
			continue
		}
		if *to = at; name == "until" && len(text) == len(time.DateOnly) {
			*to = at.AddDate(0, 0, 1)
		}
	}
	return from, until, wrong
}

// A naming is the person or the application that a search means.
type naming struct {
	clientID, subject string
	nobody            bool      // nothing has that name
	near              []ui.Link // several have a name that begins like that
}

// named returns what the search of a list of tokens, consents or the audit log means: a username
// or client ID, the beginning of a name, or a part of it if no name begins with it. It reads a
// bounded number of rows, however long the list is. person is the parameter of the list for a person.
func (r *request) named(text, person string) (n naming, err error) {
	const most = 5
	text = strings.TrimSpace(text)
	if text == "" {
		return n, nil
	}
	clients, err := r.b.Store.FindClients(r.Context(), text, most)
	if err != nil {
		return n, err
	}
	var users []*account.User
	if r.b.OwnLogin {
		if users, err = r.b.Store.FindUsers(r.Context(), text, most); err != nil {
			return n, err
		}
	}
	if len(clients)+len(users) == 0 && r.b.OwnLogin { // otherwise it can be the ID of a person
		if clients, err = r.clientsWith(text, most); err == nil {
			users, err = r.usersWith(text, most)
		}
		if err != nil {
			return n, err
		}
	}
	type link struct {
		ui.Link
		naming
	}
	var found []link
	for _, c := range clients {
		one := naming{clientID: c.ID}
		if c.ID == text {
			return one, nil
		}
		found = append(found, link{ui.Link{Text: ui.Plain(cmp.Or(c.Name, c.ID)), URL: "?" + r.only("application", c.ID)}, one})
	}
	for _, u := range users {
		one := naming{subject: u.ID}
		if strings.EqualFold(u.Username, text) || u.ID == text {
			return one, nil
		}
		found = append(found, link{ui.Link{Text: ui.Plain(u.Username), URL: "?" + r.only(person, u.ID)}, one})
	}
	switch {
	case len(found) == 1:
		return found[0].naming, nil
	case len(found) == 0 && !r.b.OwnLogin:
		return naming{subject: text}, nil
	case len(found) == 0:
		return naming{nobody: true}, nil
	}
	n.nobody = true
	for _, f := range found {
		n.near = append(n.near, f.Link)
	}
	return n, nil
}

// only returns the query of the list with a person or an application instead of the search.
func (r *request) only(name, value string) string {
	q := r.URL.Query()
	for _, drop := range []string{"q", "after", "before", "at", "page", "note"} {
		q.Del(drop)
	}
	q.Set(name, value)
	return q.Encode()
}

// without returns the query of the list without a parameter.
func (r *request) without(name string) string {
	q := r.URL.Query()
	for _, drop := range []string{name, "after", "before", "at", "page", "note"} {
		q.Del(drop)
	}
	return q.Encode()
}

// valuesOf returns a query with names and values.
func valuesOf(pairs ...string) string {
	q := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		q.Set(pairs[i], pairs[i+1])
	}
	return q.Encode()
}

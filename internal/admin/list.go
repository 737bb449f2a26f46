package admin

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/paging"
)

// A list declares a list of the back office. Its page, what its URL means, its counts, its
// exports and the actions on its rows follow from the declaration.
type list struct {
	section, path string // of the navigation, and below the prefix
	title, intro  ui.Text
	buttons       []listLink // beside the title
	tabs          []ui.Link  // lists of the same section
	search        ui.Text    // what the search field accepts, or nil
	filters       []listFilter
	menuCounts    bool              // the menus of filters have counts, if the list has few rows
	normal        map[string]string // the values of filters without a parameter, if not ""
	days          bool              // the list has a range of days
	columns       []listColumn
	sort          string // the order without a parameter
	descending    bool
	field         string // the name of the checkboxes, if the list has actions
	actions       []listAction
	finished      func(key string) bool // the actions do not change the row; may be nil
	newestOnly    bool                  // there can be more rows: these are only the newest ones
	empty, none   ui.Text               // there are no rows at all, or none that match
	// only are the parts of the URL that select the rows of one person or application,
	// and near are other names that the search may have meant.
	only, near []ui.Link
	paste      bool               // the page has a form for a token
	export     account.Permission // that of the route of the exports; empty if there are none
	// rows and count return what the parameters select.
	rows  func(q url.Values, p paging.Page) ([]listRow, paging.Cursor, error)
	count func(q url.Values) (oauth.Count, error)
}

// A listLink is a link that only people with a permission see.
type listLink struct {
	needs account.Permission
	ui.Link
}

// A declaration returns the list for a request.
type declaration func(*request) (*list, error)

// A listFilter is a parameter of the URL with a few values.
type listFilter struct {
	name    string
	text    ui.Text
	choices []listChoice
	counted bool // it is shown as links with counts, and otherwise as a menu
}

type listChoice struct {
	value string
	text  ui.Text
}

// A columnOf declares a column of a list.
type columnOf[Row any] struct {
	name  string  // in exports; empty if they do not have the column
	text  ui.Text // the heading; nil if only exports have the column
	sort  string  // the order by this column, or empty
	class string  // "p2" and "p3" are hidden on narrow screens
	cell  func(Row) listCell
}

// A listAction is a button for the selected rows.
type listAction struct {
	name         string
	text, button ui.Text
	heading      func(n int) ui.Text                     // the question for n selected rows
	count        func(q url.Values) (oauth.Count, error) // of the rows that it changes, if not all
	all          func(n any) ui.Text                     // the question for all rows that match
	explain      ui.Text
	more         ui.Text // another sentence about the action, or empty
	back         ui.Text // the text of the link back from the question, if it is not "Cancel"
	did          string  // the name of the outcome, see outcomeTexts
	event        string  // the kind of the events, if it is not that of the list
	act          func(keys []string) error
	skip         func(key string) bool // is not selected with all rows; may be nil
	needs        account.Permission    // as the route of the action
}

// A listColumn is the heading of a column.
type listColumn struct {
	Text  ui.Text // the heading
	Class string  // "p2" and "p3" are hidden on narrow screens
	Sort  string  // the order by this column, or empty
	name  string
}

// A listRow is a row of a list.
type listRow struct {
	ID       string     // the value of its checkbox
	Cells    []listCell // one for each column
	Finished bool       // the row has no checkbox
}

// A listCell is a cell of a list.
type listCell struct {
	Text    string      // a value, which a person or an application may have chosen
	Words   ui.Text     // or words
	At      time.Time   // or a time
	IsTime  bool        // the cell is a time, which can be zero
	URL     string      // where it leads, or empty
	Code    bool        // the value is an identifier
	Title   string      // the whole value, if Text is only a part of it
	Badges  []listBadge // states
	Note    ui.Text     // a second line
	Links   []ui.Link   // more values, each with its page
	More    []ui.Link   // values that are shown when Note is opened
	Rest    ui.Text     // how many values are not in More, or nil
	Buttons []listForm  // actions on this row
	Form    string      // the ID of the form of Buttons, if the table is in a form
	Bars    []keyBar    // the timeline of a key
	Record  *auditRow   // a record of the audit log
	Actor   bool        // the cell shows the actor of Record, and not what they did
	Hidden  bool        // only exports have the cell
	Class   string      // that of the column
	Heading ui.Text     // that of the column
}

// A listForm is a button for one row.
type listForm struct {
	Name, Value string  // the field of the form
	Text        ui.Text // the text of the button
	Label       ui.Text // the name of the button for screen readers, with that of the row
	Danger      bool    // the action cannot be undone
}

// A listBadge is a state in a few words.
type listBadge struct {
	Kind string  // "ok", "warn", "off" or empty
	Text ui.Text // the state
}

// value returns the value of a cell in exports.
func (c listCell) value() string {
	switch {
	case c.IsTime && c.At.IsZero():
		return ""
	case c.IsTime:
		return c.At.UTC().Format(time.RFC3339)
	case c.Words != nil:
		return c.Words.String()
	case c.Title != "":
		return c.Title
	case c.Text == "":
		var texts []string
		for _, link := range slices.Concat(c.Links, c.More) {
			texts = append(texts, link.Text.String())
		}
		return strings.Join(texts, ", ")
	}
	return c.Text
}

// declare adds the columns and the rows to a list.
func declare[Row any](l *list, columns []columnOf[Row], key func(Row) string, rows func(url.Values, paging.Page) ([]Row, paging.Cursor, error)) *list {
	for _, c := range columns {
		l.columns = append(l.columns, listColumn{c.text, c.class, c.sort, c.name})
	}
	l.rows = func(q url.Values, p paging.Page) (all []listRow, cursor paging.Cursor, err error) {
		found, cursor, err := rows(q, p)
		for _, row := range found {
			r := listRow{ID: key(row)}
			r.Finished = l.finished != nil && l.finished(r.ID)
			for _, c := range columns {
				cell := c.cell(row)
				cell.Class, cell.Heading, cell.Hidden = c.class, c.text, c.text == nil
				r.Cells = append(r.Cells, cell)
			}
			all = append(all, r)
		}
		return all, cursor, err
	}
	return l
}

func timeCell(at time.Time) listCell { return listCell{At: at, IsTime: true} }

func codeCell(text string) listCell { return listCell{Text: text, Code: true} }

// shortCell is an identifier of which the beginning is shown.
func shortCell(id string) listCell {
	const most = 40
	if len(id) <= most {
		return codeCell(id)
	}
	return listCell{Text: id[:most-10] + "…", Title: id, Code: true}
}

// clientCell is a link to an application.
func (b *office) clientCell(id, name string) listCell {
	if id == "" {
		return listCell{Text: ui.NoValue}
	}
	if name == "" {
		name = id
	}
	return listCell{Text: name, URL: b.path("applications", id)}
}

// personCell is a link to a person. People of a host program have no page.
func (b *office) personCell(id, name string) listCell {
	switch {
	case id == "":
		return listCell{Text: ui.NoValue}
	case name == "":
		return listCell{Text: id, URL: b.personURL(id)}
	}
	return listCell{Text: name, URL: b.personURL(id)}
}

// personURL returns the page of a person, or "" for the people of a host program.
func (b *office) personURL(id string) string {
	if !b.OwnLogin {
		return ""
	}
	return b.path("users", id)
}

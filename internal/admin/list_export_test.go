package admin

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/audit"
	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/paging"
)

// A slowClient counts how often the time for a response is extended.
type slowClient struct {
	*httptest.ResponseRecorder
	extended int
}

func (c *slowClient) SetWriteDeadline(time.Time) error {
	c.extended++
	return nil
}

// TestExportHasAllRows, however many pages the list has, although some of them are empty. The client has time for
// each page. If a page cannot be read, the response is aborted: the file would be incomplete.
func TestExportHasAllRows(t *testing.T) {
	const pages, rowsOfPage = 2500, 100
	broken := errors.New("broken")
	for name, test := range map[string]struct {
		next  func(page int) string
		fails int // the page that cannot be read
		loses int // the page after which the person loses a role
		abort bool
	}{
		"all":           {next: func(page int) string { return fmt.Sprint(page) }},
		"a broken page": {next: func(page int) string { return fmt.Sprint(page) }, fails: 2000, abort: true},
		"a lost role":   {next: func(page int) string { return fmt.Sprint(page) }, loses: 3, abort: true},
		"the same page": {next: func(page int) string { return fmt.Sprint(min(page, 2000)) }, abort: true},
	} {
		read := 0
		b := new(office)
		b.Person = func(*http.Request) (*Person, error) {
			me := &Person{ID: "ada", Roles: account.Roles{account.RoleOperator, account.RoleAuditor}}
			if test.loses > 0 && read >= test.loses {
				me.Roles = account.Roles{account.RoleAuditor}
			}
			return me, nil
		}
		export := b.exportList(func(*request) (*list, error) {
			l := &list{path: "consents", columns: []listColumn{{Text: ui.Text{"x"}, name: "x"}}}
			l.rows = func(_ url.Values, p paging.Page) (rows []listRow, c paging.Cursor, err error) {
				if read++; read == test.fails {
					return nil, c, broken
				}
				if read%2 == 0 {
					for range rowsOfPage {
						rows = append(rows, listRow{Cells: []listCell{{Text: fmt.Sprint("row", read)}}})
					}
				}
				if read < pages {
					c.Next = test.next(read)
				}
				return rows, c, nil
			}
			return l, nil
		})
		client := &slowClient{ResponseRecorder: httptest.NewRecorder()}
		failed := func() (failed any) {
			defer func() { failed = recover() }()
			return export(&request{Request: httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/?format=csv", nil), w: client, b: b, me: &Person{ID: "ada", Roles: account.Roles{account.RoleAuditor, account.RoleOperator}}})
		}()
		err, _ := failed.(error)
		if errors.Is(err, http.ErrAbortHandler) != test.abort || !test.abort && failed != nil {
			t.Errorf("%s: %v after %d pages", name, failed, read)
		}
		if test.loses > 0 && read != test.loses {
			t.Errorf("%s: %d pages were read", name, read)
		}
		if b.exports.all != 0 || len(b.exports.of) > 0 {
			t.Errorf("%s: the export is still counted: %d %v", name, b.exports.all, b.exports.of)
		}
		if rows := strings.Count(client.Body.String(), "row"); !test.abort && (rows != pages/2*rowsOfPage || client.extended != pages) {
			t.Errorf("%s: %d rows, and the time was extended %d times", name, rows, client.extended)
		}
	}
}

// auditPages is a Store with an audit log of many pages without records.
type auditPages struct {
	Store
	read int
}

func (*auditPages) AuditQueue(context.Context, int) ([]audit.Row, error) { return nil, nil }

func (s *auditPages) AuditRows(context.Context, audit.Filter, paging.Page) (_ []audit.Row, c paging.Cursor, _ error) {
	s.read++
	if s.read < 100 {
		c.Next = fmt.Sprint(s.read)
	}
	return nil, c, nil
}

// TestExportOfTheAuditLogEndsWithTheRole of the person, and with the session.
func TestExportOfTheAuditLogEndsWithTheRole(t *testing.T) {
	const kept = 5 // the pages that are read before the person loses something
	for name, now := range map[string]*Person{
		"another role": {ID: "ada", Roles: account.Roles{account.RoleOperator}},
		"logged out":   nil,
		"someone else": {ID: "eve", Roles: account.Roles{account.RoleAuditor}},
		"no change":    {ID: "ada", Roles: account.Roles{account.RoleAuditor}},
	} {
		store := new(auditPages)
		b := new(office)
		b.Store = store
		b.Person = func(*http.Request) (*Person, error) {
			if store.read >= kept {
				return now, nil
			}
			return &Person{ID: "ada", Roles: account.Roles{account.RoleAuditor}}, nil
		}
		failed := func() (failed any) {
			defer func() { failed = recover() }()
			return b.auditExport(&request{Request: httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/?format=csv", nil), w: httptest.NewRecorder(), b: b, me: &Person{ID: "ada", Roles: account.Roles{account.RoleAuditor}}})
		}()
		err, _ := failed.(error)
		pages, aborted := kept, true
		if name == "no change" {
			pages, aborted = 100, false
		}
		if store.read != pages || errors.Is(err, http.ErrAbortHandler) != aborted || !aborted && failed != nil {
			t.Errorf("%s: %v after %d pages", name, failed, store.read)
		}
		if b.exports.all != 0 || len(b.exports.of) > 0 {
			t.Errorf("%s: the export is still counted: %d %v", name, b.exports.all, b.exports.of)
		}
	}
}

// TestExportsAtTheSameTimeAreLimited for each person, and for all people together.
func TestExportsAtTheSameTimeAreLimited(t *testing.T) {
	var e exports
	var ends []func()
	status := func(person string) int {
		end, err := e.begin(person)
		if err == nil {
			ends = append(ends, end)
			return http.StatusOK
		}
		return problem(err).Status
	}
	for i := range exportsInAll {
		if got := status(fmt.Sprint("person", i/exportsOfPerson)); got != http.StatusOK {
			t.Fatalf("export %d: %d", i, got)
		}
	}
	if got := status("person0"); got != http.StatusTooManyRequests {
		t.Errorf("the third export of a person: %d", got)
	}
	if got := status("another"); got != http.StatusServiceUnavailable {
		t.Errorf("one export too many: %d", got)
	}
	ends[0]()
	if got := status("person0"); got != http.StatusOK {
		t.Errorf("after an export has ended: %d", got)
	}
}

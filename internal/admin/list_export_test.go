package admin

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"github.com/seed-e6a88a41/latchkey/paging"
)

// TestExportThatReadsTooManyPagesFails: rows that match can be on a later page, so the file would be incomplete.
func TestExportThatReadsTooManyPagesFails(t *testing.T) {
	for pages, fails := range map[int]bool{1: false, mostPages + 1: false, mostPages + 2: true} {
		read := 0
		b := new(office)
		export := b.exportList(func(*request) (*list, error) {
			return &list{path: "consents", rows: func(url.Values, paging.Page) (rows []listRow, c paging.Cursor, err error) {
				if read++; read < pages {
					c.Next = fmt.Sprint(read)
				}
				return nil, c, nil
			}}, nil
		})
		failed := func() (failed any) {
			defer func() { failed = recover() }()
			return export(&request{Request: httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/?format=csv", nil), w: httptest.NewRecorder(), b: b})
		}()
		err, _ := failed.(error)
		if errors.Is(err, http.ErrAbortHandler) != fails || !fails && failed != nil {
			t.Errorf("%d pages: %v after %d", pages, failed, read)
		}
	}
}
